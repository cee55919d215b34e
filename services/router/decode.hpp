// Queue rows as the router wants them, and those it cannot use with their reason. Pure.
#pragma once

#include "services/desk/inbound/store.hpp"
#include "services/router/snapshot.hpp"

#include <vector>

namespace lupaus::router {

struct Decoded {
    std::vector<Item> items;
    std::vector<desk::inbound::Failed> failed;
};

Decoded decode_all(const std::vector<desk::inbound::Queued>& rows);

// A channel may have been removed between acceptance and routing: such a message cannot be placed.
void set_aside_unplaceable(Decoded& decoded, const Snapshot& snapshot);

}  // namespace lupaus::router
