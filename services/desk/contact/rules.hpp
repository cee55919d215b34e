// How people are written to, and what two contacts are together. Pure.
#pragma once

#include "services/desk/contact/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::contact {

// Something at something, without spaces, at most 254 bytes (RFC 5321): enough to catch a slip of the keyboard.
bool is_email(std::string_view text);
std::string normal_email(std::string_view text);  // ASCII letters in lower case, so that one address is one address

// Fills what is blank; whoever was blocked as one of the two is blocked.
void take_in(Contact& target, const Contact& source);

}  // namespace lupaus::desk::contact
