// The watcher's transactions: due promises become alerts, due timers become what they stand for. Each claims with
// SKIP LOCKED and re-checks inside the same transaction, so that any number of instances raise every level once.
#pragma once

#include "services/desk/agent/rules.hpp"
#include "services/desk/context/context.hpp"

#include <optional>

namespace lupaus::router {

struct WatchOptions {
    desk::agent::LeaseTerms lease;
    std::chrono::seconds undelivered_step{600};  // between the levels of a reply that does not arrive
    int batch_max = 200;
};

struct WatchReport {
    int claimed = 0;
    int raised = 0;
    bool told = false;                // events were appended
    bool queued = false;              // commands were put into the queue
    std::optional<Timestamp> newest;  // the latest due time that was handled: where the next scan may begin
};

WatchReport watch_promises(Tx& tx, Timestamp from, const WatchOptions& options);
WatchReport watch_timers(Tx& tx, Timestamp from, const WatchOptions& options);

}  // namespace lupaus::router
