#include "services/desk/account/store.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/account/json.hpp"
#include "services/desk/account/usage.hpp"
#include "services/desk/context/context.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::account::Account;

Answer show(Tx& tx, const Account& account) {
    const auto today = std::chrono::floor<std::chrono::days>(desk::database_now(tx));
    Answer answer{.status = 200, .body = {}, .version = account.version};
    text::JsonWriter json(answer.body);
    json.begin_object();
    write_fields(json, account);
    json.key("limits");
    write_quotas(json, desk::account::kQuotas, desk::account::list_quotas(tx, account.id, account.id.value));
    const auto quota = desk::account::find_quota(
        tx, {.account = account.id, .subject = account.id.value, .name = std::string(desk::account::kMessagesPerDay)});
    json.field("messages_today",
               quota ? std::optional(desk::account::find_usage(tx, account.id, today)) : std::nullopt);
    json.end_object();
    return answer;
}

}  // namespace

Result<Answer> handle_get_account(Tx& tx, const Call& call) {
    const auto account = desk::account::find(tx, call.principal.account);
    return account ? Result<Answer>(show(tx, *account)) : not_found("account");
}

Result<Answer> handle_edit_account(Tx& tx, const Call& call) {
    auto account = desk::account::lock(tx, call.principal.account);
    if (!account) {
        return not_found("account");
    }
    if (auto match = check_if_match(call.request, account->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    account->name = reader.optional_string("name").value_or(account->name);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    desk::account::rename(tx, account->id, account->name);
    ++account->version;
    auto answer = show(tx, *account);
    append_changes(tx, call, {describe("account.updated", *account, call.actor())});
    return answer;
}

}  // namespace lupaus::inbox
