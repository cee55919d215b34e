#include "common/net/url_guard.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;

namespace {

constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

struct Block {
    std::string_view network;
    std::string_view why;
};

class BlockList {
public:
    BlockList(std::initializer_list<Block> blocks) {
        for (const auto& block : blocks) {
            blocks_.emplace_back(parse_cidr(block.network).value(), block.why);
        }
    }

    std::string_view why(const address& which) const {
        for (const auto& [network, why] : blocks_) {
            if (network.contains(which)) {
                return why;
            }
        }
        return {};
    }

private:
    std::vector<std::pair<Cidr, std::string_view>> blocks_;
};

// Everything that is not a host on the public internet.
const BlockList& blocks_v4() {
    static const BlockList blocks{
        {"0.0.0.0/8", "this network"},
        {"10.0.0.0/8", "private"},
        {"100.64.0.0/10", "carrier-grade NAT"},
        {"127.0.0.0/8", "loopback"},
        {"168.63.129.16/32", "a cloud's metadata service"},
        {"169.254.0.0/16", "link-local"},
        {"172.16.0.0/12", "private"},
        {"192.0.0.0/24", "reserved"},
        {"192.0.2.0/24", "documentation"},
        {"192.52.193.0/24", "reserved"},
        {"192.88.99.0/24", "a 6to4 relay"},
        {"192.168.0.0/16", "private"},
        {"198.18.0.0/15", "benchmarking"},
        {"198.51.100.0/24", "documentation"},
        {"203.0.113.0/24", "documentation"},
        {"224.0.0.0/4", "multicast"},
        {"240.0.0.0/4", "reserved"},
    };
    return blocks;
}

// Only for 2000::/3; whatever is outside of it is no global unicast address and refused as a whole. Tunnels are
// refused whatever they carry: nobody serves webhooks there, and the address inside may be private.
const BlockList& blocks_v6() {
    static const BlockList blocks{
        {"2001::/32", "a Teredo tunnel"}, {"2001::/23", "reserved"},      {"2001:db8::/32", "documentation"},
        {"2002::/16", "a 6to4 tunnel"},   {"3fff::/20", "documentation"},
    };
    return blocks;
}

address_v4 embedded_v4(const address_v6::bytes_type& bytes, std::size_t at) {
    return address_v4(address_v4::bytes_type{bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

std::string_view why_not(const address_v4& v4) {
    return blocks_v4().why(v4);
}

std::string_view why_not(const address_v6& v6) {
    static const auto nat64 = parse_cidr("64:ff9b::/96").value();
    static const auto global = parse_cidr("2000::/3").value();
    const auto bytes = v6.to_bytes();
    if (v6.is_v4_mapped() || nat64.contains(v6)) {
        return why_not(embedded_v4(bytes, 12));
    }
    if (v6.is_loopback()) {
        return "loopback";
    }
    if (v6.is_link_local()) {
        return "link-local";
    }
    if (v6.is_multicast()) {
        return "multicast";
    }
    if (!global.contains(v6)) {
        return "not a public address";
    }
    const bool is_isatap =
        (bytes[8] == 0x00 || bytes[8] == 0x02) && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
    if (is_isatap) {
        return "an ISATAP tunnel";
    }
    return blocks_v6().why(v6);
}

Error bad_url(std::string detail) {
    return invalid_field("url", std::move(detail));
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What RFC 3986 lets stand in a URL, and "[" and "]", which queries in the wild have.
bool has_url_characters(std::string_view text) {
    constexpr std::string_view kForbidden = R"("<>\^`{|})";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_broken_escape =
            c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]));
        if (c <= ' ' || c > '~' || is_broken_escape || kForbidden.find(c) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

Result<std::uint16_t> parse_port(std::string_view digits, bool is_tls) {
    if (digits.empty()) {
        return is_tls ? kHttpsPort : kHttpPort;
    }
    std::uint16_t port = 0;
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, port);
    if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0) {
        return bad_url("The port must be a number from 1 to 65535.");
    }
    return port;
}

Result<std::string> parse_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        boost::system::error_code error;
        const auto v6 = asio::ip::make_address_v6(std::string(text.substr(1, text.size() - 2)), error);
        if (error || v6.scope_id() != 0) {
            return bad_url("The IPv6 address is not understood.");
        }
        return v6.to_string();
    }
    auto host = lower_case(text);
    if (host.empty() || host.size() > kHostBytesMax || !std::all_of(host.begin(), host.end(), is_host_character)) {
        return bad_url("The host must be a name of letters, digits, dots and hyphens, or an address.");
    }
    return host;
}

}  // namespace

std::string Url::authority() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    auto text = is_v6 ? "[" + host + "]" : host;
    if (port != (is_tls ? kHttpsPort : kHttpPort)) {
        text.append(":").append(std::to_string(port));
    }
    return text;
}

std::string Url::origin() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_tls ? "https://" : "http://") + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// By hand: Boost.URL 1.81 reads "host:80x" as a path "x" and aborts on "a: ".
Result<Url> parse_url(std::string_view text) {
    if (text.size() > kUrlBytesMax) {
        return bad_url("The URL may have " + std::to_string(kUrlBytesMax) + " characters.");
    }
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos || !has_url_characters(text)) {
        return bad_url("This is not an absolute URL.");
    }
    const auto scheme = lower_case(text.substr(0, scheme_end));
    if (scheme != "https" && scheme != "http") {
        return bad_url("Only https and http URLs can be called.");
    }
    Url url;
    url.is_tls = scheme == "https";
    text.remove_prefix(scheme_end + 3);
    text = text.substr(0, text.find('#'));
    const auto authority = text.substr(0, text.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) {
        return bad_url("The URL must not have a user name or password.");
    }
    const auto colon =
        authority.find(':', authority.starts_with('[') ? std::min(authority.find(']'), authority.size()) : 0);
    auto host = parse_host(authority.substr(0, colon));
    if (!host) {
        return std::move(host).error();
    }
    url.host = *std::move(host);
    const auto port =
        parse_port(colon == std::string_view::npos ? std::string_view{} : authority.substr(colon + 1), url.is_tls);
    if (!port) {
        return port.error();
    }
    url.port = *port;
    const auto target = text.substr(authority.size());
    url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    return url;
}

std::optional<Error> UrlGuard::refuse(const address& which) const {
    const auto why = contains(allow_, which) ? std::string_view{}
                     : which.is_v4()         ? why_not(which.to_v4())
                                             : why_not(which.to_v6());
    if (why.empty()) {
        return std::nullopt;
    }
    return Error{.code = Errc::forbidden,
                 .detail = "The address " + which.to_string() + " is " + std::string(why) +
                           " and is not called; the option egress.allow can permit it."};
}

Result<Url> UrlGuard::check(std::string_view text) const {
    auto url = parse_url(text);
    if (!url) {
        return url;
    }
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(url->host, error);
    if (!error) {
        if (auto refusal = refuse(literal)) {
            return *std::move(refusal);
        }
    }
    return url;
}

}  // namespace lupaus::net
