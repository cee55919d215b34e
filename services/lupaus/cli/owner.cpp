#include "services/lupaus/cli/owner.hpp"

#include "services/desk/account/store.hpp"

namespace lupaus::cli {

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
            .detail = "secret.key_file (LUPAUS_SECRET_KEY_FILE) is not set: channels' secrets are sealed with it."};
    }
    return std::make_unique<crypto::SecretBox>(config->secret.key);
}

Result<void> require_account(Tx& tx, desk::AccountId account) {
    return desk::account::find(tx, account) ? Result<void>{} : Result<void>(not_found("account"));
}

}  // namespace lupaus::cli
