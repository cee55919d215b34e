#include "common/net/client_address.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::net {

namespace asio = boost::asio;
using asio::ip::address;

namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";
constexpr std::string_view kForwarded = "Forwarded";
constexpr std::size_t kAddressBytesMax = 45;  // ::ffff:255.255.255.255 written in full

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

// A zone (fe80::1%eth0) means something to the machine that wrote it alone.
std::optional<address> parse_address(std::string_view text) {
    if (text.size() > kAddressBytesMax || text.find('%') != std::string_view::npos) {
        return std::nullopt;
    }
    boost::system::error_code error;
    const auto parsed = asio::ip::make_address(std::string(text), error);
    return error ? std::nullopt : std::optional(unmapped(parsed));
}

bool is_port_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
}

// ":443", or ":_secret" as RFC 7239 allows; nothing is fine, too.
bool is_port_or_empty(std::string_view text) {
    return text.empty() ||
           (text.size() > 1 && text.front() == ':' && std::ranges::all_of(text.substr(1), is_port_character));
}

// 192.0.2.1, 192.0.2.1:443, [2001:db8::1] or [2001:db8::1]:443.
std::optional<address> parse_node(std::string_view text) {
    const bool is_v6 = text.starts_with('[');
    const auto end = text.find(is_v6 ? ']' : ':');
    if (is_v6 && end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto host = is_v6 ? text.substr(1, end - 1) : text.substr(0, end);
    const auto port = end == std::string_view::npos ? std::string_view{} : text.substr(is_v6 ? end + 1 : end);
    const auto parsed = is_port_or_empty(port) ? parse_address(host) : std::nullopt;
    const bool is_as_written = parsed && (is_v6 == (host.find(':') != std::string_view::npos));
    return is_as_written ? parsed : std::nullopt;
}

// An IPv6 address may stand there without brackets; then it has no port.
std::optional<address> parse_forwarded_for(std::string_view entry) {
    const auto plain = parse_address(entry);
    return plain ? plain : parse_node(entry);
}

// One element of Forwarded: pairs such as for="[2001:db8::1]:443", of which exactly one must be `for`.
std::optional<address> parse_forwarded(std::string_view element) {
    std::optional<std::string_view> node;
    while (!element.empty()) {
        const auto end = std::min(element.find(';'), element.size());
        const auto pair = trim(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (!equals_ignoring_case(pair.substr(0, equals), "for")) {
            continue;
        }
        if (node || equals == pair.size()) {
            return std::nullopt;
        }
        node = pair.substr(equals + 1);
    }
    if (!node) {
        return std::nullopt;
    }
    const bool is_quoted = node->size() >= 2 && node->front() == '"' && node->back() == '"';
    return parse_node(is_quoted ? node->substr(1, node->size() - 2) : *node);
}

// The addresses that were appended, the latest first.
class Hops {
public:
    explicit Hops(const Headers& headers)
        : headers_(headers), name_(headers.find(kForwardedFor) ? kForwardedFor : kForwarded), line_(headers.size()) {}

    // Nothing: there is no more, or what comes next is not understood.
    std::optional<address> next() {
        while (!is_in_line_) {
            if (line_ == 0) {
                return std::nullopt;
            }
            --line_;
            is_in_line_ = equals_ignoring_case(headers_.name(line_), name_);
            rest_ = headers_.value(line_);
        }
        const auto comma = rest_.rfind(',');
        is_in_line_ = comma != std::string_view::npos;
        const auto entry = trim(rest_.substr(is_in_line_ ? comma + 1 : 0));
        rest_ = rest_.substr(0, is_in_line_ ? comma : 0);
        return name_ == kForwardedFor ? parse_forwarded_for(entry) : parse_forwarded(entry);
    }

private:
    const Headers& headers_;
    std::string_view name_;
    std::size_t line_;
    std::string_view rest_{};
    bool is_in_line_ = false;
};

}  // namespace

address client_address(const address& peer, const Headers& headers, std::span<const Cidr> trusted) {
    auto client = unmapped(peer);
    Hops hops(headers);
    while (contains(trusted, client)) {
        const auto before = hops.next();
        if (!before) {
            break;
        }
        client = *before;
    }
    return client;
}

}  // namespace lupaus::net
