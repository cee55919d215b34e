#include "services/desk/agent/json.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/contact/rules.hpp"
#include "services/desk/token/json.hpp"
#include "services/desk/token/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

namespace lupaus::cli {

namespace {

using desk::agent::Agent;
using desk::agent::Role;
using desk::agent::Team;
using desk::agent::TeamMode;

Result<std::string> add_team(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    Team team;
    team.account = arguments.optional_id<desk::AccountId>("account");
    team.id = desk::TeamId::make();
    team.name = arguments.text("name");
    team.mode = arguments.optional_code("mode", {TeamMode::automatic, TeamMode::pull}).value_or(team.mode);
    team.wrap_up = arguments.optional_duration("wrap-up").value_or(team.wrap_up);
    if (team.wrap_up > desk::agent::kWrapUpMax) {
        arguments.fail("wrap-up", "must be an hour at most");
    }
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    const auto stored = on_account(invocation, team.account, [&team](Tx& tx, desk::AccountId account) -> Result<void> {
        team.account = account;
        if (auto made = desk::agent::insert_team(tx, team); !made) {
            return made;
        }
        tell(tx, "lupaus team add", std::vector{describe("team.created", team, kOperator)});
        return {};
    });
    if (!stored) {
        return stored.error();
    }
    std::string answer;
    text::JsonWriter(answer).begin_object().field("id", team.id).end_object();
    return answer;
}

Agent read_agent(Arguments& arguments) {
    Agent agent;
    agent.account = arguments.optional_id<desk::AccountId>("account");
    agent.id = desk::AgentId::make();
    agent.name = arguments.text("name");
    agent.email = desk::contact::normal_email(arguments.text("email"));
    if (!desk::contact::is_email(agent.email)) {
        arguments.fail("email", "must be an e-mail address");
    }
    agent.role = arguments.optional_code("role", {Role::agent, Role::lead, Role::admin}).value_or(agent.role);
    agent.capacity =
        static_cast<int>(arguments.optional_integer("capacity", 0, desk::agent::kCapacityMax).value_or(agent.capacity));
    agent.teams = arguments.ids<desk::TeamId>("team");
    agent.skills = arguments.list("skill");
    return agent;
}

Result<std::string> add_agent(const Invocation& invocation) {
    auto agent = read_agent(invocation.arguments);
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    using Issued = desk::token::Issued;
    const auto issued = on_account(invocation, agent.account, [&agent](Tx& tx, desk::AccountId id) -> Result<Issued> {
        agent.account = id;
        if (auto stored = desk::agent::insert(tx, agent); !stored) {
            return stored.error();
        }
        desk::token::Token draft;
        draft.account = agent.account;
        draft.agent = agent.id;
        auto first = desk::token::issue(tx, draft);
        if (first) {
            tell(tx, "lupaus agent add",
                 std::vector{describe("agent.created", agent, kOperator),
                             describe("token.issued", first->token, kOperator)});
        }
        return first;
    });
    if (!issued) {
        return issued.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", agent.id).field("token", issued->text).end_object();
    return answer;
}

}  // namespace

std::vector<Command> agent_commands() {
    return {
        {.path = "team add",
         .help = "Make a team; prints its id",
         .options = {kAccountOption,
                     {"name", "NAME", "Unique in the account", Need::required},
                     {"mode", "automatic|pull", "Whether conversations are handed out or fetched (automatic)"},
                     {"wrap-up", "30s", "No new conversation so soon after a resolution (0s)"}},
         .run = add_team},
        {.path = "agent add",
         .help = "Make an agent; prints the id and a token",
         .options = {kAccountOption,
                     {"name", "NAME", "As customers and colleagues see it", Need::required},
                     {"email", "ADDRESS", "Unique in the account", Need::required},
                     {"role", "agent|lead|admin", "What the agent may do (agent)"},
                     {"team", "ID", "A team; may be given several times", Need::repeated},
                     {"capacity", "N", "Open conversations at a time (10)"},
                     {"skill", "WORD", "A skill; may be given several times", Need::repeated}},
         .run = add_agent},
    };
}

}  // namespace lupaus::cli
