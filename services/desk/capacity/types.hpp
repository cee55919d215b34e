// A change of what an agent has open: part of the decision that assigns, wakes or releases.
#pragma once

#include "services/desk/ids.hpp"

namespace lupaus::desk::capacity {

struct Change {
    AccountId account;
    AgentId agent;
    int weight = 0;  // positive takes, negative frees
};

}  // namespace lupaus::desk::capacity
