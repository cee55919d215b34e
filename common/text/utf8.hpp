// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure, any thread, no errors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lupaus::text {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The length of the well-formed sequence that begins at `at`, or 0 where none does.
std::size_t sequence_bytes(std::string_view text, std::size_t at);

bool is_valid_utf8(std::string_view text);
bool has_nul(std::string_view text);                                    // PostgreSQL's text and jsonb hold no U+0000
std::size_t utf8_length(std::string_view text);                         // code points; a broken byte counts as one
std::string utf8_prefix(std::string_view text, std::size_t bytes_max);  // cut where a code point begins
std::string lower_ascii(std::string_view text);                         // the letters A to Z alone
std::string repair_utf8(std::string_view text);                         // broken bytes and U+0000 become U+FFFD

}  // namespace lupaus::text
