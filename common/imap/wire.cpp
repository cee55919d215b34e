#include "common/imap/wire.hpp"

#include "common/crypto/encoding.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::imap {

namespace {

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

// The code point that begins at `at`, in valid UTF-8.
std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t length) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::uint32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        value = value << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    return value;
}

void append_utf16(std::string& bytes, std::uint32_t value) {
    const auto append_unit = [&bytes](std::uint32_t unit) {
        bytes += static_cast<char>(unit >> 8U);
        bytes += static_cast<char>(unit & 0xFFU);
    };
    if (value >= 0x10000) {
        append_unit(0xD800 + ((value - 0x10000) >> 10U));
        append_unit(0xDC00 + ((value - 0x10000) & 0x3FFU));
    } else {
        append_unit(value);
    }
}

// Base64 of UTF-16 between & and -, with a comma for the slash and no padding.
std::string shifted(const std::string& utf16) {
    auto text = crypto::base64_encode(utf16);
    text.erase(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '/', ',');
    return "&" + text + "-";
}

std::string base64_of_login(const Login& login) {
    std::string message;
    if (login.proof == Proof::password) {
        message.append(1, '\0').append(login.user).append(1, '\0').append(login.secret.reveal());
    } else {
        message.append("user=").append(login.user).append("\1auth=Bearer ").append(login.secret.reveal());
        message.append("\1\1");
    }
    return crypto::base64_encode(message);
}

// In quotes where they can carry it, else as a literal, which waits to be asked for.
void append_argument(std::vector<std::string>& parts, std::string_view text) {
    if (std::ranges::all_of(text, is_printable)) {
        parts.back().append(" ").append(in_quotes(text));
    } else {
        parts.back().append(" {").append(std::to_string(text.size())).append("}");
        parts.emplace_back(text);
    }
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result += '"';
}

bool contains(std::span<const std::string> capabilities, std::string_view name) {
    return std::ranges::find(capabilities, name) != capabilities.end();
}

Result<std::string> folder_name(std::string_view utf8) {
    if (utf8.empty() || !text::is_valid_utf8(utf8) || utf8.find_first_of(std::string_view("\r\n\0", 3)) < utf8.size()) {
        return Error{.code = Errc::invalid, .detail = "This cannot be the name of a folder."};
    }
    std::string name;
    std::string utf16;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto length = text::sequence_bytes(utf8, at);
        const char c = utf8[at];
        if (is_printable(c)) {
            name += utf16.empty() ? "" : shifted(std::exchange(utf16, {}));
            name += c == '&' ? "&-" : std::string(1, c);
        } else {
            append_utf16(utf16, code_point(utf8, at, length));
        }
        at += length;
    }
    name += utf16.empty() ? "" : shifted(utf16);
    return in_quotes(name);
}

std::string uid_set(std::span<const std::uint32_t> uids) {
    std::string set;
    for (std::size_t i = 0; i < uids.size();) {
        auto last = i;
        while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) {
            ++last;
        }
        set.append(set.empty() ? "" : ",").append(std::to_string(uids[i]));
        if (last > i) {
            set.append(":").append(std::to_string(uids[last]));
        }
        i = last + 1;
    }
    return set;
}

Result<std::vector<std::string>> login_command(const Login& login, std::span<const std::string> capabilities) {
    const bool is_token = login.proof == Proof::xoauth2;
    const std::string mechanism = is_token ? "XOAUTH2" : "PLAIN";
    std::vector<std::string> parts{"AUTHENTICATE " + mechanism};
    if (contains(capabilities, "AUTH=" + mechanism)) {
        if (contains(capabilities, "SASL-IR")) {
            parts.back() += " " + base64_of_login(login);
        } else {
            parts.push_back(base64_of_login(login));
        }
        return parts;
    }
    if (is_token || contains(capabilities, "LOGINDISABLED")) {
        return Error{.code = Errc::invalid,
                     .detail = "The server does not take this kind of login (" + mechanism + ")."};
    }
    parts = {"LOGIN"};
    append_argument(parts, login.user);
    append_argument(parts, login.secret.reveal());
    return parts;
}

}  // namespace lupaus::imap
