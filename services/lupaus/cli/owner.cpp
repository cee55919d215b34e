#include "services/lupaus/cli/owner.hpp"

#include "services/desk/account/store.hpp"
#include "services/desk/audit/changes.hpp"
#include "services/desk/event/store.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace lupaus::cli {

namespace {

constexpr int kChoicesShown = 10;

// An event's data is {"<kind>":{"id":…, …}}, the thing as it is now.
desk::audit::Entry entry_of(std::string_view command, const desk::event::Draft& draft) {
    const auto data = text::Json::parse(draft.data);
    const auto thing = data.begin();
    const text::Json nothing;
    const bool is_new = draft.type.ends_with(".created") || draft.type.ends_with(".issued");
    desk::audit::Entry entry;
    entry.account = draft.account;
    entry.operation = command;
    entry.kind = thing.key();
    entry.subject = parse_uuid(thing->value("id", std::string())).value_or(draft.account.value);
    entry.changes = desk::audit::changes(
        {.before = nothing, .asked = is_new ? *thing : nothing, .after = is_new ? *thing : nothing});
    return entry;
}

}  // namespace

void tell(Tx& tx, std::string_view command, std::span<const desk::event::Draft> drafts) {
    for (const auto& draft : drafts) {
        desk::audit::record(tx, entry_of(command, draft));
    }
    desk::event::append(tx, drafts);
}

Result<std::string> owner_url(const Invocation& invocation) {
    const auto config = invocation.load_config();
    if (!config) {
        return config.error();
    }
    if (config->database.url.empty()) {
        return Error{.code = Errc::invalid,
                     .detail = "database.url (LUPAUS_DATABASE_URL) is not set: the database's owner."};
    }
    return std::string(config->database.url.reveal());
}

Result<std::unique_ptr<crypto::SecretBox>> open_box(const Invocation& invocation) {
    const auto config = invocation.load_config();
    if (!config) {
        return config.error();
    }
    if (config->secret.key.empty()) {
        return Error{
            .code = Errc::invalid,
            .detail =
                "secret.key_file (LUPAUS_SECRET_KEY_FILE) is not set: channels' secrets are sealed with the key "
                "that the desk serves with. That of ./deploy/run is .lupaus/secret.key."};
    }
    return std::make_unique<crypto::SecretBox>(config->secret.key);
}

Result<desk::AccountId> choose_account(Tx& tx, desk::AccountId named) {
    if (!named.is_nil()) {
        return desk::account::find(tx, named) ? Result<desk::AccountId>(named)
                                              : Result<desk::AccountId>(not_found("account"));
    }
    const auto accounts = desk::account::list(tx, {}, kChoicesShown + 1);
    if (accounts.size() == 1) {
        return accounts.front().id;
    }
    if (accounts.empty()) {
        return Error{.code = Errc::invalid, .detail = "there is no account yet: lupaus account create --name NAME"};
    }
    std::string choices;
    for (const auto& account : std::span(accounts).first(std::min<std::size_t>(accounts.size(), kChoicesShown))) {
        choices += "\n  " + to_string(account.id) + "  " + account.name;
    }
    choices += accounts.size() > kChoicesShown ? "\n  and more: lupaus account list" : "";
    return invalid_field("--account", "is needed, since there are several:" + choices);
}

}  // namespace lupaus::cli
