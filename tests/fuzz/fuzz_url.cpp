// Where others make the desk call: a URL says the same when it is put together again, cannot carry a second header
// line, and no spelling of a private address passes the guard.

#include "common/net/target.hpp"
#include "common/net/url_guard.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using boost::asio::ip::address;
using fuzz::require;

namespace {

bool is_line_safe(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool is_private(const address& where) {
    const auto plain = net::unmapped(where);
    return plain.is_loopback() || plain.is_unspecified() || plain.is_multicast() ||
           (plain.is_v6() && plain.to_v6().is_link_local());
}

void check_url(std::string_view text) {
    const auto url = net::parse_url(text);
    if (!url) {
        require(!url.error().detail.empty() || !url.error().fields.empty());
        return;
    }
    require(!url->host.empty() && url->port != 0 && url->target.starts_with('/'));
    require(is_line_safe(url->authority()) && is_line_safe(url->target));
    const auto again = net::parse_url(url->origin() + url->target);
    require(again && again->host == url->host && again->port == url->port && again->target == url->target &&
            again->is_tls == url->is_tls);
    boost::system::error_code failed;
    const auto literal = boost::asio::ip::make_address(url->host, failed);
    if (!failed && is_private(literal)) {
        require(!net::UrlGuard().check(text));
    }
}

// An IPv4 address is judged alike however IPv6 wraps it: mapped (RFC 4291) or behind the well-known prefix (RFC 6052).
void check_address(const std::uint8_t* data) {
    const net::UrlGuard guard;
    boost::asio::ip::address_v4::bytes_type four{data[0], data[1], data[2], data[3]};
    boost::asio::ip::address_v6::bytes_type mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    boost::asio::ip::address_v6::bytes_type translated{0, 0x64, 0xff, 0x9b};
    std::ranges::copy(four, mapped.begin() + 12);
    std::ranges::copy(four, translated.begin() + 12);
    const address plain = boost::asio::ip::address_v4(four);
    const bool is_refused = guard.refuse(plain).has_value();
    require(guard.refuse(boost::asio::ip::address_v6(mapped)).has_value() == is_refused);
    require(!is_refused || guard.refuse(boost::asio::ip::address_v6(translated)).has_value());
    require(!is_private(plain) || is_refused);
}

void check_query(std::string_view text) {
    if (const auto pairs = net::parse_query(text)) {
        for (const auto& pair : *pairs) {
            require(text::is_valid_utf8(pair.name) && text::is_valid_utf8(pair.value) && !text::has_nul(pair.value));
        }
    }
    if (const auto range = net::parse_cidr(text)) {
        require(range->contains(range->network));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    check_url(text);
    check_url("https://" + std::string(text));
    check_query(text);
    if (size >= 4) {
        check_address(data);
    }
    return 0;
}
