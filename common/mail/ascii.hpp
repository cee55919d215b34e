// Letters and blanks as mail headers know them: ASCII, whatever the locale is. Pure, any thread, no errors.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace lupaus::mail {

inline constexpr std::string_view kBlanks = " \t\r\n";

inline char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return to_lower(c); });
    return lower;
}

inline bool is_same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() &&
           std::ranges::equal(one, other, [](char a, char b) { return to_lower(a) == to_lower(b); });
}

inline bool is_blank(char c) {
    return kBlanks.find(c) != std::string_view::npos;
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

inline std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace lupaus::mail
