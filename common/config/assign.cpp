#include "common/config/options.hpp"
#include "common/text/duration.hpp"
#include "common/text/utf8.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace lupaus::config {

namespace {

using Mistake = std::optional<std::string>;

std::string shown(std::string_view text) {
    constexpr std::size_t kShownBytesMax = 60;
    return "\"" + text::repair_utf8(text::utf8_prefix(text, kShownBytesMax)) + "\"";
}

std::string trimmed(std::string_view text) {
    const auto start = text.find_first_not_of(" \t");
    const auto end = text.find_last_not_of(" \t");
    return start == std::string_view::npos ? std::string() : std::string(text.substr(start, end - start + 1));
}

// 4 or 6 for an address of that version, 0 for none.
int address_version(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 6 : 0;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    return status == std::errc() && end == text.data() + text.size();
}

// 127.0.0.1:24 or [::1]:24; port 0 is a free one.
bool is_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    int port = -1;
    return colon != std::string::npos && address_version(host) == (is_bracketed ? 6 : 4) &&
           read_number(std::string_view(text).substr(colon + 1), port) && port >= 0 && port <= 65'535;
}

bool is_network(const std::string& text) {
    const auto slash = text.find('/');
    const int version = address_version(text.substr(0, slash));
    if (version == 0 || slash == std::string::npos) {
        return version != 0;
    }
    int bits = 0;
    const bool is_number = read_number(std::string_view(text).substr(slash + 1), bits);
    return is_number && bits >= 0 && bits <= (version == 4 ? 32 : 128);
}

bool is_word(std::string_view text, std::string_view allowed) {
    while (!allowed.empty()) {
        const auto end = std::min(allowed.find(' '), allowed.size());
        if (allowed.substr(0, end) == text) {
            return true;
        }
        allowed.remove_prefix(std::min(end + 1, allowed.size()));
    }
    return false;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_one_of(char c, std::string_view also) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
}

bool is_port(std::string_view text) {
    int port = 0;
    return read_number(text, port) && port > 0 && port <= 65'535;
}

