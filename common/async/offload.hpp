// Runs blocking work on another executor and resumes where the caller was, also when the work throws and when the
// caller is cancelled meanwhile. The work itself is never interrupted: it must have its own timeout.
// Join the pool before the caller's io_context is destroyed: its threads touch it on the way home.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace lupaus {

// A cancelled hop would throw before it hopped, and the destructors of the caller would run on the worker thread.
// So cancellation is held back during the hops and delivered after the way home.
template <class Executor, class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> offload(Executor pool, Work work) {
    namespace asio = boost::asio;
    using Value = std::invoke_result_t<Work>;
    const auto home = co_await asio::this_coro::executor;
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
    std::exception_ptr failure;
    std::conditional_t<std::is_void_v<Value>, std::nullptr_t, std::optional<Value>> value{};
    try {
        if constexpr (std::is_void_v<Value>) {
            work();
        } else {
            value.emplace(work());
        }
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::post(asio::bind_executor(home, asio::use_awaitable));
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (failure) {
        std::rethrow_exception(failure);
    }
    if constexpr (!std::is_void_v<Value>) {
        co_return std::move(*value);
    }
}

}  // namespace lupaus
