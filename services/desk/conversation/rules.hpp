// What happens to a conversation, as functions of its struct. Pure: time and promises come in as arguments.
// `version` goes up once a transaction, by whoever stores the change.
#pragma once

#include "services/desk/conversation/types.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace lupaus::desk::conversation {

// A conversation shows the promise next due of those that are open in it, and ranks by the most urgent of all.
void owe(Conversation& conversation, const promise::Promise& promise);            // a wait begins
void owe_earlier(Conversation& conversation, const promise::Promise& promise);    // the same wait began before that
void end_wait(Conversation& conversation, const std::optional<Owed>& next = {});  // `next`: the word next due in it
void owe_word(Conversation& conversation, const promise::Promise& word);          // somebody gave their word
void owe_these(Conversation& conversation, std::span<const promise::Promise> open);

// While a bot holds it the customer may wait, and the desk owes no reply. It is nobody's, whoever had it before.
bool is_held_by_bot(const Conversation& conversation);
void give_to_bot(Conversation& conversation, TokenId bot);
void ask_bot(Conversation& conversation, Timestamp said_at, Timestamp asked_at);  // the customer says something
void take_from_bot(Conversation& conversation);                                   // the wait goes on

// Open, nobody's, and something is owed in it: the router looks for somebody.
bool is_offered(const Conversation& conversation);

// An open conversation costs its assignee its weight; any other state costs nothing.
bool counts_for_assignee(const Conversation& conversation);

std::string_view to_string(State state);
std::string_view to_string(Priority priority);
std::string_view to_string(Visibility visibility);

}  // namespace lupaus::desk::conversation
