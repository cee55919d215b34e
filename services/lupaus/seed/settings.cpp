#include "services/lupaus/seed/settings.hpp"

#include "services/desk/account/store.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/policy/rules.hpp"
#include "services/desk/policy/store.hpp"
#include "services/desk/token/store.hpp"

#include <algorithm>

namespace lupaus::seed {

namespace {

using desk::agent::Role;

constexpr std::chrono::hours kTarget{8};
constexpr std::array<std::string_view, kTeams> kTeamNames{"Orders", "Delivery", "Returns",  "Billing",   "Accounts",
                                                          "Repair", "Sales",    "Partners", "Complaints"};

// The channel at this place leads to no team, and the last one, behind it, to the last team.
constexpr std::size_t kTeamlessPlace = kTeams - 1;

Result<void> make_teams(Tx& tx, Settings& settings) {
    for (const auto name : kTeamNames) {
        desk::agent::Team team;
        team.account = settings.account;
        team.id = desk::TeamId::make();
        team.name = name;
        if (auto made = desk::agent::insert_team(tx, team); !made) {
            return made.error();
        }
        settings.teams.push_back(team.id);
    }
    return {};
}

Result<std::string> issue_token(Tx& tx, const Settings& settings, desk::AgentId agent) {
    desk::token::Token draft;
    draft.account = settings.account;
    draft.agent = agent;
    draft.role = agent.is_nil() ? Role::admin : Role::lead;
    draft.name = "bench";
    const auto issued = desk::token::issue(tx, draft);
    return issued ? Result<std::string>(issued->text) : Result<std::string>(issued.error());
}

Result<void> make_agents(Tx& tx, Settings& settings) {
    for (int number = 0; number < kAgents; ++number) {
        const auto first = static_cast<std::size_t>(number % kTeams);
        const auto second = static_cast<std::size_t>((number / kTeams + number) % kTeams);
        desk::agent::Agent agent;
        agent.account = settings.account;
        agent.id = desk::AgentId::make();
        agent.name = "Agent " + std::to_string(number);
        agent.email = "agent" + std::to_string(100 + number) + "@example.com";
        agent.role = number < kTeams ? Role::lead : Role::agent;
        agent.teams = {settings.teams[first]};
        if (second != first) {
            agent.teams.push_back(settings.teams[second]);
        }
        if (auto made = desk::agent::insert(tx, agent); !made) {
            return made.error();
        }
        settings.agent = number == 0 ? agent.id : settings.agent;
    }
    return {};
}

Result<void> make_channels(Tx& tx, const crypto::SecretBox& box, Timestamp live_since, Settings& settings) {
    for (std::size_t place = 0; place <= kTeams; ++place) {
        const bool has_team = place != kTeamlessPlace;
        const auto team = std::min<std::size_t>(place, kTeams - 1);
        desk::channel::Channel channel;
        channel.account = settings.account;
        channel.id = desk::ChannelId::make();
        channel.name = has_team ? std::string(kTeamNames[team]) : "Everything else";
        channel.team = has_team ? settings.teams[team] : desk::TeamId{};
        channel.live_since = live_since;
        const auto secrets = desk::channel::create(tx, box, channel);
        if (!secrets) {
            return secrets.error();
        }
        settings.channels.push_back({.id = channel.id, .name = channel.name, .secret = secrets->inbound});
    }
    return {};
}

Result<void> make_policies(Tx& tx, const Settings& settings) {
    for (const auto kind : {desk::promise::Kind::first_reply, desk::promise::Kind::next_reply}) {
        desk::promise::Policy policy;
        policy.account = settings.account;
        policy.id = desk::PolicyId::make();
        policy.kind = kind;
        if (auto set = desk::policy::set_times(
                policy, {.target = kTarget, .warn_lead = {}, .leads_after = {}, .account_after = {}});
            !set) {
            return set.error();
        }
        if (auto made = desk::policy::insert(tx, policy); !made) {
            return made.error();
        }
    }
    return {};
}

}  // namespace

Result<Settings> make_settings(Tx& tx, const crypto::SecretBox& box, Timestamp live_since) {
    Settings settings;
    settings.account = desk::AccountId::make();
    desk::account::insert(tx, {.id = settings.account, .name = "Bench"});
    if (auto made = make_teams(tx, settings); !made) {
        return made.error();
    }
    if (auto made = make_agents(tx, settings); !made) {
        return made.error();
    }
    if (auto made = make_channels(tx, box, live_since, settings); !made) {
        return made.error();
    }
    if (auto made = make_policies(tx, settings); !made) {
        return made.error();
    }
    for (auto [agent, text] :
         {std::pair(desk::AgentId{}, &settings.admin_token), std::pair(settings.agent, &settings.agent_token)}) {
        const auto token = issue_token(tx, settings, agent);
        if (!token) {
            return token.error();
        }
        *text = *token;
    }
    return settings;
}

}  // namespace lupaus::seed
