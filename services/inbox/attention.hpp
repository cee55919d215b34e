// What one agent has of conversations for themselves: drafts and how far they have read. Each handler is one
// transaction on a database thread; see endpoint.hpp for what the gate has done before.
#pragma once

#include "services/desk/conversation/types.hpp"
#include "services/inbox/endpoint.hpp"

#include <string>
#include <vector>

namespace lupaus::inbox {

Result<Answer> handle_list_drafts(Tx& tx, const Call& call);
Result<Answer> handle_get_draft(Tx& tx, const Call& call);
Result<Answer> handle_put_draft(Tx& tx, const Call& call);
Result<Answer> handle_delete_draft(Tx& tx, const Call& call);
Result<Answer> handle_mark_read(Tx& tx, const Call& call);

// Conversations as the asking agent sees them, in their order: with `unread` and `has_draft`; as everybody sees them
// where it is no agent who asks.
struct OwnView {
    desk::conversation::Conversation conversation;
    std::string json;
};

std::vector<OwnView> own_views(Tx& tx, const Call& call, std::vector<desk::conversation::Conversation> conversations);

}  // namespace lupaus::inbox
