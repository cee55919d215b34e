// Who a request speaks for. A token's text is shown once and stored as its SHA-256.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/agent/types.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::token {

struct Principal {
    AccountId account;
    TokenId token;
    agent::Role role = agent::Role::agent;
    AgentId agent;  // nil for an integrator's or an admin's own token
    std::string agent_name;
    std::vector<std::string> scopes;
    std::optional<int> requests_per_second{};  // of the whole account, where the operator set a limit
};

// Either an agent's (whose role then decides, as it is at the time of each request) or one with a role of its own.
struct Token {
    AccountId account;
    TokenId id;
    std::string name;
    std::string prefix;  // how it begins, to tell it from others
    agent::Role role = agent::Role::agent;
    AgentId agent;
    std::vector<std::string> scopes;  // an integrator's
    std::optional<Timestamp> expires_at;
    std::optional<Timestamp> revoked_at;
    Timestamp created_at{};
};

}  // namespace lupaus::desk::token
