// An HTTP/1.1 server, plain or TLS, on the caller's executor: one coroutine per connection, every wait bounded, routes
// known before a body is read. Lives on one thread. Protocol errors are answered here (400, 408, 413, 431 …); an
// exception from a handler becomes a problem through `map_exception`. Source: RFC 9110, 9112.
#pragma once

#include "common/async/task_group.hpp"
#include "common/base/error.hpp"
#include "common/base/limits.hpp"
#include "common/net/cidr.hpp"
#include "common/net/router.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::net {

class TlsIdentity;

struct HttpServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: the system picks one, see port()
    std::size_t connections_max = limits::kConnectionsMax;
    std::size_t header_bytes_max = limits::kHeaderBytesMax;
    std::size_t large_bodies_bytes_max = limits::kLargeBodiesBytesMax;
    std::size_t frame_bytes_max = limits::kStreamFrameBytesMax;
    std::chrono::milliseconds header_wait = limits::kHeaderWait;
    std::chrono::milliseconds body_wait = limits::kBodyWait;  // for every 256 KiB
    std::chrono::milliseconds idle_wait = limits::kIdleWait;
    std::chrono::milliseconds write_wait = limits::kWriteWait;  // for every 256 KiB
    std::chrono::milliseconds drain_wait = limits::kDrainWait;
    std::chrono::milliseconds stream_ping = limits::kStreamPing;
    std::vector<Cidr> trusted_proxies{};  // whose word on the client's address is taken
    std::shared_ptr<TlsIdentity> tls{};   // empty: plain HTTP
};

struct RequestDone {
    std::string_view method;  // "other" for methods no route can have
    std::string_view route;   // the pattern; empty when none matched
    std::string_view request_id;
    std::string_view client_address;
    int status = 0;
    std::size_t request_bytes = 0;
    std::size_t response_bytes = 0;
    std::chrono::steady_clock::duration duration{};  // from the complete header to the answer written
};

struct HttpServerHooks {
    std::function<void(const RequestDone&)> request_done{};
    std::function<void(std::string_view reason)> connection_cut{};  // "busy", "idle", "header wait" … for a counter
    // Turns a handler's exception into what the caller is told; the place to log it once. Default: Errc::internal.
    std::function<Error(std::exception_ptr, std::string_view request_id)> map_exception{};
    TaskGroup::Failure task_lost{};  // the server no longer accepts, or no longer times out: see TaskGroup
};

class HttpServer {
public:
    HttpServer(boost::asio::any_io_executor executor, HttpServerOptions options, RouteTable routes,
               HttpServerHooks hooks = {});
    ~HttpServer();  // cuts whatever stop() was not awaited for
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void start();  // throws boost::system::system_error with the address when it cannot listen
    std::uint16_t port() const;
    std::size_t connections() const;
    const RouteTable& routes() const;

    // Stops accepting, closes idle connections, says goodbye to streams, lets requests in flight end within the drain
    // wait, cuts the rest; returns when every connection has ended. Idempotent; start() does not work again after it.
    boost::asio::awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lupaus::net
