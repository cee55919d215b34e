// SQL of conversations. Whoever changes one locks it first (a statement of its own, in id order), reads it, changes the
// struct by rules, and writes it whole. Capacity is changed here too: only together with an assignee or a state.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/conversation/types.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::conversation {

struct Key {
    AccountId account;
    ConversationId id;

    auto operator<=>(const Key&) const = default;
};

Conversation read_conversation(const pqxx::row& row);  // a row of the view conversation_row, in its column order

Result<Conversation> find(Tx& tx, const Key& key);
Result<Conversation> lock_one(Tx& tx, const Key& key);  // waits at most the session's lock_timeout

std::vector<Conversation> read(Tx& tx, std::span<const Key> keys);  // unlocked, in no order; unknown ones are missing

// Locks all of them, waiting as lock_one does, and returns those that there are.
std::vector<Conversation> lock(Tx& tx, std::span<const Key> keys);

// Locks what nobody else holds and returns those as they are then; the others are missing from the answer.
std::vector<Conversation> lock_free(Tx& tx, std::span<const Key> keys);

void insert(Tx& tx, std::span<const Conversation> conversations);
void update(Tx& tx, std::span<const Conversation> conversations);  // every column that may change; version as given

void note_begun(Tx& tx, const Key& key);  // somebody drafts, if somebody waits; the conversation is locked

// All values of it, as JSON by slot; empty: none. The conversation is locked, and `update` raises its version.
void set_attributes(Tx& tx, const Key& key, const std::optional<std::string>& by_slot);

// Where a message without a thread id may belong: of each contact on its channel the newest conversation that is not
// resolved or was later than `resolved_since`; where there is none, the newest of all. What was merged away stands for
// what it was merged into. Both answers are in the order of the questions, nil where there is none.
struct ContactOnChannel {
    AccountId account;
    ChannelId channel;
    ContactId contact;
    Timestamp resolved_since{};
};
std::vector<ConversationId> newest_of(Tx& tx, std::span<const ContactOnChannel> contacts);

struct Thread {
    AccountId account;
    ChannelId channel;
    std::string thread_id;
};
std::vector<ConversationId> by_thread(Tx& tx, std::span<const Thread> threads);

// By an integrator's own reference, of which an account has each once.
std::optional<Conversation> find_by_external_ref(Tx& tx, AccountId account, const std::string& ref);
std::map<ExternalRef, ConversationId> holders_of(Tx& tx, const std::set<ExternalRef>& refs);

// The conversation is locked. False: another one has got it meanwhile, and the transaction can only be rolled back.
bool set_external_ref(Tx& tx, const Key& key, const std::optional<std::string>& ref);

// Consecutive numbers for people: the first of `count` for each account, in account order.
struct NumberRange {
    AccountId account;
    std::int64_t count = 0;
};

std::vector<std::int64_t> take_numbers(Tx& tx, std::span<const NumberRange> ranges);

}  // namespace lupaus::desk::conversation
