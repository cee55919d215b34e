// What is due, for the sender: attempt number and lease are committed before the first byte. Locks: deliveries only,
// with SKIP LOCKED.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/webhook/types.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::webhook {

// One attempt to make, told apart from every other by its number.
struct Job {
    DeliveryKey key;
    std::int64_t seq = 0;
    int attempt = 0;
    int base = 0;  // attempts before its present round
    Timestamp since{};
    Timestamp begun_at{};  // the database's clock
    Timestamp occurred_at{};
    bool is_ping = false;
    bool is_shaky = false;  // the endpoint failed last: its breaker has to hear of every end
    std::string url;
    Format format = Format::event;
    std::optional<std::string> link_url;
    std::vector<std::string> sealed_secrets;  // the newest first; two while rotating
    std::string body;                         // the event's, or the ping's
};

struct InFlight {
    WebhookId webhook;
    int count = 0;
};

struct ClaimOptions {
    int limit = 1;
    int per_webhook = 1;                  // under way at once, those in `in_flight` included
    std::int64_t bytes = 0;               // of bodies; one goes in any case
    std::span<const InFlight> in_flight;  // of the caller
    std::chrono::milliseconds lease{};
};

struct Claim {
    std::vector<Job> jobs;
    int lost = 0;                                         // whose event is not kept any more: failed
    bool is_cut = false;                                  // more may be due than was looked at: claim again at once
    std::optional<std::chrono::milliseconds> until_next;  // how long nothing more is due; empty: nothing waits
};

// A transaction with Scope::queues(); it is narrowed to the accounts found.
Claim claim(Tx& tx, const ClaimOptions& options);

struct Backlog {
    std::int64_t due = 0;         // due or under way, counted up to kBacklogCountMax
    std::chrono::seconds age{0};  // of the oldest due time that has passed
    std::int64_t working = 0;     // endpoints that answer
    std::int64_t held_back = 0;   // by the breaker
    std::int64_t disabled = 0;
};

inline constexpr int kBacklogCountMax = 10'000;

Backlog measure_backlog(Tx& tx);

}  // namespace lupaus::desk::webhook
