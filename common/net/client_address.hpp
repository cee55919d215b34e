// Who a request comes from where proxies stand in front of the server: the socket's peer, unless that is a proxy which
// the operator trusts; then what the proxies wrote. Pure. Source: RFC 7239; X-Forwarded-For as nginx and Caddy write
// it.
#pragma once

#include "common/net/cidr.hpp"
#include "common/net/http.hpp"

#include <boost/asio/ip/address.hpp>

#include <span>

namespace lupaus::net {

// The last address that somebody trusted vouches for: from the peer backwards through what each proxy appended, until
// one is not a trusted proxy or is not understood. Forwarded counts only where there is no X-Forwarded-For: a proxy
// that writes one of them passes the other on as the client sent it.
boost::asio::ip::address client_address(const boost::asio::ip::address& peer, const Headers& headers,
                                        std::span<const Cidr> trusted);

}  // namespace lupaus::net
