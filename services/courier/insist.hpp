// What was sent has to be recorded even where the database is away for a while: results of replies and of webhooks
// alike. I/O thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <string>

namespace lupaus::courier {

// Until `write` succeeds, for half a minute: a database that restarts is back by then, and later the lease decides.
// Every failure is logged under `what`. Throws only the cancellation of the task.
boost::asio::awaitable<void> insist(std::string what, std::function<boost::asio::awaitable<void>()> write);

// For a handler that must not swallow the end of its task; called while `error` is handled.
void rethrow_cancellation(const std::exception& error);

}  // namespace lupaus::courier
