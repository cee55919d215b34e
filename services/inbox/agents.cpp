#include "common/text/json_reader.hpp"
#include "services/desk/agent/json.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/contact/rules.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/signature.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::TeamId;
using desk::agent::Agent;
using desk::agent::Role;

constexpr std::string_view kByName = "agents.name";

const std::array kRoles{
    text::Choice<Role>{desk::agent::to_string(Role::agent), Role::agent},
    text::Choice<Role>{desk::agent::to_string(Role::lead), Role::lead},
    text::Choice<Role>{desk::agent::to_string(Role::admin), Role::admin},
};

void read_teams(text::JsonReader& reader, Agent& agent) {
    const bool given = reader.has("team_ids");
    const auto ids = reader.uuid_list("team_ids");
    if (!given) {
        return;
    }
    agent.teams.clear();
    for (const auto& id : ids) {
        agent.teams.push_back(TeamId{id});
    }
}

// The fields that can be set at creation and changed later; what is absent stays as it is.
void read_changes(text::JsonReader& reader, Agent& agent) {
    agent.name = reader.optional_string("name").value_or(agent.name);
    agent.role = reader.optional_one_of<Role>("role", kRoles).value_or(agent.role);
    const text::IntegerRule capacity{.min = 0, .max = desk::agent::kCapacityMax};
    agent.capacity = static_cast<int>(reader.optional_integer("capacity", capacity).value_or(agent.capacity));
    agent.skills = reader.optional_string_list("skills").value_or(agent.skills);
    read_teams(reader, agent);
    read_signature(reader, agent.signature);
}

// An integration may run the desk's staff list, but not make itself an administrator through it.
Result<void> check_reach(const Call& call, Role before, Role after) {
    if (call.principal.role == Role::integrator && (before == Role::admin || after == Role::admin)) {
        return Error{.code = Errc::forbidden, .detail = "Only an admin may make or change an admin."};
    }
    return {};
}

Error speaks_for_none() {
    return {.code = Errc::not_found, .detail = "This token speaks for no agent."};
}

// Presence follows: somebody who is disabled is offline, and lets go of what they had not begun.
std::vector<desk::event::Draft> follow_edit(Tx& tx, const Call& call, const Agent& before, const Agent& after) {
    if (after.disabled_at && !before.disabled_at) {
        const auto change = desk::agent::put(tx, after.account, after.id, desk::agent::Presence::offline, std::nullopt);
        if (change) {
            return desk::agent::follow_up(tx, call.desk, std::span(&*change, 1), call.actor());
        }
    }
    if (desk::agent::opens_capacity(before, after)) {
        desk::agent::push_drain(tx, call.desk.wakeups, after.account, after.id);
    }
    return {};
}

}  // namespace

Result<Answer> handle_list_agents(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByName);
    if (!page) {
        return page.error();
    }
    std::optional<desk::agent::After> after;
    if (page->after) {
        after = desk::agent::After{.name = page->after->key, .id = page->after->id};
    }
    const auto rows = desk::agent::list(tx, call.principal.account, after, page->limit + 1, lease_terms(call));
    const auto place = [](const Agent& agent) { return Cursor{.key = agent.name, .id = agent.id.value}; };
    return Answer{.status = 200, .body = write_page(kByName, *page, rows, desk::agent::write_agent, place)};
}

Result<Answer> handle_get_agent(Tx& tx, const Call& call) {
    const auto id = path_id<AgentId>(call, "agent");
    const auto agent = id ? desk::agent::find(tx, call.principal.account, *id, lease_terms(call)) : std::nullopt;
    if (!agent) {
        return not_found("agent");
    }
    return found(to_json(*agent), agent->version);
}

Result<Answer> handle_get_own_agent(Tx& tx, const Call& call) {
    const auto agent = desk::agent::find(tx, call.principal.account, call.principal.agent, lease_terms(call));
    if (!agent) {
        return speaks_for_none();
    }
    return found(to_json(*agent), agent->version);
}

// What agents may change of themselves.
Result<Answer> handle_edit_own_agent(Tx& tx, const Call& call) {
    const auto before = desk::agent::lock(tx, call.principal.account, call.principal.agent, lease_terms(call));
    if (!before) {
        return speaks_for_none();
    }
    if (auto match = check_if_match(call.request, before->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    auto after = *before;
    read_signature(reader, after.signature);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto stored = desk::agent::update(tx, after); !stored) {
        return stored.error();
    }
    ++after.version;
    append_changes(tx, call, {describe("agent.updated", after, call.actor())});
    return found(to_json(after), after.version);
}

Result<Answer> handle_create_agent(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    Agent agent;
    agent.account = call.principal.account;
    agent.id = AgentId::make();
    read_changes(reader, agent);
    agent.name = reader.string("name");
    agent.email = desk::contact::normal_email(reader.string("email"));
    if (!agent.email.empty() && !desk::contact::is_email(agent.email)) {
        reader.fail("email", "must be an e-mail address");
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto reach = check_reach(call, agent.role, agent.role); !reach) {
        return reach.error();
    }
    if (auto stored = desk::agent::insert(tx, agent); !stored) {
        return stored.error();
    }
    append_changes(tx, call, {describe("agent.created", agent, call.actor())});
    return created(to_json(agent), agent.version);
}

Result<Answer> handle_edit_agent(Tx& tx, const Call& call) {
    const auto id = path_id<AgentId>(call, "agent");
    const auto before = id ? desk::agent::lock(tx, call.principal.account, *id, lease_terms(call)) : std::nullopt;
    if (!before) {
        return not_found("agent");
    }
    if (auto match = check_if_match(call.request, before->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    auto after = *before;
    read_changes(reader, after);
    if (const auto disabled = reader.optional_boolean("disabled")) {
        after.disabled_at =
            *disabled ? std::optional(before->disabled_at.value_or(desk::database_now(tx))) : std::nullopt;
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto reach = check_reach(call, before->role, after.role); !reach) {
        return reach.error();
    }
    if (desk::agent::leaves_work(*before, after)) {
        const std::pair leaving{after.account, after.id};
        desk::agent::watch_coverage(tx, call.desk, std::span(&leaving, 1));
    }
    if (auto stored = desk::agent::update(tx, after); !stored) {
        return stored.error();
    }
    auto drafts = follow_edit(tx, call, *before, after);
    const auto agent = desk::agent::find(tx, call.principal.account, *id, lease_terms(call));
    drafts.push_back(describe("agent.updated", *agent, call.actor()));
    append_changes(tx, call, drafts);
    return found(to_json(*agent), agent->version);
}

}  // namespace lupaus::inbox
