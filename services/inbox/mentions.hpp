// Notes that name agents: writing one, and the list of those that name oneself. Plain functions on a database thread.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/desk/message/types.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/endpoint.hpp"

#include <vector>

namespace lupaus::inbox {

std::vector<desk::AgentId> read_mentions(text::JsonReader& reader);

// Stores the note and tells of it, and of everybody whom it names. Errors: invalid, naming the mention.
Result<Answer> post_note(Tx& tx, ConversationChange& change, desk::message::Message note);

Result<Answer> handle_list_mentions(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
