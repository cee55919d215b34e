// agent.load: the weights of an agent's open conversations. Changed only here, in the transaction that changes an
// assignee or a state, after the conversations were locked and before numbers and events (the one lock order).
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/capacity/types.hpp"

#include <span>
#include <vector>

namespace lupaus::desk::capacity {

// The rows of everybody concerned, in id order, until the end of the transaction: before any of the functions below.
void lock(Tx& tx, std::span<const Change> changes);

// By hand, on waking, on freeing: may exceed capacity.
void apply(Tx& tx, std::span<const Change> changes);

// Automatic assignment: takes the whole weight of an agent's row or nothing, never beyond capacity.
// True at the places that were granted. Notes when the agent was last given work.
std::vector<bool> reserve(Tx& tx, std::span<const Change> changes);

// Load recounted from the conversations, for the checker: agents whose column is wrong.
struct Drift {
    AccountId account;
    AgentId agent;
    int load = 0;
    int counted = 0;
};
std::vector<Drift> recount(Tx& tx);

}  // namespace lupaus::desk::capacity
