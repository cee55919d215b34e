// Letters and blanks as mail headers know them: ASCII, whatever the locale is. Pure, any thread, no errors.
#pragma once

#include <algorithm>
#include <array>
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
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

inline std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// These two look at every character, as a loop that stops early cannot be made to look at many at once.
inline bool is_ascii(std::string_view text) {
    unsigned char all = 0;
    for (const char c : text) {
        all |= static_cast<unsigned char>(c);
    }
    return all < 0x80;
}

inline bool is_printed(std::string_view text) {  // from the blank to ~
    bool is_all = true;
    for (const char c : text) {
        is_all &= static_cast<unsigned char>(c - ' ') < 0x5F;
    }
    return is_all;
}

// A set of characters that a text is searched for.
class CharSet {
public:
    constexpr explicit CharSet(std::string_view members) {
        for (const char c : members) {
            has_[static_cast<unsigned char>(c)] = true;
        }
    }

    constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

    std::size_t find_in(std::string_view text, std::size_t from) const {  // the end, where there is none
        while (from < text.size() && !has(text[from])) {
            ++from;
        }
        return from;
    }

private:
    std::array<bool, 256> has_{};
};

}  // namespace lupaus::mail
