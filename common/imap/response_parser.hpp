// One whole response to its meaning. Pure, linear, without recursion. Errors: invalid, with what is wrong in a sentence
// that holds nothing of a mail. Source: RFC 3501, section 9 (ABNF), with what later extensions may add skipped.
#pragma once

#include "common/base/error.hpp"
#include "common/imap/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::imap {

// Stands in a line behind `{n}` for the literal that came there; the line has a zero byte nowhere else.
inline constexpr char kLiteralMark = '\0';

// Whether free text follows, in which `{5}` announces nothing.
bool is_free_text(std::string_view line);

// `line` is without its end; `literals` are in their order.
Result<Response> parse_response(std::string_view line, std::vector<std::string> literals);

}  // namespace lupaus::imap
