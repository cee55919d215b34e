// Keeps requests that others cause (webhooks, callbacks) out of private networks. Pure: it parses and decides, and
// never resolves. The decision is made on resolved addresses, so odd spellings of a host (0x7f.1) change nothing.
// Source: RFC 3986; IANA special-purpose address registries, RFC 6890, 6052, 3056, 4380.
#pragma once

#include "common/base/error.hpp"
#include "common/net/cidr.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::net {

struct Url {
    bool is_tls = false;
    std::string host;  // lower case; an IPv6 literal without brackets
    std::uint16_t port = 0;
    std::string target;  // path and query; "/" at least

    std::string authority() const;  // host, and the port unless it is the scheme's own: the Host field
    std::string origin() const;     // https://host:port
};

// Absolute http and https URLs without user name, at most 2048 characters; Errc::invalid says what is wrong.
Result<Url> parse_url(std::string_view text);

class UrlGuard {
public:
    explicit UrlGuard(std::vector<Cidr> allow = {}) : allow_(std::move(allow)) {}

    // Nothing: the address may be called. Else Errc::forbidden, naming the address and the option egress.allow.
    std::optional<Error> refuse(const boost::asio::ip::address& address) const;

    // Parses, and refuses a host that is a literal address at once; other hosts are judged when they are resolved.
    Result<Url> check(std::string_view url) const;

private:
    std::vector<Cidr> allow_;
};

}  // namespace lupaus::net
