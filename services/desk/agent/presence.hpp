// Presence: leases, and what follows when one changes. `put`, `touch` and `claim_lapsed` store a lease and say which
// effective states changed; `record` does what follows and is the transaction's last call: a drain of the queue for
// whoever came online, a look at what waits where somebody left, a release of what an agent who went offline had not
// begun, and an agent.presence event.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/agent/rules.hpp"
#include "services/desk/agent/types.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/event/types.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lupaus::desk::agent {

struct PresenceChange {
    AccountId account;
    AgentId agent;
    Presence before = Presence::offline;
    Presence after = Presence::offline;
    std::optional<Timestamp> until;
};

// seen_at is the database's now. The agent must exist.
std::optional<PresenceChange> put(Tx& tx, AccountId account, AgentId agent, Presence chosen,
                                  const std::optional<Timestamp>& until);

// Renews the lease of somebody who asked for something, at most every touch_interval(); who never chose stays offline.
std::optional<PresenceChange> touch(Tx& tx, AccountId account, AgentId agent, const LeaseTerms& terms);

// Leases of all accounts that ran out since somebody looked (a worker's transaction; it narrows to the accounts of the
// changes before it records them). Rows that another instance holds are left to it.
std::vector<PresenceChange> claim_lapsed(Tx& tx, const LeaseTerms& terms, int limit);

// Pushes the commands and returns the events, for a caller who has more of them to append.
std::vector<event::Draft> follow_up(Tx& tx, Context& desk, std::span<const PresenceChange> changes,
                                    const event::Actor& actor);
void record(Tx& tx, Context& desk, std::span<const PresenceChange> changes, const event::Actor& actor);

// They may have been the last who could take what waits in their teams, or in none: the watcher looks when that has
// lasted for alerts.unattended_after. Before an edit takes teams from them.
void watch_coverage(Tx& tx, Context& desk, std::span<const std::pair<AccountId, AgentId>> leaving);

// Somebody may have become able to take waiting conversations: the queue looks again after the commit.
void push_drain(Tx& tx, Wakeups& wakeups, AccountId account, AgentId agent);

}  // namespace lupaus::desk::agent
