// What a server's answer means for the file that was asked for. Pure, any thread. Source: RFC 9110.
#pragma once

#include "common/base/clock.hpp"
#include "common/net/http_client.hpp"
#include "services/desk/delivery/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::courier {

inline constexpr int kWhole = 200;  // the one status that comes with a file

net::ClientRequest make_file_request(std::string url, std::chrono::milliseconds wait);

// `received`: bytes of the body that came. What a later attempt may mend is `refused`, `unknown` or `not_sent`; what
// none will is `impossible`. Never names more of the URL than its host.
desk::delivery::Report report_of_file(const net::ClientResult& result, std::size_t received, Timestamp now);

// As the server said, where it can stand in a header field.
std::optional<std::string> content_type_of(const net::ClientResponse& response);

}  // namespace lupaus::courier
