// What nearly every test of the desk begins with: accounts, teams, agents, channels, made through the rooms' own stores
// as lupaus_owner. Everything is committed when a builder returns.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "services/desk/agent/types.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/promise/types.hpp"
#include "services/desk/token/types.hpp"
#include "tests/support/test_database.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::support {

struct AgentSpec {
    std::string name = "Maija";
    desk::agent::Role role = desk::agent::Role::agent;
    std::vector<desk::TeamId> teams{};
    std::vector<std::string> skills{};
    int capacity = 10;
    bool online = true;
};

struct ChannelSpec {
    std::string name = "Website chat";
    desk::TeamId team{};
    std::optional<std::string> skill{};
    int weight = 1;
    std::optional<std::string> outbound_url{};
    std::optional<desk::channel::Email> email{};  // then it is an email channel
    Timestamp live_since = Timestamp{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};  // nothing is history
};

struct MadeChannel {
    desk::ChannelId id;
    std::string secret;  // whsec_...
    std::optional<std::string> outbound_secret;
};

struct PolicySpec {
    desk::promise::Kind kind = desk::promise::Kind::first_reply;
    std::chrono::seconds target{120};
    desk::ChannelId channel{};
    desk::TeamId team{};
    desk::HoursId hours{};
};

struct MadeToken {
    desk::token::Principal principal;
    std::string text;  // lup_...
};

const crypto::SecretBox& test_box();  // one key for the whole test binary

desk::AccountId make_account(TestDatabase& database, const std::string& name = "Desk");
desk::TeamId make_team(TestDatabase& database, desk::AccountId account, const std::string& name,
                       desk::agent::TeamMode mode = desk::agent::TeamMode::automatic);
desk::AgentId make_agent(TestDatabase& database, desk::AccountId account, const AgentSpec& spec = {});
MadeChannel make_channel(TestDatabase& database, desk::AccountId account, const ChannelSpec& spec = {});
desk::HoursId make_hours(TestDatabase& database, desk::AccountId account, std::vector<desk::hours::Interval> week,
                         const std::string& zone = "UTC");
desk::PolicyId make_policy(TestDatabase& database, desk::AccountId account, const PolicySpec& spec = {});
MadeToken make_agent_token(TestDatabase& database, desk::AccountId account, desk::AgentId agent);
MadeToken make_integrator_token(TestDatabase& database, desk::AccountId account, std::vector<std::string> scopes);
MadeToken make_admin_token(TestDatabase& database, desk::AccountId account);

}  // namespace lupaus::support
