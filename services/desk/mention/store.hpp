// SQL of mentions: found by their agent, newest first. They follow the agent's marker of the conversation
// (desk/attention): whoever has read as far as the note has read the mention.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/attention/types.hpp"
#include "services/desk/mention/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::mention {

// Those that there are, in no order.
std::vector<Named> find_agents(Tx& tx, AccountId account, std::span<const AgentId> ids);

// The note is stored already; `mentions` says whom it names.
void insert(Tx& tx, const message::Message& note);

// After the agent's marker has moved.
void follow_marker(Tx& tx, const attention::Key& key);

struct Page {
    AccountId account;
    AgentId agent;
    bool unread_only = false;
    std::optional<Timestamp> before;  // nothing: from the newest
    MessageId before_id;
    int limit = 0;
};

std::vector<Mention> list(Tx& tx, const Page& page);

}  // namespace lupaus::desk::mention
