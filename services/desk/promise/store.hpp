// SQL of the ledger. Settling is two statements after a lock of its own, promise first and alert second, on the clock
// read after the lock was held: a reply that waited for the watcher is late if it became late while it waited.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/promise/rules.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace lupaus::desk::promise {

std::vector<Policy> load_policies(Tx& tx, std::span<const Uuid> accounts);
void insert(Tx& tx, std::span<const Promise> promises);

using ConversationKey = std::pair<AccountId, ConversationId>;

// The waits of conversations that the caller holds, with what they are counted by, locked in the order of their ids.
std::vector<Promise> lock_open_replies(Tx& tx, const std::set<ConversationKey>& conversations);

// Stores the times of open promises that began earlier than was known; they are locked.
void move(Tx& tx, std::span<const Promise> promises);

// The four ways a wait ends (SEMANTICS "Waiting"): the first two are deliveries, kept or late by the clock.
enum class Ending { replied, answered_elsewhere, waived, withdrawn };

struct Settling {
    AccountId account;
    ConversationId conversation;
    Ending ending = Ending::replied;
    AgentId agent;      // credited; nil for the customer's own withdrawal
    TeamId team;        // of the conversation now
    MessageId message;  // the reply; nil otherwise
};

struct Settled {
    Promise promise;
    std::optional<conversation::Owed> next;  // the word next due in the conversation
    std::vector<alert::Alert> resolved;      // alerts that the settling ended, those of earlier replies that failed too
};

// Ends the open reply promise of a conversation that the caller has locked. Empty: nothing was owed.
std::optional<Settled> settle_reply(Tx& tx, const Settling& settling);

// The same of several at once, each conversation once; those in which nothing was owed are missing from the answer.
std::vector<Settled> settle_replies(Tx& tx, std::span<const Settling> settlings);

// The channel refused a reply for good: what it settled is owed again, since the same time and due at the same time,
// and the figure is withdrawn. Locks the conversation; the caller appends the event. Empty: it settled nothing.
struct Reopened {
    Promise promise;
    ConversationId conversation;
    bool is_new = false;  // false: the customer's next wait, open already, goes back to the older one's beginning
};

std::optional<Reopened> reopen_undelivered(Tx& tx, AccountId account, MessageId message);

// A verdict was taken back: what was waived for it is owed again in the same way, that of them which began first; the
// others were part of its wait. The caller holds the conversation, and shows and tells what is owed.
// Empty: none of them is a waiver that still stands.
std::optional<Reopened> reopen_waived(Tx& tx, AccountId account, ConversationId conversation,
                                      std::span<const PromiseId> waivers);

// One delivered reply: the figure `delivered` of what it settled.
void note_delivered(Tx& tx, AccountId account, MessageId message);

// The watcher's: open promises whose next alert is due, locked (SKIP LOCKED), oldest first, at or after `from`.
std::vector<Promise> claim_due(Tx& tx, Timestamp from, int limit);
std::optional<Timestamp> next_due(Tx& tx, Timestamp from);  // when the watcher has to look again

// Stores level and next_alert_at. Returns those that this look, at `now`, is the first to find overdue.
std::vector<PromiseId> advance(Tx& tx, std::span<const Promise> promises, Timestamp now);

// Holds the ladder of an open promise after somebody took its alert. False: it is settled.
bool hold(Tx& tx, AccountId account, PromiseId promise, const LadderOptions& options);

}  // namespace lupaus::desk::promise
