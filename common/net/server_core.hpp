// What the connections of one server share. Lives on the I/O thread; every connection's coroutine keeps it alive.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "common/net/body_budget.hpp"
#include "common/net/deadline.hpp"
#include "common/net/http_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lupaus::net {

// Something the server must reach when it stops: a connection, or the stream that took it over.
class LiveConnection {
public:
    virtual void server_stops() = 0;  // end soon and politely
    virtual void cut_now() = 0;       // every pending operation ends with an error

protected:
    ~LiveConnection() = default;  // nobody owns one through this
};

// The error that the caller is told; an exception that no handler caught ends here once.
Error describe(const HttpServerHooks& hooks, std::exception_ptr failure, std::string_view request_id);

// Counts something for as long as it exists, and rings when one ends.
class Counted {
public:
    Counted(std::size_t& value, Doorbell& on_end) : value_(&value), on_end_(&on_end) { ++value; }

    Counted(Counted&& other) noexcept : value_(std::exchange(other.value_, nullptr)), on_end_(other.on_end_) {}

    ~Counted() {
        if (value_ != nullptr) {
            --*value_;
            on_end_->ring();
        }
    }

    Counted& operator=(Counted&&) = delete;

private:
    std::size_t* value_;
    Doorbell* on_end_;
};

struct ServerCore {
    ServerCore(boost::asio::any_io_executor ex, HttpServerOptions server_options, RouteTable table, HttpServerHooks h);

    void report_cut(std::string_view reason) const;

    boost::asio::any_io_executor executor;
    HttpServerOptions options;
    RouteTable routes;
    HttpServerHooks hooks;
    DeadlineWheel wheel;
    std::list<LiveConnection*> live;
    BodyBudget bodies;
    std::size_t connections = 0;
    std::size_t refusals = 0;  // connections over the cap that are being told so
    bool is_stopping = false;
    std::string date;  // for the Date field, renewed by the wheel's tick
    Doorbell connection_ended;
    TaskGroup tasks;  // last: its coroutines use all of the above
};

// Keeps a LiveConnection in the core's list for as long as it exists.
class Registration {
public:
    Registration(ServerCore& core, LiveConnection& connection)
        : core_(core), place_(core.live.insert(core.live.end(), &connection)) {}

    ~Registration() { core_.live.erase(place_); }

    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    ServerCore& core_;
    std::list<LiveConnection*>::iterator place_;
};

// Serves requests on the socket until it is over.
boost::asio::awaitable<void> run_connection(std::shared_ptr<ServerCore> core, Counted counted,
                                            boost::asio::ip::tcp::socket socket);

}  // namespace lupaus::net
