// Sends signed webhooks over a fixed number of connections and measures what an integrator and an agent would see.
// Closed loop: every connection sends again as soon as it was answered. Open loop: messages are due at fixed times, and
// a late answer counts from when its message was due, so that a stalled server cannot hide its own latency.
#pragma once

#include "services/lupaus/bench/wire.hpp"
#include "services/lupaus/bench/world.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace lupaus::bench {

struct LoadOptions {
    Address address;
    int connections = 64;
    int messages = 20'000;
    int senders = 20'000;       // over all accounts: the number of conversations
    double per_second = 0;      // 0: closed loop
    bool follow_feed = false;   // one WebSocket an account
    std::uint64_t seed = 1;
};

struct LoadResult {
    std::vector<double> ack_ms;
    std::vector<double> feed_ms;  // from when the message was due to its event on the WebSocket
    int accepted = 0;
    int refused = 0;
    std::chrono::steady_clock::time_point started;
    std::chrono::steady_clock::time_point sent;  // the last answer
};

LoadResult run_load(const std::vector<Door>& doors, const LoadOptions& options);

double percentile(std::vector<double> values, double share);  // 0 for nothing

}  // namespace lupaus::bench
