// How the API and the events show a conversation.
#pragma once

#include "services/desk/conversation/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::conversation {

void append_json(std::string& out, const Conversation& conversation);
std::string to_json(const Conversation& conversation);

// Further members of the event conversation.handed_over: which bot had it, and why it has it no longer.
std::string handover_members(TokenId bot, std::string_view reason);

}  // namespace lupaus::desk::conversation
