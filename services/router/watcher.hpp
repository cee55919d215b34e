// The loops that keep promises: due promises, due timers, lapsed presence, retention and the gauges. No leader and no
// cron: any number of instances claim what is due. Sleeps until the next due time, at most watcher.poll.
#pragma once

#include "common/async/task_group.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/context/context.hpp"
#include "services/router/watch.hpp"

#include <atomic>
#include <chrono>
#include <functional>

namespace lupaus::router {

class Watcher {
public:
    // `queue_floor`: nothing in the queue waits below it, so that gauges do not walk its dead rows; 0 where unknown.
    Watcher(desk::Context& context, boost::asio::any_io_executor executor, std::function<std::int64_t()> queue_floor);
    void start();
    void stop();  // idempotent
    boost::asio::awaitable<void> join();

private:
    using Watch = WatchReport (*)(Tx& tx, Timestamp from, const WatchOptions& options);
    using NextDue = std::optional<Timestamp> (*)(Tx& tx, Timestamp from);

    // What a periodic step, which is bounded, has left to do: it is taken again at once until there is nothing.
    enum class Rest { none, some };
    using Step = Rest (Watcher::*)(Tx& tx);

    // Where a scan may begin: a little before the latest due time that was handled, so that it does not walk the dead
    // entries of a burst; once a minute from the beginning, since a due time may be set in the past.
    struct Watermark {
        Timestamp handled{};
        std::chrono::steady_clock::time_point full_scan_at{};
    };

    // What one of the two loops over due times keeps from turn to turn.
    struct Due {
        Watch watch;
        NextDue next_due;
        std::shared_ptr<Doorbell> bell;
        Watermark watermark{};
    };

    void watch_due(const std::string& name, Watch watch, NextDue next_due);
    boost::asio::awaitable<void> take_turn(Due& due);
    boost::asio::awaitable<std::chrono::milliseconds> watch_once(Due& due);
    void repeat(const std::string& name, std::chrono::milliseconds interval, Step step);
    boost::asio::awaitable<void> take_step(std::chrono::milliseconds interval, Step step);
    Rest settle_presence(Tx& tx);
    Rest forget(Tx& tx);
    Rest measure(Tx& tx);

    desk::Context& context_;
    WatchOptions options_;
    std::function<std::int64_t()> queue_floor_;
    std::atomic<std::int64_t> queue_from_{0};  // the floor when a step began; steps run on database threads
    telemetry::Counter raised_;
    telemetry::Histogram late_seconds_;
    telemetry::Gauge waiting_;
    telemetry::Gauge overdue_;
    telemetry::Gauge oldest_wait_seconds_;
    telemetry::Gauge queue_rows_;
    telemetry::Gauge queue_lag_seconds_;
    TaskGroup tasks_;
};

}  // namespace lupaus::router
