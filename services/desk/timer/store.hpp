// Timers: one due time for each subject of each kind, in the transaction that caused it. A queue table: the watcher
// sees every account's with Scope::queues(). Lock order: after conversations and before events. Whoever puts one
// announces Topic::due after the commit.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/timer/types.hpp"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::timer {

void put(Tx& tx, const std::map<Key, Timestamp>& due_times);  // moves those that are there already
void remove(Tx& tx, std::span<const Key> keys);               // no timer: nothing to do
void postpone(Tx& tx, const Key& key, Micros by);             // not before now + by; no timer: nothing to do

// Takes what is due, oldest first, at or after `from` (a watermark that skips the dead rows of a burst): the rows are
// gone with the caller's commit; what has to ring again is put anew. What somebody else holds is left to them.
std::vector<Timer> claim_due(Tx& tx, Timestamp from, int limit);

std::optional<Timestamp> next_due(Tx& tx, Timestamp from);  // when to look again

}  // namespace lupaus::desk::timer
