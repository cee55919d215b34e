#include "services/desk/context/loop.hpp"

#include "common/async/doorbell.hpp"
#include "common/telemetry/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace lupaus::desk {

namespace asio = boost::asio;

asio::awaitable<void> run_loop(telemetry::Metrics& metrics, Loop loop) {
    const auto failures =
        metrics.counter("lupaus_loop_failures_total", "Turns of an endless loop that failed.", {{"loop", loop.name}});
    std::string reason;  // of the last turn; an outage is logged when it begins and when its reason changes
    while (loop.goes_on()) {
        std::exception_ptr failure;
        try {
            co_await loop.turn();
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) {
            reason.clear();
            continue;
        }
        // Asked of the task itself: an operation that was aborted for another reason is a failure like any other.
        const auto task = co_await asio::this_coro::cancellation_state;
        if (task.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        failures.add();
        auto now = log::describe(failure);
        if (now != reason) {
            log::warn("a loop failed and goes on", {{"loop", loop.name}, {"error", now}});
        }
        reason = std::move(now);
        co_await pause(loop.pause);
    }
}

}  // namespace lupaus::desk
