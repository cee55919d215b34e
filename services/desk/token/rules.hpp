// What integrators' tokens may be allowed to do, and which tokens somebody may hand out.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/token/types.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::desk::token {

// agents: also teams and presence. bot: to be chosen by a channel, and to hand conversations over. channels: also their
// outbox, rejections and quarantine. policies: also opening hours. messages:act_as: a reply in an agent's name. tokens:
// integrators' own, with no scope that the issuer lacks. webhooks:write also needs events:read.
// clang-format off
inline constexpr std::array<std::string_view, 30> kScopes{
    "account:read", "account:write",
    "agents:read", "agents:write",
    "alerts:read", "alerts:write",
    "attributes:read", "attributes:write",
    "audit:read",
    "bot",
    "canned:read", "canned:write",
    "channels:read", "channels:write",
    "contacts:read", "contacts:write",
    "conversations:read", "conversations:write",
    "events:read",
    "messages:write", "messages:act_as",
    "policies:read", "policies:write",
    "promises:read", "promises:write",
    "tokens:write",
    "views:read", "views:write",
    "webhooks:read", "webhooks:write",
};
// clang-format on

bool is_scope(std::string_view word);
std::string scope_words();  // all of them, for people

bool is_bot(const Token& token);
bool has_ended(const Token& token, Timestamp now);  // revoked or expired

// An agent's token has no scopes of its own, an integrator's at least one, an admin's none.
Result<void> check_draft(const Token& draft);

// Only an admin makes tokens for agents and admins; nobody hands out more than they have.
Result<void> check_issuer(const Principal& issuer, const Token& draft);

}  // namespace lupaus::desk::token
