#include "services/desk/agent/store.hpp"

#include "common/base/limits.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/agent/queries.sql.hpp"

namespace lupaus::desk::agent {

namespace {

std::optional<Signature> read_signature(const pqxx::row& row, int from) {
    if (row[from].is_null()) {
        return std::nullopt;
    }
    return Signature{.text = row[from].as<std::string>(), .html = read_optional_text(row[from + 1])};
}

// The column order of every query of this room that returns agents.
Agent read_agent(const pqxx::row& row, const LeaseTerms& terms) {
    Agent agent;
    agent.account = read_id<AccountId>(row[0]);
    agent.id = read_id<AgentId>(row[1]);
    agent.name = row[2].as<std::string>();
    agent.email = row[3].as<std::string>();
    agent.role = static_cast<Role>(row[4].as<std::int16_t>());
    agent.capacity = row[5].as<int>();
    agent.load = row[6].as<int>();
    agent.skills = read_text_array(row[7]);
    for (const auto& team : read_text_array(row[8])) {
        agent.teams.push_back(parse_id<TeamId>(team).value());
    }
    agent.assigned_at = read_optional_timestamp(row[9]);
    agent.resolved_at = read_optional_timestamp(row[10]);
    agent.disabled_at = read_optional_timestamp(row[11]);
    agent.version = row[12].as<int>();
    agent.signature = read_signature(row, 17);
    if (!row[13].is_null()) {
        const Lease lease{.chosen = static_cast<Presence>(row[13].as<std::int16_t>()),
                          .until = read_optional_timestamp(row[14]),
                          .seen_at = read_timestamp(row[15])};
        agent.presence = effective(lease, read_timestamp(row[16]), terms);
        agent.presence_until = lease.until;
    }
    return agent;
}

Team read_team(const pqxx::row& row) {
    Team team;
    team.account = read_id<AccountId>(row[0]);
    team.id = read_id<TeamId>(row[1]);
    team.name = row[2].as<std::string>();
    team.mode = static_cast<TeamMode>(row[3].as<std::int16_t>());
    team.wrap_up = std::chrono::seconds{row[4].as<std::int64_t>()};
    team.version = row[5].as<int>();
    team.undo = std::chrono::seconds{row[6].as<std::int64_t>()};
    team.signature = read_signature(row, 7);
    return team;
}

void store_signature(Tx& tx, AccountId account, const Uuid& owner, const std::optional<Signature>& signature) {
    if (signature) {
        tx.exec(sql::put_signature,
                pqxx::params{to_string(account), to_string(owner), signature->text, signature->html});
    } else {
        tx.exec(sql::delete_signature, pqxx::params{to_string(account), to_string(owner)});
    }
}

Result<void> store_teams(Tx& tx, const Agent& agent) {
    const auto list = array_text(agent.teams);
    tx.exec(sql::leave_teams, pqxx::params{to_string(agent.account), to_string(agent.id), list});
    try {
        tx.exec(sql::join_teams, pqxx::params{to_string(agent.account), to_string(agent.id), list});
    } catch (const pqxx::foreign_key_violation&) {
        return invalid_field("/team_ids", "names a team that does not exist");
    }
    return {};
}

// Those who are disabled take part in nothing.
Result<void> check_room(Tx& tx, const Agent& agent) {
    const account::Bound bound{.what = "agents who are not disabled",
                               .max = limits::kAgentsMax,
                               .count = sql::count_agents,
                               .quota = "agents"};
    return agent.disabled_at ? Result<void>() : account::check_room(tx, agent.account, bound, agent.id.value);
}

Error name_taken(std::string_view what, const std::string& name) {
    return Error{.code = Errc::conflict, .detail = "Another " + std::string(what) + " already has \"" + name + "\"."};
}

std::optional<std::string> name_of(const std::optional<After>& after) {
    return after ? std::optional(after->name) : std::nullopt;
}

std::optional<std::string> id_of(const std::optional<After>& after) {
    return after ? std::optional(to_string(after->id)) : std::nullopt;
}

}  // namespace

Result<void> insert(Tx& tx, const Agent& agent) {
    if (auto room = check_room(tx, agent); !room) {
        return room;
    }
    const auto stored =
        tx.exec(sql::insert_agent, pqxx::params{to_string(agent.account), to_string(agent.id), agent.name, agent.email,
                                                static_cast<int>(agent.role), agent.capacity, array_text(agent.skills),
                                                sql_time(agent.disabled_at)});
    if (stored.affected_rows() == 0) {
        return name_taken("agent", agent.email);
    }
    store_signature(tx, agent.account, agent.id.value, agent.signature);
    return store_teams(tx, agent);
}

std::optional<Agent> find(Tx& tx, AccountId account, AgentId id, const LeaseTerms& terms) {
    const auto rows = tx.exec(sql::find_agent, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_agent(rows[0], terms));
}

std::optional<Agent> lock(Tx& tx, AccountId account, AgentId id, const LeaseTerms& terms) {
    tx.exec(sql::lock_agent, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id, terms);
}

Result<void> update(Tx& tx, const Agent& agent) {
    if (auto room = check_room(tx, agent); !room) {
        return room;
    }
    tx.exec(sql::update_agent,
            pqxx::params{to_string(agent.account), to_string(agent.id), agent.name, static_cast<int>(agent.role),
                         agent.capacity, array_text(agent.skills), sql_time(agent.disabled_at)});
    store_signature(tx, agent.account, agent.id.value, agent.signature);
    return store_teams(tx, agent);
}

std::vector<Agent> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit,
                        const LeaseTerms& terms) {
    std::vector<Agent> agents;
    for (const auto& row :
         tx.exec(sql::list_agents, pqxx::params{to_string(account), name_of(after), id_of(after), limit})) {
        agents.push_back(read_agent(row, terms));
    }
    return agents;
}

