// The transfer encodings of MIME (RFC 2045, section 6), read as leniently as mails ask for: strays are passed over and
// what is missing at the end is missed. Any thread, no errors.
#pragma once

#include "common/mail/mail.hpp"

#include <string>
#include <string_view>

namespace lupaus::mail {

struct Base64 {
    std::string bytes{};
    bool is_clean = true;  // nothing but the alphabet, blanks, and padding at the end
};

// Stops at the padding: what lists append below is not of the file.
Base64 decode_base64(std::string_view text);

std::string decode_quoted_printable(std::string_view text);

// By the value of Content-Transfer-Encoding; bytes of an unknown one stay as they are.
std::string decode_transfer(std::string_view body, std::string_view encoding);

// The same bytes, piece by piece.
void decode_transfer(std::string_view body, std::string_view encoding, const TakePiece& take);

// The byte that =XX stands for at `at`, or -1.
int quoted_byte(std::string_view text, std::size_t at);

}  // namespace lupaus::mail
