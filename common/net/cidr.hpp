// Ranges of addresses, as options name them. Pure. Source: RFC 4632, RFC 4291.
#pragma once

#include "common/base/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::net {

struct Cidr {
    boost::asio::ip::address network;
    int prefix = 0;

    bool contains(const boost::asio::ip::address& address) const;  // 10.0.0.0/8 also contains ::ffff:10.1.2.3
};

Result<Cidr> parse_cidr(std::string_view text);  // 10.0.0.0/8, fd00::/8, or one address

// Of a configuration, which was checked when it was loaded: throws for what is none.
std::vector<Cidr> networks(std::span<const std::string> ranges);

bool contains(std::span<const Cidr> networks, const boost::asio::ip::address& address);  // any of them

// ::ffff:192.0.2.1, as a dual-stack listener sees an IPv4 peer, is 192.0.2.1; other addresses are what they are.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace lupaus::net
