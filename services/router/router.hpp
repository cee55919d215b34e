// The routing loop: workers on the I/O thread take lanes, run one transaction each on a database thread, and remember
// what is left. Woken by Topic::queue; the poll is the guarantee. Any number of processes share the queue.
#pragma once

#include "common/async/task_group.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/inbound/lanes.hpp"
#include "services/router/batch.hpp"

#include <memory>

namespace lupaus::router {

class Router {
public:
    Router(desk::Context& context, boost::asio::any_io_executor executor);
    void start();
    void stop();  // idempotent; a batch under way is finished
    boost::asio::awaitable<void> join();
    std::int64_t queue_floor() const;  // no row of the queue waits below it; I/O thread

private:
    struct Meters {
        explicit Meters(telemetry::Metrics& metrics);
        telemetry::Counter messages, conversations, assigned, acknowledged, deferred, quarantined, failures;
        telemetry::Histogram batch_rows, batch_seconds, lag_seconds;
    };

    boost::asio::awaitable<void> take_turn(std::shared_ptr<Doorbell> bell);
    boost::asio::awaitable<bool> work_once();  // false: nothing was moved, wait
    boost::asio::awaitable<void> look();
    boost::asio::awaitable<bool> route_lanes(std::vector<desk::inbound::Lane> lanes);
    boost::asio::awaitable<void> isolate(std::vector<desk::inbound::Lane> lanes);
    boost::asio::awaitable<bool> route_one(desk::inbound::Lane lane);
    void settle(const std::vector<desk::inbound::Lane>& tried, const BatchReport& report);
    void give_back(const std::vector<desk::inbound::Lane>& lanes);
    void count_acknowledgements(const BatchReport& report);
    void measure(const BatchReport& report, std::chrono::steady_clock::duration took);

    desk::Context& context_;
    BatchOptions options_;
    desk::inbound::Lanes lanes_;
    std::chrono::steady_clock::time_point looked_at_{};
    Meters meters_;
    TaskGroup tasks_;
};

BatchOptions batch_options(const config::Config& config);

}  // namespace lupaus::router
