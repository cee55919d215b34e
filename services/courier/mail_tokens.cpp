#include "services/courier/mail_tokens.hpp"

#include "common/telemetry/log.hpp"
#include "services/courier/insist.hpp"
#include "services/desk/channel/email_store.hpp"

#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;
using desk::delivery::Job;

namespace {

constexpr std::size_t kKeptMax = 10'000;  // channels; beyond it all are asked for anew

}  // namespace

asio::awaitable<Result<Secret>> MailTokens::token(const Job& job) {
    auto kept = find(job);
    if (!kept) {
        co_return kept.error();
    }
    auto token = co_await (*kept)->source.token();
    co_await keep_refresh_token(job, **kept);
    co_return token;
}

void MailTokens::forget(desk::ChannelId channel) {
    if (const auto found = kept_.find(channel); found != kept_.end()) {
        found->second->source.forget();
    }
}

Result<std::shared_ptr<MailTokens::Kept>> MailTokens::find(const Job& job) {
    const auto& grant = *job.way.oauth;
    auto& kept = kept_[job.delivery.channel];
    if (kept && kept->sealed_refresh_token == grant.sealed_refresh_token) {
        return kept;
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
    oauth::Grant opened{.token_url = grant.token_url,
                        .client_id = grant.client_id,
                        .client_secret = Secret(*std::move(secret)),
                        .refresh_token = Secret(*std::move(refresh))};
    auto made = std::make_shared<Kept>(Kept{grant.sealed_refresh_token, {client_, std::move(opened)}});
    kept_[job.delivery.channel] = made;
    return made;
}

asio::awaitable<void> MailTokens::keep_refresh_token(const Job& job, Kept& kept) {
    const auto fresh = kept.source.take_new_refresh_token();
    if (fresh.empty()) {
        co_return;
    }
    const desk::channel::RefreshToken change{
        .key = {job.delivery.account, job.delivery.channel},
        .sealed_before = std::exchange(kept.sealed_refresh_token, desk_.box.seal(fresh.reveal())),
        .sealed = kept.sealed_refresh_token};
    const auto scope = Scope::accounts({&change.key.account.value, 1});
    const auto work = [&change](Tx& tx) { return desk::channel::replace_refresh_token(tx, change); };
    try {
        co_await desk_.worker.run(scope, work);
    } catch (const std::exception& error) {
        rethrow_cancellation(error);  // else it is kept here until the process ends, and the mail goes out
        log::warn("a new refresh token could not be kept", {{"error", error.what()}});
    }
}

}  // namespace lupaus::courier
