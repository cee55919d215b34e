// What a reply also does, in its transaction: as if each had been asked for right after it. All of it happens or none,
// the reply included.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/inbox/conversation_steps.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::inbox {

struct Then {
    std::optional<desk::conversation::State> state;  // pending, snoozed, resolved
    std::optional<Timestamp> snoozed_until;          // with snoozed alone, which needs it
    std::vector<std::string> add_tags;
    std::optional<desk::AgentId> assignee;  // nil: nobody
};

Then read_then(text::JsonReader& reader);
bool is_empty(const Then& then);

// It changes the conversation, which saying something in it does not allow. Errors: forbidden, for a program without
// the scope conversations:write.
Result<void> check_then_scope(const Call& call);

// After the reply and what followed from it. `author`: who says that no other answer is needed; nil: a program.
// Errors: invalid, naming the field; forbidden; conflict.
Result<void> follow_up(Tx& tx, const Call& call, ConversationChange& change, const Then& then, desk::AgentId author);

}  // namespace lupaus::inbox
