// A change of what an agent has open: part of the decision that assigns, wakes or releases.
#pragma once

#include "services/desk/ids.hpp"

namespace lupaus::desk::capacity {

struct Change {
    AccountId account;
    AgentId agent;
    int weight = 0;         // positive takes, negative frees
    bool resolves = false;  // the agent's conversation was resolved: their wrap-up begins
};

}  // namespace lupaus::desk::capacity
