// Runs a coroutine several times at once, on the caller's executor, and returns when all have ended: for a list that a
// few of them take their items from. Each must end by itself where another failed; the first failure is thrown then.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>

namespace lupaus {

boost::asio::awaitable<void> side_by_side(std::size_t count, std::function<boost::asio::awaitable<void>()> lane);

}  // namespace lupaus
