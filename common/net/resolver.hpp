// Host name to addresses. getaddrinfo blocks and cannot be interrupted, so it runs on a few threads of its own and a
// caller stops waiting when its time is up; callers asking for the same host share one look-up.
#pragma once

#include "common/base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lupaus::net {

using Addresses = std::vector<boost::asio::ip::address>;

class Resolver {
public:
    virtual ~Resolver() = default;

    // Every address of the host; Errc::unavailable when there is none, Errc::timeout when the wait is over.
    virtual boost::asio::awaitable<Result<Addresses>> resolve(std::string host, std::chrono::milliseconds wait) = 0;
};

// Its destructor waits for look-ups that are running, at worst the system resolver's own timeout.
std::shared_ptr<Resolver> make_system_resolver(boost::asio::any_io_executor executor);

}  // namespace lupaus::net
