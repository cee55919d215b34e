// Bytes of any charset as UTF-8. Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2), since
// that is what their writers looked at: iso-8859-1 is windows-1252, gb2312 is GB18030, ks_c_5601-1987 is code page 949.
// Only the charsets listed there, and a few that mail alone knows, are handed to iconv. Any thread, no errors.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::mail {

struct Decoded {
    std::string text{};     // valid UTF-8 without NUL
    bool is_lossy = false;  // U+FFFD stands where something could not be decoded, or a NUL was taken out
};

// Without a label, and with one that is unknown or says ASCII, text is UTF-8 if it can be and else windows-1252.
Decoded to_utf8(std::string bytes, std::string_view label);

}  // namespace lupaus::mail
