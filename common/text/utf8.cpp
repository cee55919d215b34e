#include "common/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace lupaus::text {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (byte_at(text, at) & 0xC0U) == 0x80U;
}

// The second byte decides about overlong forms, surrogates and the upper end (RFC 3629, section 4).
bool second_byte_fits(std::uint8_t first, std::uint8_t second) {
    switch (first) {
        case 0xE0:
            return second >= 0xA0;
        case 0xED:
            return second <= 0x9F;
        case 0xF0:
            return second >= 0x90;
        case 0xF4:
            return second <= 0x8F;
        default:
            return true;
    }
}

std::size_t bytes_announced(std::uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Where the ASCII characters that begin at `at` end; eight are looked at together.
std::size_t ascii_end(std::string_view text, std::size_t at) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    std::uint64_t eight = 0;
    for (; at + sizeof eight <= text.size(); at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((eight & kHighBits) != 0) {
            break;
        }
    }
    while (at < text.size() && byte_at(text, at) < 0x80) {
        ++at;
    }
    return at;
}

}  // namespace

std::size_t sequence_bytes(std::string_view text, std::size_t at) {
    if (at >= text.size()) {
        return 0;
    }
    const auto first = byte_at(text, at);
    const auto bytes = bytes_announced(first);
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!is_continuation(text, at + i)) {
            return 0;
        }
    }
    return bytes > 1 && !second_byte_fits(first, byte_at(text, at + 1)) ? 0 : bytes;
}

bool is_valid_utf8(std::string_view text) {
    for (auto at = ascii_end(text, 0); at < text.size(); at = ascii_end(text, at)) {
        const auto bytes = sequence_bytes(text, at);
        if (bytes == 0) {
            return false;
        }
        at += bytes;
    }
    return true;
}

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

std::size_t utf8_length(std::string_view text) {
    std::size_t length = 0;
    for (std::size_t at = 0; at < text.size(); ++length) {
        at += std::max<std::size_t>(sequence_bytes(text, at), 1);
    }
    return length;
}

std::string utf8_prefix(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return std::string(text);
    }
    // A sequence has at most three continuation bytes; in broken text the cut may fall anywhere.
    std::size_t cut = bytes_max;
    for (int back = 0; back < 3 && cut > 0 && is_continuation(text, cut); ++back) {
        --cut;
    }
    if (is_continuation(text, cut)) {
        cut = bytes_max;
    }
    return std::string(text.substr(0, cut));
}

std::string lower_ascii(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lowered;
}

std::string repair_utf8(std::string_view text) {
    std::string repaired;
    repaired.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto bytes = sequence_bytes(text, at);
        if (bytes == 0 || text[at] == '\0') {
            repaired += kReplacement;
            ++at;
            continue;
        }
        repaired += text.substr(at, bytes);
        at += bytes;
    }
    return repaired;
}

}  // namespace lupaus::text
