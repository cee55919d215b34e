// Dates of HTTP fields. Pure. Source: RFC 9110, section 5.6.7.
#pragma once

#include "common/base/clock.hpp"

#include <optional>
#include <string_view>

namespace lupaus::net {

std::optional<Timestamp> parse_http_date(std::string_view text);  // Sun, 06 Nov 1994 08:49:37 GMT, and no other form

}  // namespace lupaus::net
