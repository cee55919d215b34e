#include "services/desk/mailtoken/mail_tokens.hpp"

#include "common/async/cancellation.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/channel/email_store.hpp"

#include <utility>

namespace lupaus::desk::mailtoken {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kKeptMax = 10'000;  // channels; beyond it all are asked for anew

}  // namespace

asio::awaitable<Result<Secret>> MailTokens::token(Asked asked) {
    const auto found = find(asked);
    if (!found) {
        co_return found.error();
    }
    const auto kept = *found;  // stays while others ask and all are forgotten
    auto token = co_await kept->source.token();
    co_await keep_refresh_token(asked.key, *kept);
    co_return token;
}

void MailTokens::forget(ChannelId channel) {
    if (const auto found = kept_.find(channel); found != kept_.end()) {
        found->second->source.forget();
    }
}

Result<std::shared_ptr<MailTokens::Kept>> MailTokens::find(const Asked& asked) {
    const auto& grant = asked.grant;
    if (const auto known = kept_.find(asked.key.id);
        known != kept_.end() && known->second->sealed_refresh_token == grant.sealed_refresh_token) {
        return known->second;
    }
    auto secret = grant.sealed_client_secret.empty() ? Result<std::string>(std::string())
                                                     : desk_.box.open(grant.sealed_client_secret);
    auto refresh = desk_.box.open(grant.sealed_refresh_token);
    if (!secret || !refresh) {
        return Error{.code = Errc::internal,
                     .detail = "The channel's oauth cannot be opened with this program's key (secret.key_file)."};
    }
    if (kept_.size() > kKeptMax) {
        kept_.clear();
    }
    lupaus::oauth::Grant opened{.token_url = grant.token_url,
                                .client_id = grant.client_id,
                                .client_secret = Secret(*std::move(secret)),
                                .refresh_token = Secret(*std::move(refresh))};
    auto made = std::make_shared<Kept>(Kept{grant.sealed_refresh_token, {client_, std::move(opened)}});
    kept_[asked.key.id] = made;
    return made;
}

asio::awaitable<void> MailTokens::keep_refresh_token(channel::ChannelKey key, Kept& kept) {
    const auto fresh = kept.source.take_new_refresh_token();
    if (fresh.empty()) {
        co_return;
    }
    const channel::RefreshToken change{
        .key = key,
        .sealed_before = std::exchange(kept.sealed_refresh_token, desk_.box.seal(fresh.reveal())),
        .sealed = kept.sealed_refresh_token};
    const auto scope = Scope::accounts({&key.account.value, 1});
    const auto work = [&change](Tx& tx) { return channel::replace_refresh_token(tx, change); };
    try {
        co_await desk_.worker.run(scope, work);
    } catch (const std::exception& error) {
        if (is_cancellation(error)) {
            throw;
        }
        // It is kept here until the process ends, and the mail goes its way.
        log::warn("a new refresh token could not be kept", {{"error", error.what()}});
    }
}

}  // namespace lupaus::desk::mailtoken
