// What the statements of this room share: the column order of every query that returns deliveries, and the events
// that tell people about one.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/event/types.hpp"

#include <span>
#include <vector>

namespace lupaus::desk::delivery {

Delivery read_delivery(const pqxx::row& row);

// `message.delivery` and an `alert.resolved` for each alert that ended with it, all with the conversation as it is now:
// called after every other change of the transaction.
std::vector<event::Draft> draft_events(Tx& tx, const Delivery& delivery, std::span<const alert::Alert> ended,
                                       const event::Actor& actor);

}  // namespace lupaus::desk::delivery
