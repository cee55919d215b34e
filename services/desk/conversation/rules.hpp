// What happens to a conversation, as functions of its struct. Pure: time and promises come in as arguments.
// `version` goes up once a transaction, by whoever stores the change.
#pragma once

#include "services/desk/conversation/types.hpp"
#include "services/desk/promise/types.hpp"

#include <string_view>

namespace lupaus::desk::conversation {

inline constexpr std::chrono::hours kRankWithoutDue{24};

void owe(Conversation& conversation, const promise::Promise& promise);          // a wait begins
void owe_earlier(Conversation& conversation, const promise::Promise& promise);  // the same wait began before that
void owe_nothing(Conversation& conversation);                                   // it ended

// An open conversation costs its assignee its weight; any other state costs nothing.
bool counts_for_assignee(const Conversation& conversation);

std::string_view to_string(State state);
std::string_view to_string(Priority priority);
std::string_view to_string(Visibility visibility);

}  // namespace lupaus::desk::conversation
