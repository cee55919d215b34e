// The one rule for loops that must not end. A turn may fail for whatever reason, foreseen or not: that is logged,
// counted (lupaus_loop_failures_total) and followed by a pause, and then comes the next turn. Only the cancellation of
// its task, or its own `goes_on`, ends a loop. Spawn it with TaskGroup::spawn_endless. I/O thread.
#pragma once

#include "common/telemetry/metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace lupaus::desk {

struct Loop {
    std::string name;  // in log and metrics
    std::function<boost::asio::awaitable<void>()> turn;  // with its wait for work
    std::function<bool()> goes_on = [] { return true; };  // asked before every turn
    std::chrono::milliseconds pause{1'000};               // after a turn that failed
};

boost::asio::awaitable<void> run_loop(telemetry::Metrics& metrics, Loop loop);

}  // namespace lupaus::desk
