#include "common/text/json_reader.hpp"
#include "services/desk/token/json.hpp"
#include "services/desk/token/rules.hpp"
#include "services/desk/token/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::TokenId;
using desk::agent::Role;
using desk::token::Token;

constexpr std::string_view kById = "tokens.id";

const std::array kRoles{
    text::Choice<Role>{desk::agent::to_string(Role::integrator), Role::integrator},
    text::Choice<Role>{desk::agent::to_string(Role::admin), Role::admin},
};

Token read_draft(text::JsonReader& reader, desk::AccountId account, Timestamp now) {
    Token draft;
    draft.account = account;
    draft.name = reader.optional_string("name").value_or("");
    draft.agent = reader.optional_id<desk::AgentId>("agent_id").value_or(desk::AgentId{});
    const auto role = reader.optional_one_of<Role>("role", kRoles);
    if (!draft.agent.is_nil() && role) {
        reader.fail("role", "does not go with agent_id: the agent's own role decides");
    }
    draft.role = role.value_or(Role::agent);
    draft.scopes = reader.string_list("scopes");
    draft.expires_at = reader.optional_timestamp("expires_at");
    if (draft.expires_at && *draft.expires_at <= now) {
        reader.fail("expires_at", "must be in the future");
    }
    return draft;
}

}  // namespace

Result<Answer> handle_list_tokens(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kById);
    if (!page) {
        return page.error();
    }
    const auto after = page->after ? TokenId{page->after->id} : TokenId{};
    const auto rows = desk::token::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Token& token) { return Cursor{.key = {}, .id = token.id.value}; };
    return Answer{.status = 200, .body = write_page(kById, *page, rows, desk::token::write_token, place)};
}

Result<Answer> handle_issue_token(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    const auto draft = read_draft(reader, call.principal.account, desk::database_now(tx));
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto valid = desk::token::check_draft(draft); !valid) {
        return valid.error();
    }
    if (auto allowed = desk::token::check_issuer(call.principal, draft); !allowed) {
        return allowed.error();
    }
    const auto issued = desk::token::issue(tx, draft);
    if (!issued) {
        return issued.error();
    }
    append_changes(tx, call, {describe("token.issued", issued->token, call.actor())});
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    write_fields(json, issued->token);
    json.field("token", issued->text).end_object();
    return created(std::move(body), 0);
}

Result<Answer> handle_revoke_token(Tx& tx, const Call& call) {
    const auto id = path_id<TokenId>(call, "token");
    const auto token = id ? desk::token::find(tx, call.principal.account, *id) : std::nullopt;
    if (!token) {
        return not_found("token");
    }
    // Whoever could have issued it may take it back; everybody may give up their own.
    if (auto allowed = desk::token::check_issuer(call.principal, *token); !allowed && *id != call.principal.token) {
        return allowed.error();
    }
    if (desk::token::revoke(tx, call.principal.account, *id)) {
        const auto revoked = desk::token::find(tx, call.principal.account, *id);
        append_changes(tx, call, {describe("token.revoked", *revoked, call.actor())});
        tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::queue); });
    }
    return nothing_left();
}

}  // namespace lupaus::inbox
