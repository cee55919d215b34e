#include "services/desk/agent/rules.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/token/json.hpp"
#include "services/desk/token/rules.hpp"
#include "services/desk/token/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

namespace lupaus::cli {

namespace {

using desk::agent::Role;
using desk::token::Token;

const std::string kScopeHelp = "What an integrator may do; may be given several times: " + desk::token::scope_words();

Result<Token> read_draft(Arguments& arguments) {
    Token draft;
    draft.account = arguments.optional_id<desk::AccountId>("account");
    draft.agent = arguments.optional_id<desk::AgentId>("agent");
    const auto role = arguments.optional_code("role", {Role::integrator, Role::admin});
    if (!draft.agent.is_nil() && role) {
        arguments.fail("role", "does not go with --agent: the agent's own role decides");
    }
    draft.role = role.value_or(draft.role);
    draft.scopes = arguments.list("scope");
    draft.name = arguments.optional_text("name").value_or("");
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    if (auto valid = desk::token::check_draft(draft); !valid) {
        return valid.error();
    }
    return draft;
}

Result<std::string> issue_token(const Invocation& invocation) {
    auto draft = read_draft(invocation.arguments);
    const auto lifetime = invocation.arguments.optional_duration("expires");
    if (draft.has_error() || invocation.arguments.error()) {
        return draft.has_error() ? draft.error() : *invocation.arguments.error();
    }
    using Issued = desk::token::Issued;
    const auto issued = on_account(invocation, draft->account, [&](Tx& tx, desk::AccountId account) -> Result<Issued> {
        draft->account = account;
        if (lifetime) {
            draft->expires_at = desk::database_now(tx) + *lifetime;
        }
        auto made = desk::token::issue(tx, *draft);
        if (made) {
            tell(tx, "lupaus token issue", std::vector{describe("token.issued", made->token, kOperator)});
        }
        return made;
    });
    if (!issued) {
        return issued.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", issued->token.id).field("token", issued->text).end_object();
    return answer;
}

Result<std::string> revoke_token(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    const auto named = arguments.optional_id<desk::AccountId>("account");
    const auto id = arguments.id<desk::TokenId>("id");
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    const auto token = on_account(invocation, named, [id](Tx& tx, desk::AccountId account) -> Result<Token> {
        const bool ends_now = desk::token::revoke(tx, account, id);
        auto found = desk::token::find(tx, account, id);
        if (!found) {
            return not_found("token");
        }
        if (ends_now) {
            tell(tx, "lupaus token revoke", std::vector{describe("token.revoked", *found, kOperator)});
        }
        return *std::move(found);
    });
    if (!token) {
        return token.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", token->id).field("revoked_at", token->revoked_at).end_object();
    return answer;
}

}  // namespace

std::vector<Command> token_commands() {
    return {
        {.path = "token issue",
         .help = "Make a token; prints it once",
         .options = {kAccountOption,
                     {"agent", "ID", "Speaks for this agent, with the agent's role"},
                     {"role", "integrator|admin", "Speaks for no agent: does what its scopes say, or everything"},
                     {"scope", "WORD", kScopeHelp, Need::repeated},
                     {"name", "NAME", "What it is for"},
                     {"expires", "30d", "How long it is valid (for ever)"}},
         .run = issue_token},
        {.path = "token revoke",
         .help = "End a token; everywhere within seconds, open streams too",
         .options = {kAccountOption, {"id", "ID", "The token", Need::required}},
         .run = revoke_token},
    };
}

std::vector<Command> admin_commands() {
    std::vector<Command> all;
    for (auto commands : {database_commands(), account_commands(), agent_commands(), channel_commands(),
                          policy_commands(), token_commands(), webhook_commands(), limit_commands()}) {
        all.insert(all.end(), commands.begin(), commands.end());
    }
    return all;
}

}  // namespace lupaus::cli
