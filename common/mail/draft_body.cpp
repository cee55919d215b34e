#include "common/mail/draft_body.hpp"

#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <cstddef>

namespace lupaus::mail {

namespace {

constexpr std::size_t kPlainLineMax = 78;
constexpr std::size_t kEncodedLineMax = 76;
constexpr std::size_t kBytesOfBase64Line = 57;  // 76 columns
constexpr std::string_view kSignatureMark = "-- ";
constexpr std::string_view kEnd = "\r\n";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_plain_line(std::string_view line) {
    const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; };
    return line.size() <= kPlainLineMax && std::ranges::all_of(line, is_plain) &&
           (line.empty() || !is_blank(line.back()) || line == kSignatureMark);
}

bool stands_for_itself(char c) {
    return ((c >= '!' && c <= '~') || is_blank(c)) && c != '=';
}

void append_quoted_line(std::string& out, std::string_view line) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool is_last = i + 1 == line.size();
        const bool is_plain = stands_for_itself(line[i]) && !(is_last && is_blank(line[i]));
        const std::size_t size = is_plain ? 1 : 3;
        if (column + size > kEncodedLineMax - (is_last ? 0 : 1)) {
            out.append("=").append(kEnd);
            column = 0;
        }
        if (is_plain) {
            out += line[i];
        } else {
            const auto byte = static_cast<unsigned char>(line[i]);
            out.append({'=', kDigits[byte >> 4], kDigits[byte & 15]});
        }
        column += size;
    }
    out += kEnd;
}

// Calls `take` with every line, without its end. The text has network lines.
template <class Take>
void each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = text.find(kEnd);
        take(text.substr(0, end));
        text.remove_prefix(std::min(end == std::string_view::npos ? text.size() : end + kEnd.size(), text.size()));
    }
}

}  // namespace

bool is_plain_text(std::string_view bytes) {
    bool is_plain = bytes.ends_with(kEnd);
    each_line(bytes, [&is_plain](std::string_view line) { is_plain = is_plain && is_plain_line(line); });
    return is_plain;
}

// Quoted-printable can be read as it is, so base64 has to be clearly shorter: for scripts other than Latin.
Encoding shortest_encoding(std::string_view text) {
    const auto escaped = static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c < 0; }));
    return escaped > text.size() / 4 ? Encoding::base64 : Encoding::quoted_printable;
}

std::string_view to_string(Encoding encoding) {
    switch (encoding) {
        case Encoding::seven_bit:
            return "7bit";
        case Encoding::quoted_printable:
            return "quoted-printable";
        case Encoding::base64:
            break;
    }
    return "base64";
}

void append_encoded(std::string& out, std::string_view bytes, Encoding encoding) {
    switch (encoding) {
        case Encoding::seven_bit:
            out += bytes;
            break;
        case Encoding::quoted_printable:
            each_line(bytes, [&out](std::string_view line) { append_quoted_line(out, line); });
            break;
        case Encoding::base64:
            out.reserve(out.size() + bytes.size() / kBytesOfBase64Line * 78 + 80);
            for (std::size_t at = 0; at < bytes.size(); at += kBytesOfBase64Line) {
                out.append(crypto::base64_encode(bytes.substr(at, kBytesOfBase64Line))).append(kEnd);
            }
            break;
    }
}

std::string with_network_lines(std::string_view text) {
    std::string lines;
    lines.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' || text[i] == '\n') {
            lines += kEnd;
            i += text.substr(i).starts_with(kEnd) ? 1 : 0;
        } else {
            lines += text[i];
        }
    }
    if (!lines.empty() && !lines.ends_with(kEnd)) {
        lines += kEnd;
    }
    return lines;
}

}  // namespace lupaus::mail
