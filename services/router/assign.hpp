// Who gets a waiting conversation. Earliest due promise first; among the agents who are online, in the team, skilled,
// out of wrap-up and with free capacity: the customer's previous agent, else the least loaded, ties to the longest
// idle. Whoever passed the conversation on gets it back only if nobody else can take it. Pure; sees its own assignments
// as it goes, so one agent is not filled twice.
#pragma once

#include "services/desk/capacity/types.hpp"
#include "services/router/snapshot.hpp"

#include <span>

namespace lupaus::router {

struct Assignment {
    AccountId account;
    ConversationId conversation;
    AgentId agent;
    int weight = 1;
};

// Somebody could take it but for a wrap-up that ends then; nothing else would make the queue look again.
struct Recheck {
    const Conversation* conversation = nullptr;
    Timestamp at{};
};

struct AssignmentPlan {
    std::vector<Assignment> assignments;
    std::vector<const Conversation*> nobody;  // what no agent who is online could ever take, or fetch
    std::vector<Recheck> rechecks;
};

// `returned`: what agents take or lose in the same transaction, beyond the loads of the snapshot.
AssignmentPlan assign(const Snapshot& snapshot, std::vector<const Conversation*> waiting,
                      std::span<const desk::capacity::Change> returned = {});

// Online, in the team (nil: of none, anybody's) and skilled, whether there is room or not.
bool is_able(const AgentFacts& agent, AccountId account, TeamId team, const std::optional<std::string>& skill);

// Presence decides whether an agent keeps conversations: only offline loses them.
const AgentFacts* find_agent(const Snapshot& snapshot, AgentId id);

}  // namespace lupaus::router
