// Opens a connection to a server that somebody else named: the host is looked up, every address judged by the guard,
// and the first few tried one after the other, all of it before one deadline. Nothing is sent. I/O thread.
#pragma once

#include "common/net/resolver.hpp"
#include "common/net/stream_watch.hpp"
#include "common/net/url_guard.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lupaus::net {

enum class ClientFailure {
    none,
    bad_url,
    refused_by_guard,
    resolve,
    connect,
    tls,
    timeout,
    cut,
    malformed,
    called_off,
    held
};

std::string_view to_string(ClientFailure failure);  // for metrics

struct Dialling {
    Resolver& resolver;
    const UrlGuard& guard;
    std::string host;
    std::uint16_t port = 0;
    std::chrono::steady_clock::time_point deadline{};
};

struct DialTrouble {
    ClientFailure failure = ClientFailure::none;
    std::string detail{};  // a sentence for whoever named the server
};

// `watch` holds the stream to connect; it is plain afterwards, also where it can be secured.
boost::asio::awaitable<DialTrouble> dial(std::shared_ptr<StreamWatch> watch, Dialling dialling);

}  // namespace lupaus::net
