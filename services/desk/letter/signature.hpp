// With what an agent signs: their own signature, else that of the conversation's team. Kept by those rooms as it was
// written (agent/signature.hpp); here it is read, and what stands for something else is put in.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/canned/rules.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/letter/words.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::letter {

// Of a signature that was checked. A value is no markup, whatever it looks like. Pure.
Words fill_in(const Words& signature, const canned::Values& values);

// Nothing: neither has one. No lock. Scope: the account.
std::optional<Words> find_signature(Tx& tx, const conversation::Conversation& conversation, AgentId agent,
                                    const std::string& agent_name);

}  // namespace lupaus::desk::letter
