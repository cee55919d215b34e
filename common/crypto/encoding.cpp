#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lupaus::crypto {

namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint8_t kNone = 0xFF;

using Table = std::array<std::uint8_t, 256>;

constexpr Table make_table(std::string_view alphabet) {
    Table table{};
    table.fill(kNone);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr Table kStandardTable = make_table(kStandard);
constexpr Table kUrlSafeTable = make_table(kUrlSafe);

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
        const auto characters = std::min<std::size_t>(bytes.size() - at, 3) + 1;
        for (std::size_t i = 0; i < characters; ++i) {
            text += alphabet[group >> (18U - 6U * i) & 0x3FU];
        }
    }
    return text;
}

Error refusal(std::string_view what) {
    return Error{.code = Errc::invalid, .detail = std::string(what)};
}

// `text` without padding.
Result<std::string> decode(std::string_view text, const Table& table) {
    if (text.size() % 4 == 1) {
        return refusal("the base64 text has an impossible length");
    }
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = table[static_cast<unsigned char>(c)];
        if (value == kNone) {
            return refusal("the base64 text has a character outside its alphabet");
        }
        bits = (bits << 6U | value) & 0xFFFU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xFFU);
        }
    }
    // What is left over must be zero, or two texts would decode to the same bytes.
    if ((bits & ((1U << count) - 1U)) != 0) {
        return refusal("the base64 text has stray bits at its end");
    }
    return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    auto text = encode(bytes, kStandard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return refusal("the base64 text is not padded to a multiple of four");
    }
    for (int i = 0; i < 2 && text.ends_with('='); ++i) {
        text.remove_suffix(1);
    }
    return decode(text, kStandardTable);
}

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrlSafe);
}

Result<std::string> base64url_decode(std::string_view text) {
    return decode(text, kUrlSafeTable);
}

std::string hex_encode(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += kHex[byte >> 4U];
        text += kHex[byte & 0x0FU];
    }
    return text;
}

Result<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) {
        return refusal("the hexadecimal text has an odd length");
    }
    std::string bytes;
    bytes.reserve(text.size() / 2);
    unsigned value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char lower = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        const auto digit = kHex.find(lower);
        if (digit == std::string_view::npos) {
            return refusal("the text has a character that is no hexadecimal digit");
        }
        value = (value << 4U | static_cast<unsigned>(digit)) & 0xFFU;
        if (i % 2 == 1) {
            bytes += static_cast<char>(value);
        }
    }
    return bytes;
}

}  // namespace lupaus::crypto
