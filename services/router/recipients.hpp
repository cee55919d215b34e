// Whom a level of an alert tells, and whether anybody of them is there. Pure.
//   0 warning, 1 due: the assignee; unassigned: the team; without a team: the account
//   2: the leads of the team, else of the account       3: the account
#pragma once

#include "services/desk/alert/types.hpp"
#include "services/desk/promise/rules.hpp"
#include "services/router/snapshot.hpp"

namespace lupaus::router {

struct Recipient {
    desk::alert::RecipientType type = desk::alert::RecipientType::account;
    Uuid id;
};

Recipient recipient_of(const Conversation& conversation, int level);

// The account is always told; of the others somebody must be online.
bool is_reachable(const std::vector<AgentFacts>& agents, AccountId account, const Recipient& recipient);
desk::promise::Reachable reachable_levels(const std::vector<AgentFacts>& agents, const Conversation& conversation);

}  // namespace lupaus::router
