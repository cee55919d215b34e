// How the API and the events show a conversation.
#pragma once

#include "services/desk/conversation/types.hpp"

#include <string>

namespace lupaus::desk::conversation {

void append_json(std::string& out, const Conversation& conversation);
std::string to_json(const Conversation& conversation);

}  // namespace lupaus::desk::conversation
