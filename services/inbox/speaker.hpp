// In whose name a request speaks: an agent, who answers and gives their word, or a program, whose messages are
// automatic.
#pragma once

#include "services/desk/message/types.hpp"
#include "services/inbox/endpoint.hpp"

#include <optional>

namespace lupaus::inbox {

// Without an agent it is a machine: it ends no wait, claims nothing and promises nothing.
struct Speaker {
    desk::AgentId agent;
    desk::message::Author author;
    desk::event::Actor actor;
};

// A program with the scope messages:act_as.
bool may_act_as_others(const desk::token::Principal& principal);

// `on_behalf_of` needs the scope messages:act_as, or an administrator. Errors: forbidden; invalid, naming the field.
Result<Speaker> find_speaker(Tx& tx, const Call& call, const std::optional<desk::AgentId>& on_behalf_of);

}  // namespace lupaus::inbox
