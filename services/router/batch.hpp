// One routing transaction: lanes, snapshot, route(), changes. The shell around the pure decision.
#pragma once

#include "services/desk/agent/rules.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/router/route.hpp"

#include <span>

namespace lupaus::router {

struct BatchOptions {
    RouteOptions route;
    desk::agent::LeaseTerms lease;
    std::chrono::milliseconds unattended_patience{};
    int rows_max = 200;
    const crypto::SecretBox* box = nullptr;  // for the reply addresses of acknowledgements
};

// What one transaction did. `lanes` tells the caller's memory of lanes what is left where.
struct BatchReport {
    std::vector<desk::inbound::Lane> locked;      // lanes that were ours
    std::vector<desk::inbound::Queued> claimed;   // live ones first, each kind in order of arrival
    std::vector<desk::inbound::Queued> finished;  // routed or quarantined: gone from the queue
    std::size_t deferred = 0;                     // their conversation is busy
    std::size_t quarantined = 0;
    std::size_t messages = 0;
    std::size_t conversations = 0;  // new ones
    std::size_t assigned = 0;
    std::size_t promises = 0;  // opened, or begun earlier: their next alert may be sooner than the watcher knows
    std::size_t timers = 0;
    std::size_t fetches = 0;                  // attachments that were named by an address
    std::vector<std::string_view> handovers;  // why, for each conversation that a bot lost
    std::size_t acknowledged = 0;             // by a mail that is to be sent
    std::vector<std::string> withheld;        // acknowledgements that were not written: the rule of each
    std::size_t pushed = 0;                   // commands: something was held, or more waits than was looked at
};

// Runs inside `tx` (role lupaus_worker, no account named yet). Throws what PostgreSQL throws; a payload that cannot be
// read is quarantined, not thrown.
BatchReport route_batch(Tx& tx, std::span<const desk::inbound::Lane> lanes, const BatchOptions& options);

}  // namespace lupaus::router
