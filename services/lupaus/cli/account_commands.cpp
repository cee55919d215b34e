#include "common/base/limits.hpp"
#include "common/postgres/migrate.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/outbound/rules.hpp"
#include "services/desk/outbound/store.hpp"
#include "services/desk/token/json.hpp"
#include "services/desk/token/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

#include <algorithm>
#include <span>

namespace lupaus::cli {

namespace {

Result<std::string> run_migrate(const Invocation& invocation) {
    const auto url = owner_url(invocation);
    if (!url) {
        return url.error();
    }
    const auto report = migrate(*url);
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("version", report.version).key("applied").begin_array();
    for (const auto& file : report.applied) {
        json.value(file);
    }
    json.end_array().end_object();
    return answer;
}

// From now on messages leave from this database, and from no other that remembers it.
Result<std::string> release_outbound(const Invocation& invocation) {
    return as_owner(invocation, [](Tx& tx) -> Result<std::string> {
        const bool was_held = desk::outbound::is_copy(desk::outbound::read_standing(tx));
        desk::outbound::release(tx);
        std::string answer;
        text::JsonWriter json(answer);
        json.begin_object().field("released", true).field("was_held", was_held).end_object();
        return answer;
    });
}

void record_account(Tx& tx, const desk::account::Account& account) {
    desk::audit::Entry entry;
    entry.account = account.id;
    entry.operation = "lupaus account create";
    entry.kind = "account";
    entry.subject = account.id.value;
    text::JsonWriter json(entry.changes);
    json.begin_object().key("name").begin_object().field("from", nullptr).field("to", account.name);
    json.end_object().end_object();
    desk::audit::record(tx, entry);
}

// With a token for its first administrator, who can make everything else through the API.
Result<std::string> create_account(const Invocation& invocation) {
    const desk::account::Account account{.id = desk::AccountId::make(), .name = invocation.arguments.text("name")};
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    const auto issued = as_owner(invocation, [&account](Tx& tx) {
        desk::account::insert(tx, account);
        desk::token::Token draft;
        draft.account = account.id;
        draft.role = desk::agent::Role::admin;
        draft.name = "first administrator";
        auto first = desk::token::issue(tx, draft);
        if (first) {
            record_account(tx, account);
            tell(tx, "lupaus account create", std::vector{describe("token.issued", first->token, kOperator)});
        }
        return first;
    });
    if (!issued) {
        return issued.error();
    }
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("id", account.id).field("admin_token", issued->text).end_object();
    return answer;
}

Result<std::string> list_accounts(const Invocation& invocation) {
    const auto after = invocation.arguments.optional_id<desk::AccountId>("after");
    if (auto error = invocation.arguments.error()) {
        return *std::move(error);
    }
    using Accounts = std::vector<desk::account::Account>;
    const auto listed = as_owner(invocation, [after](Tx& tx) -> Result<Accounts> {
        return desk::account::list(tx, after, limits::kPageMax + 1);
    });
    if (!listed) {
        return listed.error();
    }
    const auto shown = std::min<std::size_t>(listed->size(), limits::kPageMax);
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().key("items").begin_array();
    for (const auto& account : std::span(*listed).first(shown)) {
        json.begin_object().field("id", account.id).field("name", account.name).end_object();
    }
    const bool has_more = listed->size() > shown;
    json.end_array().field("next", has_more ? std::optional((*listed)[shown - 1].id) : std::nullopt).end_object();
    return answer;
}

}  // namespace

std::vector<Command> database_commands() {
    return {{.path = "migrate",
             .help = "Bring the database to this version of the program",
             .options = {},
             .run = run_migrate},
            {.path = "outbound release",
             .help = "Let a restored or cloned database send: it takes its original's place, and what waits goes out",
             .options = {},
             .run = release_outbound}};
}

std::vector<Command> account_commands() {
    return {{.path = "account create",
             .help = "Make an account; prints its id and an administrator's token",
             .options = {{"name", "NAME", "The company or desk", Need::required}},
             .run = create_account},
            {.path = "account list",
             .help = "List the accounts, a hundred at a time",
             .options = {{"after", "ID", "Go on behind this one: the `next` of the page before"}},
             .run = list_accounts}};
}

}  // namespace lupaus::cli
