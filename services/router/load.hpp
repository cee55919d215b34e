// Reads everything route() needs for a batch, in a few set-based statements, and locks the conversations it may change.
// A conversation that somebody else holds is never waited for.
#pragma once

#include "services/router/batch.hpp"
#include "services/router/decode.hpp"

#include <set>
#include <span>
#include <utility>

namespace lupaus::router {

struct Loaded {
    Snapshot snapshot;
    std::set<AccountId> cut;                                        // more conversations wait than were looked at
    std::set<AccountId> held_up;                                    // waiting conversations that somebody holds
    std::set<std::pair<AccountId, AgentId>> unfinished;             // releases that did not reach every conversation
    std::set<std::pair<AccountId, desk::TokenId>> bots_unfinished;  // the same of what bots held
};

// The accounts' lanes are held and named. Rows that cannot be placed move to `decoded.failed`.
Loaded load(Tx& tx, std::span<const Uuid> accounts, Decoded& decoded, const BatchOptions& options);

}  // namespace lupaus::router
