#include "tests/support/builders.hpp"

#include "common/crypto/token.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/channel/email_store.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/hours/store.hpp"
#include "services/desk/policy/rules.hpp"
#include "services/desk/policy/store.hpp"
#include "services/desk/token/store.hpp"

namespace lupaus::support {

using namespace desk;

namespace {

MadeToken make_token(TestDatabase& database, const token::Token& draft) {
    auto issued = database.as_owner([&](Tx& tx) { return token::issue(tx, draft); }).value();
    const auto find = [&](Tx& tx) { return token::find_principal(tx, crypto::token_hash(issued.text)); };
    return {.principal = database.app().run_blocking(Scope::queues(), find).value(), .text = std::move(issued.text)};
}

}  // namespace

const crypto::SecretBox& test_box() {
    static const crypto::SecretBox box{Secret(crypto::random_bytes(32))};
    return box;
}

AccountId make_account(TestDatabase& database, const std::string& name) {
    const account::Account made{.id = AccountId::make(), .name = name};
    return database.as_owner([&](Tx& tx) {
        account::insert(tx, made);
        return made.id;
    });
}

TeamId make_team(TestDatabase& database, AccountId account, const std::string& name, agent::TeamMode mode) {
    agent::Team team;
    team.account = account;
    team.id = TeamId::make();
    team.name = name;
    team.mode = mode;
    database.as_owner([&](Tx& tx) { return agent::insert_team(tx, team); }).value();
    return team.id;
}

AgentId make_agent(TestDatabase& database, AccountId account, const AgentSpec& spec) {
    agent::Agent agent;
    agent.account = account;
    agent.id = AgentId::make();
    agent.name = spec.name;
    agent.email = to_string(agent.id) + "@desk.example";
    agent.role = spec.role;
    agent.teams = spec.teams;
    agent.skills = spec.skills;
    agent.capacity = spec.capacity;
    const auto work = [&](Tx& tx) {
        auto stored = agent::insert(tx, agent);
        if (stored && spec.online) {
            agent::put(tx, account, agent.id, agent::Presence::online, std::nullopt);
        }
        return stored;
    };
    database.as_owner(work).value();
    return agent.id;
}

MadeChannel make_channel(TestDatabase& database, AccountId account, const ChannelSpec& spec) {
    channel::Channel channel;
    channel.account = account;
    channel.id = ChannelId::make();
    channel.name = spec.name;
    channel.team = spec.team;
    channel.skill = spec.skill;
    channel.weight = spec.weight;
    channel.outbound_url = spec.outbound_url;
    channel.live_since = spec.live_since;
    channel.kind = spec.email ? channel::Kind::email : channel::Kind::webhook;
    channel.email = spec.email;
    const auto make = [&](Tx& tx) {
        auto made = channel::create(tx, test_box(), channel);
        if (channel.email) {
            channel::put_email(tx, test_box(), channel, {}).value();
        }
        return made;
    };
    auto secrets = database.as_owner(make).value();
    return {.id = channel.id, .secret = std::move(secrets.inbound), .outbound_secret = std::move(secrets.outbound)};
}

HoursId make_hours(TestDatabase& database, AccountId account, std::vector<hours::Interval> week,
                   const std::string& zone) {
    hours::Hours made;
    made.account = account;
    made.id = HoursId::make();
    made.name = to_string(made.id);
    made.zone = zone;
    made.week = std::move(week);
    database.as_owner([&](Tx& tx) { return hours::insert(tx, made); }).value();
    return made.id;
}

PolicyId make_policy(TestDatabase& database, AccountId account, const PolicySpec& spec) {
    promise::Policy policy;
    policy.account = account;
    policy.id = PolicyId::make();
    policy.kind = spec.kind;
    policy.channel = spec.channel;
    policy.team = spec.team;
    policy.hours = spec.hours;
    policy::set_times(policy, {.target = spec.target, .warn_lead = {}, .leads_after = {}, .account_after = {}}).value();
    database.as_owner([&](Tx& tx) { return policy::insert(tx, policy); }).value();
    return policy.id;
}

MadeToken make_agent_token(TestDatabase& database, AccountId account, AgentId agent) {
    token::Token draft;
    draft.account = account;
    draft.agent = agent;
    return make_token(database, draft);
}

MadeToken make_integrator_token(TestDatabase& database, AccountId account, std::vector<std::string> scopes) {
    token::Token draft;
    draft.account = account;
    draft.role = agent::Role::integrator;
    draft.scopes = std::move(scopes);
    return make_token(database, draft);
}

MadeToken make_admin_token(TestDatabase& database, AccountId account) {
    token::Token draft;
    draft.account = account;
    draft.role = agent::Role::admin;
    return make_token(database, draft);
}

}  // namespace lupaus::support
