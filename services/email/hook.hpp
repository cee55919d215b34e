// POST /hooks/email/{channel_id}: a mail as it is (message/rfc822), for mail providers' forwarders, signed as webhooks
// are (Standard Webhooks 1.0). 2xx only after commit: 202 for a new mail, also for one that nobody can read, which
// waits in quarantine then; 200 for one that is known. Lives on the I/O thread.
#pragma once

#include "common/net/http.hpp"
#include "services/email/mailroom.hpp"

#include <string_view>

namespace lupaus::email {

inline constexpr std::string_view kHookPattern = "/hooks/email/{channel_id}";

class Hook {
public:
    Hook(desk::door::Doors& doors, Mailroom& mailroom) : doors_(doors), mailroom_(mailroom) {}

    net::Handler handler();  // valid as long as this

private:
    boost::asio::awaitable<net::Response> handle(net::Request request);

    desk::door::Doors& doors_;
    Mailroom& mailroom_;
};

}  // namespace lupaus::email
