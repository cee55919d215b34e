#include "common/async/side_by_side.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <exception>

namespace lupaus {

namespace asio = boost::asio;

namespace {

using Lane = std::function<asio::awaitable<void>()>;

// Caught here: two failures at once would become one that says neither.
asio::awaitable<void> run_lane(const Lane& lane, std::exception_ptr& failure) {
    try {
        co_await lane();
    } catch (...) {
        failure = failure ? failure : std::current_exception();
    }
}

asio::awaitable<void> run_lanes(std::size_t count, const Lane& lane, std::exception_ptr& failure) {
    using namespace asio::experimental::awaitable_operators;
    if (count > 1) {
        co_await (run_lane(lane, failure) && run_lanes(count - 1, lane, failure));
    } else if (count == 1) {
        co_await run_lane(lane, failure);
    }
}

}  // namespace

asio::awaitable<void> side_by_side(std::size_t count, Lane lane) {
    std::exception_ptr failure;
    co_await run_lanes(count, lane, failure);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace lupaus
