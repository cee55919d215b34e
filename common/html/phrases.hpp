// How mail programs write in a dozen languages that what follows was said before, or where they were sent from. Each
// looks at the beginning of a line, as far as such words go. Pure, any thread, for valid UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lupaus::html {

enum class Field : std::uint8_t { none, from, date, to, subject, copy };

// How surely a line names who said what follows: with a verb alone ("Aino wrote:") it does so only before a quotation.
enum class Attribution : std::uint8_t { no, before_a_quotation, surely };

// In lower case (Latin, Cyrillic), one plain space where there were any, cut to what phrases need.
void append_normalised(std::string& out, std::string_view line);

// All of these take normalised lines.
std::string join_lines(std::string_view line, std::string_view next);  // normalised as well
Field field_of_head(std::string_view line);                            // "from: ", "lähettäjä: "
bool is_original_marker(std::string_view line);                        // "-----original message-----"
bool is_forward_marker(std::string_view line);                         // "---------- forwarded message ---------"
bool is_rule(std::string_view line);                                   // "________________"
bool is_signature_marker(std::string_view line);                       // "--"
bool is_sent_from(std::string_view line);                              // "sent from my iphone"
Attribution attribution_of(std::string_view line);                     // one or more lines, joined by a space
bool opens_attribution(std::string_view line);                         // as "on mon, 3 jan" does
bool may_go_on(std::string_view line);                                 // an attribution that may end in the next line

}  // namespace lupaus::html
