// Base64 and base64url (RFC 4648) and hexadecimal. Decoding is strict: exact padding (base64) or none (base64url), no
// spaces, no stray bits, so that each value has one spelling. Pure, any thread. Errors: invalid.
#pragma once

#include "common/base/error.hpp"

#include <string>
#include <string_view>

namespace lupaus::crypto {

std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);
std::string base64url_encode(std::string_view bytes);
Result<std::string> base64url_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);  // lower case
Result<std::string> hex_decode(std::string_view text);

}  // namespace lupaus::crypto
