// From the log to deliveries, for many endpoints at once. Locks: the endpoints' states, then deliveries.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/event/store.hpp"

#include <cstddef>
#include <span>

namespace lupaus::desk::webhook {

struct FannedOut {
    std::size_t deliveries = 0;
    bool is_cut = false;            // there is more to do at once
    bool is_short_of_room = false;  // and more once deliveries have ended
};

// Reads the next events of the accounts that are behind, makes what each endpoint is to be told due, and moves the
// cursors. `chance` in [0, 1) says with whom it begins. A transaction with Scope::queues(); it opens its own scope.
FannedOut fan_out(Tx& tx, double chance);

// Renders those that are not kept, a page of event::read at a time. The scope names the accounts.
void keep_bodies(Tx& tx, std::span<const event::Place> places);

}  // namespace lupaus::desk::webhook
