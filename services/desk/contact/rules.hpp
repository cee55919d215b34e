// How people are written to. Pure.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::desk::contact {

// Something at something, without spaces, at most 254 bytes (RFC 5321): enough to catch a slip of the keyboard.
bool is_email(std::string_view text);
std::string normal_email(std::string_view text);  // ASCII letters in lower case, so that one address is one address

}  // namespace lupaus::desk::contact