Result<void> insert_team(Tx& tx, const Team& team) {
    const account::Bound bound{.what = "teams", .max = limits::kTeamsMax, .count = sql::count_teams};
    if (auto room = account::check_room(tx, team.account, bound, team.id.value); !room) {
        return room;
    }
    const auto stored =
        tx.exec(sql::insert_team, pqxx::params{to_string(team.account), to_string(team.id), team.name,
                                               static_cast<int>(team.mode), team.wrap_up.count(), team.undo.count()});
    if (stored.affected_rows() == 0) {
        return name_taken("team", team.name);
    }
    store_signature(tx, team.account, team.id.value, team.signature);
    return {};
}

std::optional<Team> find_team(Tx& tx, AccountId account, TeamId id) {
    const auto rows = tx.exec(sql::find_team, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_team(rows[0]));
}

std::optional<Team> lock_team(Tx& tx, AccountId account, TeamId id) {
    tx.exec(sql::lock_team, pqxx::params{to_string(account), to_string(id)});
    return find_team(tx, account, id);
}

Result<void> update_team(Tx& tx, const Team& team) {
    try {
        const auto stored = tx.exec(sql::update_team,
                                    pqxx::params{to_string(team.account), to_string(team.id), team.name,
                                                 static_cast<int>(team.mode), team.wrap_up.count(), team.undo.count()});
        if (stored.affected_rows() > 0) {
            store_signature(tx, team.account, team.id.value, team.signature);
            return {};
        }
    } catch (const pqxx::unique_violation&) {
        // Somebody else took the name at the same moment.
    }
    return name_taken("team", team.name);
}

Result<void> delete_team(Tx& tx, AccountId account, TeamId id) {
    if (!lock_team(tx, account, id)) {
        return not_found("team");
    }
    const pqxx::params key{to_string(account), to_string(id)};
    const auto user = read_optional_text(tx.exec(sql::find_team_user, key).at(0, 0));
    if (user) {
        return Error{.code = Errc::conflict, .detail = "The team is still named by " + *user + "."};
    }
    tx.exec(sql::delete_team, key);
    return {};
}

std::vector<Team> list_teams(Tx& tx, AccountId account, const std::optional<After>& after, int limit) {
    std::vector<Team> teams;
    for (const auto& row :
         tx.exec(sql::list_teams, pqxx::params{to_string(account), name_of(after), id_of(after), limit})) {
        teams.push_back(read_team(row));
    }
    return teams;
}

}  // namespace lupaus::desk::agent
