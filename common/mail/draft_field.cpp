#include "common/mail/draft_field.hpp"

#include "common/crypto/encoding.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::mail {

namespace {

constexpr std::size_t kLineBytes = 78;
constexpr std::size_t kWordBytesMax = 75;  // of an encoded word, its marks included
constexpr std::string_view kBase64Mark = "=?utf-8?B?";
constexpr std::string_view kQuotedMark = "=?utf-8?Q?";
constexpr std::string_view kWordEnd = "?=";
constexpr std::size_t kMarksBytes = kBase64Mark.size() + kWordEnd.size();
constexpr std::size_t kPlainRunMax = 200;       // what is longer cannot be folded
constexpr std::size_t kQuotedBytesMax = 60;     // of a quoted string, which is not folded
constexpr std::size_t kParameterBytesMax = 48;  // of one piece of a value

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

bool is_atom(char c) {
    return is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string hex_of(char c) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Of blanks or of anything else: between two of them the line can be folded.
std::size_t longest_run(std::string_view text) {
    std::size_t longest = 0, begin = 0;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ' ') != (text[begin] == ' ')) {
            longest = std::max(longest, i - begin);
            begin = i;
        }
    }
    return longest;
}

// Readers would take "=?" for the beginning of an encoded word.
bool can_stay_plain(std::string_view text) {
    return std::ranges::all_of(text, is_printable) && text.find("=?") == std::string_view::npos &&
           longest_run(text) <= kPlainRunMax;
}

// What may stand for itself even in a display name (RFC 2047, section 5, rule 3).
std::string quoted_form(std::string_view bytes) {
    std::string form;
    for (const char c : bytes) {
        if (is_letter_or_digit(c) || std::string_view("!*+-/").find(c) != std::string_view::npos) {
            form += c;
        } else if (c == ' ') {
            form += '_';
        } else {
            form.append("=").append(hex_of(c));
        }
    }
    return form;
}

bool is_shorter_quoted(std::string_view text) {
    return quoted_form(text).size() <= (text.size() + 2) / 3 * 4;
}

// The longest beginning of whole characters whose form fits; one character at least.
std::size_t fitting_bytes(std::string_view text, std::size_t room, bool is_quoted) {
    std::size_t taken = 0, size = 0;
    while (taken < text.size()) {
        const auto step = std::max<std::size_t>(text::sequence_bytes(text, taken), 1);
        size = is_quoted ? size + quoted_form(text.substr(taken, step)).size() : (taken + step + 2) / 3 * 4;
        if (size > room && taken > 0) {
            break;
        }
        taken += step;
    }
    return taken;
}

// Bytes that a parameter of RFC 2231 need not escape.
std::string parameter_form(std::string_view bytes) {
    std::string form;
    for (const char c : bytes) {
        if (is_letter_or_digit(c) || std::string_view("!#$&+-.^_`{|}~").find(c) != std::string_view::npos) {
            form += c;
        } else {
            form.append("%").append(hex_of(c));
        }
    }
    return form;
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted += '"';
}

// Readers make one blank of several, so those are quoted.
bool is_plain_name(std::string_view name) {
    return name.find("  ") == std::string_view::npos &&
           std::ranges::all_of(name, [](char c) { return is_atom(c) || c == ' '; });
}

// With dots where none may stand ("a..b") the local part is written as a quoted string.
std::string written_address(std::string_view address) {
    const auto at = address.rfind('@');
    const auto local = address.substr(0, at);
    const bool is_odd = local.starts_with('.') || local.ends_with('.') || local.find("..") != std::string_view::npos;
    return is_odd ? quote(local) + std::string(address.substr(at)) : std::string(address);
}

}  // namespace

Field::Field(std::string& out, std::string_view name) : out_(out), line_begin_(out.size()) {
    out_.append(name).append(":");
}

Field::~Field() {
    out_ += "\r\n";
}

void Field::add(std::string_view token) {
    add(" ", token);
}

void Field::add(std::string_view blank, std::string_view token) {
    if (!is_empty_ && out_.size() - line_begin_ + blank.size() + token.size() > kLineBytes) {
        out_ += "\r\n";
        line_begin_ = out_.size();
    }
    out_.append(blank).append(token);
    is_empty_ = false;
}

void Field::add_text(std::string_view text) {
    text = trimmed(text);
    if (!can_stay_plain(text)) {
        add_encoded_words(text);
        return;
    }
    while (!text.empty()) {
        const auto word = std::min(text.find_first_not_of(' '), text.size());
        const auto end = std::min(text.find(' ', word), text.size());
        add(word == 0 ? " " : text.substr(0, word), text.substr(word, end - word));
        text.remove_prefix(end);
    }
}

void Field::add_encoded_words(std::string_view text) {
    const bool is_quoted = is_shorter_quoted(text);
    while (!text.empty()) {
        const auto column = out_.size() - line_begin_ + 1;
        const auto left = column + kMarksBytes + 12 < kLineBytes ? kLineBytes - 2 - column : kLineBytes - 3;
        const auto room = std::min(left, kWordBytesMax) - kMarksBytes;
        const auto taken = fitting_bytes(text, room, is_quoted);
        const auto bytes = text.substr(0, taken);
        auto word = is_quoted ? std::string(kQuotedMark) + quoted_form(bytes)
                              : std::string(kBase64Mark) + crypto::base64_encode(bytes);
        add(word.append(kWordEnd));
        text.remove_prefix(taken);
    }
}

void Field::add_name(std::string_view name) {
    if (!can_stay_plain(name) || (!is_plain_name(name) && name.size() > kQuotedBytesMax)) {
        add_encoded_words(name);
    } else if (is_plain_name(name)) {
        add_text(name);
    } else {
        add(quote(name));
    }
}

void Field::add_addresses(std::span<const Address> addresses) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const std::string_view end = i + 1 < addresses.size() ? "," : "";
        const auto name = trimmed(addresses[i].name);
        const auto address = written_address(addresses[i].address);
        if (name.empty()) {
            add(address + std::string(end));
        } else {
            add_name(name);
            add("<" + address + ">" + std::string(end));
        }
    }
}

void Field::add_parameter(std::string_view name, std::string_view value) {
    out_ += ';';
    if (value.size() <= kQuotedBytesMax && std::ranges::all_of(value, is_printable)) {
        add(std::string(name) + "=" + quote(value));
        return;
    }
    for (int piece = 0; piece == 0 || !value.empty(); ++piece) {
        std::string form;
        while (!value.empty()) {
            const auto step = std::max<std::size_t>(text::sequence_bytes(value, 0), 1);
            const auto next = parameter_form(value.substr(0, step));
            if (form.size() + next.size() > kParameterBytesMax) {
                break;
            }
            form += next;
            value.remove_prefix(step);
        }
        const std::string_view charset = piece == 0 ? "utf-8''" : "";
        add(std::string(name) + "*" + std::to_string(piece) + "*=" + std::string(charset) + form +
            (value.empty() ? "" : ";"));
    }
}

}  // namespace lupaus::mail
