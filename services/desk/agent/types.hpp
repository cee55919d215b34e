// Agents, teams and presence. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::agent {

enum class Role : std::int16_t { agent = 0, lead = 1, admin = 2, integrator = 3 };  // integrator: tokens only
enum class Presence : std::int16_t { online = 0, away = 1, break_ = 2, offline = 3 };
enum class TeamMode : std::int16_t { automatic = 0, pull = 1 };

// With what replies by mail are signed: text and markup, both with {{variables}} (canned/rules.hpp).
struct Signature {
    std::string text{};
    std::optional<std::string> html{};  // sanitised

    bool operator==(const Signature&) const = default;
};

struct Team {
    AccountId account;
    TeamId id;
    std::string name;
    TeamMode mode = TeamMode::automatic;
    std::chrono::seconds wrap_up{0};
    std::chrono::seconds undo{0};  // how long its replies are held
    int version = 1;
    std::optional<Signature> signature{};  // of those who have none of their own
};

// What an agent chose, and when they were last seen. No row: offline.
struct Lease {
    Presence chosen = Presence::offline;
    std::optional<Timestamp> until;
    Timestamp seen_at{};
};

struct Agent {
    AccountId account;
    AgentId id;
    std::string name;
    std::string email;
    Role role = Role::agent;
    int capacity = 10;
    int load = 0;
    std::vector<std::string> skills;
    std::vector<TeamId> teams;
    Presence presence = Presence::offline;  // effective, computed from the lease
    std::optional<Timestamp> presence_until;
    std::optional<Timestamp> assigned_at;
    std::optional<Timestamp> resolved_at;
    std::optional<Timestamp> disabled_at;
    int version = 1;
    std::optional<Signature> signature{};
};

}  // namespace lupaus::desk::agent
