// An HttpServer on an I/O thread of its own, for tests that talk to it over real sockets. The destructor stops it.
#pragma once

#include "common/net/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lupaus::net::test {

// Lets the test wait until something was noted from the I/O thread.
class Notes {
public:
    void add(std::string note);
    bool wait_for(const std::string& note, std::size_t times = 1);  // false after ten seconds
    std::size_t count(const std::string& note) const;
    std::vector<std::string> all() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> notes_;
};

class IoThread {
public:
    IoThread();
    ~IoThread();

    boost::asio::io_context& context() { return context_; }

    template <class T>
    T run(boost::asio::awaitable<T> task) {
        return boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future).get();
    }

    // Destroys on the I/O thread, where things of common/net live.
    template <class T>
    void drop(std::unique_ptr<T> thing) {
        run(destroy(std::move(thing)));
    }

private:
    template <class T>
    static boost::asio::awaitable<void> destroy(std::unique_ptr<T> thing) {
        thing.reset();
        co_return;
    }

    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

class RunningServer {
public:
    explicit RunningServer(RouteTable routes, HttpServerOptions options = {}, HttpServerHooks hooks = {});
    ~RunningServer();

    std::uint16_t port() const { return port_; }

    std::size_t connections();
    void stop();

    IoThread& io() { return io_; }

    HttpServer& server() { return *server_; }

private:
    IoThread io_;
    std::unique_ptr<HttpServer> server_;
    std::uint16_t port_ = 0;
};

void add(RouteTable& routes, std::string method, std::string pattern, Handler handler,
         std::size_t body_bytes_max = 100);

// "METHOD route status" of every request that is done, and "cut: reason".
HttpServerHooks hooks_into(Notes& notes);

}  // namespace lupaus::net::test
