// Calls this program makes as somebody else's platform would: a customer's message, signed (Standard Webhooks 1.0).
#pragma once

#include "common/net/http_client.hpp"

#include <string>
#include <string_view>

namespace lupaus::cli {

// `secret`: its bytes. webhook-id names this call, not the message.
net::ClientRequest sign_message(const std::string& url, std::string_view secret, std::string body);

// Whoever types an address chose it: unlike addresses from the API, all of them are allowed.
net::UrlGuard open_guard();

}  // namespace lupaus::cli
