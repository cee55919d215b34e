#include "common/mail/transfer.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/lines.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lupaus::mail {

namespace {

constexpr std::uint8_t kStray = 0xFF;
constexpr std::uint8_t kBlank = 0xFE;

constexpr std::array<std::uint8_t, 256> make_table() {
    std::array<std::uint8_t, 256> table{};
    table.fill(kStray);
    std::uint8_t value = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
        table[static_cast<unsigned char>(c)] = value++;
    }
    for (const char c : kBlanks) {
        table[static_cast<unsigned char>(c)] = kBlank;
    }
    return table;
}

constexpr auto kTable = make_table();

std::uint8_t sextet(char c) {
    return kTable[static_cast<unsigned char>(c)];
}

int hex_digit(char c) {
    const char lower = to_lower(c);
    if (is_digit(lower)) {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A line of quoted-printable without its end and without the blanks that were added on the way.
char* write_unquoted(char* to, std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
        const auto sign = std::min(line.find('=', at), line.size());
        to = std::copy(line.data() + at, line.data() + sign, to);
        at = sign;
        if (const int byte = quoted_byte(line, at); byte >= 0) {
            *to++ = static_cast<char>(byte);
            at += 3;
        } else if (at < line.size()) {
            *to++ = line[at++];
        }
    }
    return to;
}

// Groups of four letters, as long as nothing else comes. Returns how many bytes were read; three quarters were written.
std::size_t decode_groups(std::string_view text, char* to) {
    std::size_t at = 0;
    for (; at + 4 <= text.size(); at += 4) {
        const std::uint32_t one = sextet(text[at]);
        const std::uint32_t two = sextet(text[at + 1]);
        const std::uint32_t three = sextet(text[at + 2]);
        const std::uint32_t four = sextet(text[at + 3]);
        if ((one | two | three | four) >= 64) {
            break;
        }
        const auto bits = one << 18U | two << 12U | three << 6U | four;
        *to++ = static_cast<char>(bits >> 16U);
        *to++ = static_cast<char>(bits >> 8U);
        *to++ = static_cast<char>(bits);
    }
    return at;
}

}  // namespace

Base64 decode_base64(std::string_view text) {
    Base64 decoded;
    decoded.bytes.resize(text.size() / 4 * 3 + 3);
    auto* to = decoded.bytes.data();
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (count == 0) {
            const auto read = decode_groups(text.substr(at), to);
            to += read / 4 * 3;
            at += read;
            if (at == text.size()) {
                break;
            }
        }
        const auto value = sextet(text[at]);
        if (value < kBlank) {
            bits = bits << 6U | value;
            if (++count == 4) {
                *to++ = static_cast<char>(bits >> 16U);
                *to++ = static_cast<char>(bits >> 8U);
                *to++ = static_cast<char>(bits);
                bits = count = 0;
            }
        } else if (text[at] == '=' && count >= 2) {
            break;
        } else if (value == kStray) {
            decoded.is_clean = false;
        }
        ++at;
    }
    decoded.is_clean &= count != 1;
    bits <<= 6U * (4U - count);
    for (unsigned left = 1; left < count; ++left, bits <<= 8U) {
        *to++ = static_cast<char>(bits >> 16U);
    }
    decoded.bytes.resize(static_cast<std::size_t>(to - decoded.bytes.data()));
    return decoded;
}

int quoted_byte(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size() || text[at] != '=') {
        return -1;
    }
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string bytes(text.size(), '\0');
    auto* to = bytes.data();
    LineReader lines(text);
    while (const auto line = lines.next()) {
        const auto last = line->text.find_last_not_of(" \t");
        const auto said = line->text.substr(0, last == std::string_view::npos ? 0 : last + 1);
        const bool is_soft = said.ends_with('=');
        to = write_unquoted(to, is_soft ? said.substr(0, said.size() - 1) : said);
        if (!is_soft) {
            to = std::copy(text.data() + line->begin + line->text.size(), text.data() + line->end, to);
        }
    }
    bytes.resize(static_cast<std::size_t>(to - bytes.data()));
    return bytes;
}

std::string decode_transfer(std::string_view body, std::string_view encoding) {
    // Some write a comment or a version behind it.
    encoding = trim(encoding);
    encoding = encoding.substr(0, encoding.find_first_of(" \t;("));
    if (is_same_name(encoding, "base64")) {
        return decode_base64(body).bytes;
    }
    if (is_same_name(encoding, "quoted-printable")) {
        return decode_quoted_printable(body);
    }
    return std::string(body);
}

}  // namespace lupaus::mail
