// SQL of moving what belongs to one conversation, or one message of it, to another, set-based. Both are locked by the
// caller, and so is what was merged into the source before; what is owed is decided by rules, and moved here by its id.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/message/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::merging {

// Those that lead to `into`, `limit` at most, in the order of their ids.
std::vector<ConversationId> merged_ones(Tx& tx, AccountId account, ConversationId into, int limit);

std::int64_t count_messages(Tx& tx, AccountId account, ConversationId conversation, std::int64_t limit);

struct OpenPromises {
    std::vector<PromiseId> ids;    // the wait that goes on, if it is the source's, and the words
    bool is_part_of_wait = false;  // the target waited too: a late delivery does not end all of it
};

// After the wait that does not go on has ended. `into` has the team whose work it is from now on.
void move_promises(Tx& tx, const conversation::Conversation& from, const conversation::Conversation& into,
                   const OpenPromises& open);

// Messages with what hangs on them: attachments, deliveries with their attempts and receipts, alerts; and what the two
// were to each agent alone. Both as they were before.
void move_contents(Tx& tx, const conversation::Conversation& from, const conversation::Conversation& into);

// Of what is left where the message leaves: when the newest was said, and when the next one that waits, as the message
// does, in the wait that began then. Empty: there is none.
std::optional<Timestamp> newest_other(Tx& tx, const message::Message& message);
std::optional<Timestamp> next_unanswered(Tx& tx, const message::Message& message, Timestamp waiting_since);

// `into` is new and empty.
void split_off(Tx& tx, const message::Message& message, const conversation::Conversation& from,
               const conversation::Conversation& into);

void lead_to(Tx& tx, AccountId account, std::span<const ConversationId> merged, ConversationId into);

}  // namespace lupaus::desk::merging
