#include "services/lupaus/cli/owner.hpp"

#include "services/desk/account/store.hpp"

#include <algorithm>
#include <span>

namespace lupaus::cli {

namespace {

constexpr int kChoicesShown = 10;

}  // namespace

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
