// Agents and teams. Errors: conflict (a name or address is taken, or there are as many as an account may have), invalid
// (a team that does not exist, with the pointer of the field), not_found. Lock order: `lock` takes the agent's row
// before anything of the event log.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/agent/rules.hpp"
#include "services/desk/agent/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::agent {

// The place in a list that is ordered by name.
struct After {
    std::string name;
    Uuid id;
};

Result<void> insert(Tx& tx, const Agent& agent);
std::optional<Agent> find(Tx& tx, AccountId account, AgentId id, const LeaseTerms& terms);
std::optional<Agent> lock(Tx& tx, AccountId account, AgentId id, const LeaseTerms& terms);
Result<void> update(Tx& tx, const Agent& agent);  // but the email address; the version rises
std::vector<Agent> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit,
                        const LeaseTerms& terms);

Result<void> insert_team(Tx& tx, const Team& team);
std::optional<Team> find_team(Tx& tx, AccountId account, TeamId id);
std::optional<Team> lock_team(Tx& tx, AccountId account, TeamId id);
Result<void> update_team(Tx& tx, const Team& team);              // the version rises
Result<void> delete_team(Tx& tx, AccountId account, TeamId id);  // conflict while anything still refers to it
std::vector<Team> list_teams(Tx& tx, AccountId account, const std::optional<After>& after, int limit);

}  // namespace lupaus::desk::agent
