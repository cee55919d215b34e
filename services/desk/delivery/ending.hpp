// What the statements of this room share: the column order of every query that returns deliveries, and what the end of
// a delivery changes elsewhere: the wait it settled, its figure, the alerts that are no longer true, the log.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/event/types.hpp"

#include <span>
#include <vector>

namespace lupaus::desk::delivery {

Delivery read_delivery(const pqxx::row& row);

// Returns the alerts that ended with it.
std::vector<alert::Alert> finish_sent(Tx& tx, const Delivery& delivery);

// `message.delivery` and an `alert.resolved` for each alert that ended with it, all with the conversation as it is now:
// called after every other change of the transaction.
std::vector<event::Draft> draft_events(Tx& tx, const Delivery& delivery, std::span<const alert::Alert> ended,
                                       const event::Actor& actor);

}  // namespace lupaus::desk::delivery
