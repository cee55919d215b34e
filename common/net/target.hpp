// The request target in its parts. Refuses what no honest client sends: broken escapes, NUL, invalid UTF-8.
// Pure, any thread. Source: RFC 3986; RFC 9112, section 3.2; query pairs as the WHATWG URL standard writes them.
#pragma once

#include "common/net/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::net {

// Nothing when an escape is broken or the result holds NUL or is no UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool is_plus_space);

// "a=1&b" -> (a, 1) (b, ""); nothing when a part does not decode.
std::optional<std::vector<Parameter>> parse_query(std::string_view query);

// Origin form of what stood on the request line: "http://host/x" becomes "/x"; nothing for other forms.
std::optional<std::string_view> origin_form(std::string_view target);

}  // namespace lupaus::net
