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
constexpr CharSet kEncodingEnds(" \t;(");
constexpr std::size_t kPieceBytes = 64 * 1024;

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

constexpr std::array<std::int8_t, 256> make_hex_table() {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 16; ++i) {
        table[static_cast<unsigned char>("0123456789ABCDEF"[i])] = static_cast<std::int8_t>(i);
        table[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
    }
    return table;
}

constexpr auto kHexTable = make_hex_table();

int hex_digit(char c) {
    return kHexTable[static_cast<unsigned char>(c)];
}

bool has_sign(std::string_view text) {
    bool has = false;
    for (const char c : text) {
        has |= c == '=';
    }
    return has;
}

// A line of quoted-printable without its end and without the blanks that were added on the way.
char* write_unquoted(char* to, std::string_view line) {
    constexpr std::size_t kStride = 16;  // so many at a time, where nothing is quoted
    for (std::size_t at = 0; at < line.size();) {
        while (at + kStride <= line.size() && !has_sign({line.data() + at, kStride})) {
            to = std::copy_n(line.data() + at, kStride, to);
            at += kStride;
        }
        while (at < line.size() && line[at] != '=') {
            *to++ = line[at++];
        }
        if (const int byte = quoted_byte(line, at); byte >= 0) {
            *to++ = static_cast<char>(byte);
            at += 3;
        } else if (at < line.size()) {
            *to++ = line[at++];
        }
    }
    return to;
}

std::string_view without_blanks_behind(std::string_view line) {
    while (line.ends_with(' ') || line.ends_with('\t')) {
        line.remove_suffix(1);
    }
    return line;
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

// Takes a text in pieces that may be cut anywhere.
class Base64Decoder {
public:
    static std::size_t room_for(std::string_view text) { return text.size() / 4 * 3 + 6; }

    // Writes what is complete and returns where it ends.
    char* put(std::string_view text, char* to) {
        for (std::size_t at = 0; at < text.size() && !is_ended_;) {
            if (count_ == 0) {
                const auto read = decode_groups(text.substr(at), to);
                to += read / 4 * 3;
                at += read;
                if (at == text.size()) {
                    break;
                }
            }
            to = put_letter(text[at], to);
            ++at;
        }
        return to;
    }

    char* finish(char* to) {
        is_clean_ &= count_ != 1;
        bits_ <<= 6U * (4U - count_);
        for (unsigned left = 1; left < count_; ++left, bits_ <<= 8U) {
            *to++ = static_cast<char>(bits_ >> 16U);
        }
        return to;
    }

    bool is_clean() const { return is_clean_; }

private:
    char* put_letter(char letter, char* to) {
        const auto value = sextet(letter);
        if (value < kBlank) {
            bits_ = bits_ << 6U | value;
            if (++count_ == 4) {
                *to++ = static_cast<char>(bits_ >> 16U);
                *to++ = static_cast<char>(bits_ >> 8U);
                *to++ = static_cast<char>(bits_);
                bits_ = count_ = 0;
            }
        } else if (letter == '=' && count_ >= 2) {
            is_ended_ = true;
        } else if (value == kStray) {
            is_clean_ = false;
        }
        return to;
    }

    std::uint32_t bits_ = 0;
    unsigned count_ = 0;
    bool is_clean_ = true;
    bool is_ended_ = false;
};

void stream_base64(std::string_view text, const TakePiece& take) {
    Base64Decoder decoder;
    std::string piece(Base64Decoder::room_for(text.substr(0, kPieceBytes)), '\0');
    const auto take_up_to = [&](const char* end) {
        take({piece.data(), static_cast<std::size_t>(end - piece.data())});
    };
    for (std::size_t at = 0; at < text.size(); at += kPieceBytes) {
        take_up_to(decoder.put(text.substr(at, kPieceBytes), piece.data()));
    }
    take_up_to(decoder.finish(piece.data()));
}

// Each piece ends where a line does.
void stream_quoted_printable(std::string_view text, const TakePiece& take) {
    while (!text.empty()) {
        const auto end = text.find('\n', std::min(kPieceBytes, text.size()));
        const auto piece = text.substr(0, end == std::string_view::npos ? end : end + 1);
        take(decode_quoted_printable(piece));
        text.remove_prefix(piece.size());
    }
}

enum class Encoding : std::uint8_t { none, base64, quoted_printable };

Encoding read_encoding(std::string_view value) {
    // Some write a comment or a version behind it.
    value = trim(value);
    value = value.substr(0, kEncodingEnds.find_in(value, 0));
    return is_same_name(value, "base64")             ? Encoding::base64
           : is_same_name(value, "quoted-printable") ? Encoding::quoted_printable
                                                     : Encoding::none;
}

}  // namespace

Base64 decode_base64(std::string_view text) {
    Base64 decoded;
    decoded.bytes.resize(Base64Decoder::room_for(text));
    Base64Decoder decoder;
    const auto* end = decoder.finish(decoder.put(text, decoded.bytes.data()));
    decoded.bytes.resize(static_cast<std::size_t>(end - decoded.bytes.data()));
    decoded.is_clean = decoder.is_clean();
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
        const auto said = without_blanks_behind(line->text);
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
    switch (read_encoding(encoding)) {
        case Encoding::base64:
            return decode_base64(body).bytes;
        case Encoding::quoted_printable:
            return decode_quoted_printable(body);
        case Encoding::none:
            break;
    }
    return std::string(body);
}

void decode_transfer(std::string_view body, std::string_view encoding, const TakePiece& take) {
    switch (read_encoding(encoding)) {
        case Encoding::base64:
            return stream_base64(body, take);
        case Encoding::quoted_printable:
            return stream_quoted_printable(body, take);
        case Encoding::none:
            break;
    }
    take(body);
}

}  // namespace lupaus::mail
