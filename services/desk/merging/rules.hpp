// What becomes of two conversations of which one takes the other in, and of the wait of one that a message leaves.
// Pure; `version` and promises are the caller's.
#pragma once

#include "services/desk/conversation/types.hpp"
#include "services/desk/message/types.hpp"
#include "services/desk/promise/types.hpp"

#include <string>
#include <vector>

namespace lupaus::desk::merging {

using conversation::Conversation;

enum class Wait { none, of_source, of_target };

// Of two waits the older goes on; of two that began at the same time the target's, which moves nothing.
Wait wait_that_goes_on(const Conversation& source, const Conversation& target);

// What either of them has, in the target's order first.
std::vector<std::string> united_tags(const Conversation& source, const Conversation& target);

// The target as it is with all of the source, but for what is owed: assignee, team and priority stay its own; it is as
// awake as the more awake of the two, for what the source still had to do is now to be done here.
void take_in(Conversation& target, const Conversation& source);

// Whether the message, a customer's, belongs to the wait of its conversation.
bool is_unanswered(const message::Message& message, const std::optional<Timestamp>& waiting_since);

// When the reply promise of what was said at `at`, in that wait, is to begin: then, or when the desk got it from a bot.
Timestamp opening_of(Timestamp at, const promise::Promise& wait);

// The same wait from the next message on, as a promise of its own: due as long after it as the other one was, and
// nobody has been told of it.
promise::Promise begin_anew(const promise::Promise& wait, PromiseId id, Timestamp at);

// What is left of the source: resolved, nobody's, and nothing is owed in it.
void leave(Conversation& source, ConversationId into, Timestamp at);

}  // namespace lupaus::desk::merging
