// Words of a header in another charset, =?utf-8?Q?p=C3=A4=C3=A4?= (RFC 2047). Decoded wherever they stand, in quotes or
// right beside other letters, as mails have them; a broken one stays as it stands. Any thread, no errors, linear.
#pragma once

#include "common/mail/charset.hpp"

#include <string>
#include <string_view>

namespace lupaus::mail {

// A text with such words in it, and with bytes outside ASCII where somebody wrote them bare.
Decoded decode_words(std::string_view text);

// A field's value for people: unfolded, decoded, trimmed, and on one line, for what words hide must not end a header
// field when the text is written into one.
Decoded decode_field(std::string_view value);

// Control characters become blanks, at the ends nothing.
std::string to_one_line(std::string text);

}  // namespace lupaus::mail