// https://s3.example or http://[::1]:9000.
bool is_origin(std::string_view text) {
    const auto scheme = text.substr(0, text.find("://"));
    if ((scheme != "https" && scheme != "http") || text.size() <= scheme.size() + 3) {
        return false;
    }
    text.remove_prefix(scheme.size() + 3);
    const auto colon = text.find(':', text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0);
    const auto host = text.substr(0, colon);
    const bool is_v6 = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    const bool is_host = is_v6 ? address_version(std::string(host.substr(1, host.size() - 2))) == 6
                               : !host.empty() && std::ranges::all_of(host, [](char c) { return is_one_of(c, ".-"); });
    return is_host && (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

// Source: Amazon S3 User Guide, "General purpose buckets naming rules".
bool is_bucket(std::string_view text) {
    constexpr std::size_t kLeast = 3, kMost = 63;
    return text.size() >= kLeast && text.size() <= kMost && is_one_of(text.front(), "") && is_one_of(text.back(), "") &&
           std::ranges::all_of(text, [](char c) { return is_one_of(c, ".-"); });
}

template <class Number>
Mistake assign_number(const Option& option, std::string_view text, Number& place, std::string_view kind) {
    const auto& range = std::get<Range>(option.rule);
    Number number{};
    const bool fits = read_number(text, number) && static_cast<double>(number) >= range.min &&
                      static_cast<double>(number) <= range.max;
    if (!fits) {
        return "must be " + std::string(kind) + " from " + number_text(range.min) + " to " + number_text(range.max) +
               ", not " + shown(text);
    }
    place = number;
    return std::nullopt;
}

Mistake assign_duration(const Option& option, std::string_view text, Milliseconds& place) {
    const auto& span = std::get<Span>(option.rule);
    const auto length = text::parse_duration(text);
    if (!length) {
        return "is no duration, " + shown(text) + ": " + length.error().detail;
    }
    if (*length < span.min || *length > span.max) {
        return "must be from " + text::format_duration(span.min) + " to " + text::format_duration(span.max) + ", not " +
               shown(text);
    }
    place = *length;
    return std::nullopt;
}

Mistake assign_string(const Option& option, std::string_view text, std::string& place) {
    if (const auto* words = std::get_if<Words>(&option.rule); words != nullptr && !is_word(text, words->allowed)) {
        return "must be one of: " + std::string(words->allowed) + "; not " + shown(text);
    }
    if (std::holds_alternative<IpAddress>(option.rule) && address_version(std::string(text)) == 0) {
        return "must be an IP address such as 127.0.0.1 or ::, not " + shown(text);
    }
    if (std::holds_alternative<Endpoint>(option.rule) && !text.empty() && !is_endpoint(std::string(text))) {
        return "must be an address and a port such as 127.0.0.1:24 or [::1]:24, not " + shown(text);
    }
    if (std::holds_alternative<HttpOrigin>(option.rule) && !text.empty() && !is_origin(text)) {
        return "must be https://host or http://host, with a port where it needs one and without a path, not " +
               shown(text);
    }
    if (std::holds_alternative<BucketName>(option.rule) && !text.empty() && !is_bucket(text)) {
        return "must be 3 to 63 lower-case letters, digits, dots and hyphens, not " + shown(text);
    }
    if (std::holds_alternative<Text>(option.rule) && !is_printable(text)) {
        return "must be printable ASCII without spaces, not " + shown(text);
    }
    place = text;
    return std::nullopt;
}

// The value may hold a password, so the mistake does not repeat it.
Mistake assign_secret(const Option& option, std::string_view text, Secret& place) {
    const bool is_password = std::holds_alternative<Password>(option.rule);
    if (is_password && !is_printable(text)) {
        return "must be printable ASCII without spaces";
    }
    const bool is_url = text.starts_with("postgresql://") || text.starts_with("postgres://");
    if (!is_password && !text.empty() && !is_url && text.find('=') == std::string_view::npos) {
        return "must be a connection string of PostgreSQL: postgresql://user:password@host/database or key=value pairs";
    }
    place = Secret(std::string(text));
    return std::nullopt;
}

Mistake assign_flag(std::string_view text, bool& place) {
    if (text != "true" && text != "false") {
        return "must be true or false, not " + shown(text);
    }
    place = text == "true";
    return std::nullopt;
}

Mistake assign_list(std::string_view text, List& place) {
    auto items = split_list(text);
    for (const auto& item : items) {
        if (!is_network(item)) {
            return "must hold addresses or CIDR ranges such as 10.0.0.0/8, not " + shown(item);
        }
    }
    place = std::move(items);
    return std::nullopt;
}

// One function for each type of place.
struct Assigner {
    const Option& option;
    std::string_view text;

    Mistake operator()(bool* place) const { return assign_flag(text, *place); }

    Mistake operator()(int* place) const { return assign_number(option, text, *place, "a whole number"); }

    Mistake operator()(double* place) const { return assign_number(option, text, *place, "a number"); }

    Mistake operator()(Milliseconds* place) const { return assign_duration(option, text, *place); }

    Mistake operator()(std::string* place) const { return assign_string(option, text, *place); }

    Mistake operator()(Secret* place) const { return assign_secret(option, text, *place); }

    Mistake operator()(List* place) const { return assign_list(text, *place); }

    Mistake operator()(std::filesystem::path* place) const {
        *place = text;
        return std::nullopt;
    }
};

}  // namespace

std::string number_text(double number) {
    std::array<char, 400> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed).ptr;
    return std::string(buffer.data(), end);
}

List split_list(std::string_view text) {
    List items;
    if (trimmed(text).empty()) {
        return items;
    }
    for (;;) {
        const auto comma = text.find(',');
        items.push_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return items;
        }
        text.remove_prefix(comma + 1);
    }
}

std::optional<std::string> assign(const Option& option, std::string_view text, Config& config) {
    if (text::has_nul(text)) {
        return "must not contain a NUL byte";
    }
    return std::visit(Assigner{option, text}, option.slot(config));
}

}  // namespace lupaus::config
