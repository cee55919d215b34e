// SQL of what agents have for themselves of conversations: one row an agent and conversation, found by its key. Locked
// after the conversation. Errors: conflict (as many drafts as an agent may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/attention/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::attention {

inline constexpr int kDraftsMax = 500;  // of one agent

Result<Draft> put_draft(Tx& tx, const Key& key, const Draft& draft);  // as it was stored
std::optional<Draft> find_draft(Tx& tx, const Key& key);
void remove_draft(Tx& tx, const Key& key);

// By conversation, beyond `after`; nil: from the start.
std::vector<Draft> list_drafts(Tx& tx, const Key& after, int limit);

// A marker never goes back.
void mark_read(Tx& tx, const Key& key, Timestamp read_to);

// The agent has replied: the draft is sent, and who had read everything before has read this too.
struct Replied {
    Timestamp before{};  // the place of the last message until then
    Timestamp at{};      // of the reply
};

void note_reply(Tx& tx, const Key& key, const Replied& replied);

// Of a page of conversations at once; those that were never looked at are missing.
std::vector<Glance> glance(Tx& tx, const Key& of, std::span<const ConversationId> conversations);

}  // namespace lupaus::desk::attention
