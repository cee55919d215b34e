// What the statements of this room share: the column order of every query that returns deliveries, and what the end of
// a delivery changes elsewhere: the wait it settled, its figure, the alerts that are no longer true, the log.
#pragma once

#include "common/postgres/tx.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::delivery {

Delivery read_delivery(const pqxx::row& row);

struct Consequences {
    std::optional<promise::Promise> opened;   // a refusal makes the wait go on
    std::optional<promise::Promise> moved;    // or the next one begin with it
    std::optional<promise::Promise> settled;  // and an arrival after it ends that
    std::vector<alert::Alert> resolved;
};

Consequences finish_sent(Tx& tx, const Delivery& delivery, telemetry::Metrics& metrics);

// It failed for good: as far as the desk knows it has not arrived, and the wait goes on.
Consequences finish_refused(Tx& tx, const Delivery& delivery);

// `message.delivery` and what followed from it, all with the conversation as it is now: called after every other change
// of the transaction.
std::vector<event::Draft> draft_events(Tx& tx, const Delivery& delivery, const Consequences& after,
                                       const event::Actor& actor);

}  // namespace lupaus::desk::delivery
