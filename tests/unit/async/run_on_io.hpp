// Runs one coroutine on an io_context until nothing is left to do; its exception fails the test.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>

namespace lupaus {

inline void run_on(boost::asio::io_context& io, const std::function<boost::asio::awaitable<void>()>& body) {
    std::exception_ptr failure;
    boost::asio::co_spawn(io, body(), [&failure](std::exception_ptr error) { failure = std::move(error); });
    io.restart();
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

inline void run_on_io(const std::function<boost::asio::awaitable<void>()>& body) {
    boost::asio::io_context io(1);
    run_on(io, body);
}

}  // namespace lupaus
