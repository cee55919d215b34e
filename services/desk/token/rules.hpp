// What integrators' tokens may be allowed to do, and which tokens somebody may hand out.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/token/types.hpp"

#include <array>
#include <span>
#include <string_view>

namespace lupaus::desk::token {

inline constexpr std::array<std::string_view, 16> kScopes{
    "agents:read",       "agents:write",         // agents, teams, presence
    "alerts:read",       "alerts:write",
    "channels:read",     "channels:write",       // with their outbox, rejections and quarantine
    "contacts:read",     "contacts:write",
    "conversations:read", "conversations:write",
    "events:read",
    "messages:write",
    "messages:act_as",   // a reply in an agent's name
    "policies:read",     "policies:write",
    "tokens:write",      // integrators' tokens with no scope that the issuer lacks
};

bool is_scope(std::string_view word);

// An agent's token has no scopes of its own, an integrator's at least one, an admin's none.
Result<void> check_draft(const Token& draft);

// Only an admin makes tokens for agents and admins; nobody hands out more than they have.
Result<void> check_issuer(const Principal& issuer, const Token& draft);

}  // namespace lupaus::desk::token
