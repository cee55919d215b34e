// Character references to and fro. What was decoded is always escaped again before it is given out, so a name that is
// not known here (HTML 5 has two thousand) costs its sign and never safety. Pure, any thread. Source: WHATWG
// HTML, 13.2.5.72 to 80.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lupaus::html {

struct Reference {
    std::size_t bytes = 0;  // 0: none
    char32_t code = 0;      // never a surrogate, never 0
};

Reference read_reference(std::string_view written);  // the one with which it begins

void append_utf8(std::string& out, char32_t code);
std::string decode(std::string_view written);                 // U+0000 becomes U+FFFD
void append_words(std::string& out, std::string_view text);   // & < > escaped
void append_quoted(std::string& out, std::string_view text);  // between quotation marks, " escaped as well

}  // namespace lupaus::html
