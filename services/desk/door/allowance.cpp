#include "services/desk/door/allowance.hpp"

#include "services/desk/account/quota.hpp"
#include "services/desk/account/usage.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/rate/refusal.hpp"

namespace lupaus::desk::door {

namespace asio = boost::asio;
using account::Usage;

namespace {

constexpr std::chrono::seconds kShareEvery{2};
constexpr double kChannelBurst_s = 2;  // of a channel's rate, that may come at once

telemetry::Counter limited_counter(telemetry::Metrics& metrics, std::string_view limit) {
    return metrics.counter("lupaus_webhook_rate_limited_total",
                           "Signed webhooks refused by a limit that an operator set.", {{"limit", std::string(limit)}});
}

}  // namespace

Allowance::Allowance(Context& context)
    : context_(context),
      channel_limited_(limited_counter(context.metrics, "channel")),
      day_limited_(limited_counter(context.metrics, account::kMessagesPerDay)) {}

void Allowance::start(TaskGroup& tasks) {
    Loop loop{.name = "daily usage", .turn = [this] { return share(); }};
    tasks.spawn_endless("daily usage", run_loop(context_.metrics, std::move(loop)));
}

Result<void> Allowance::take_request(ChannelId channel, const Door& door) {
    if (!door.inbound_per_second) {
        return {};
    }
    const double allowed = *door.inbound_per_second;
    const rate::Rate rate{.per_second = allowed, .burst = allowed * kChannelBurst_s};
    const auto wait = by_channel_.take(channel.value, rate, rate::RateLimit::Clock::now());
    if (!wait) {
        return {};
    }
    channel_limited_.add();
    return rate::refusal({.limit = "channel",
                          .words = "This channel sends faster than the operator of this desk allows.",
                          .allowed = *door.inbound_per_second,
                          .wait = *wait});
}

Result<void> Allowance::take_message(const Door& door) {
    if (!door.messages_per_day) {
        return {};
    }
    const auto wait = days_[door.account].take(*door.messages_per_day, system_now());
    if (!wait) {
        return {};
    }
    day_limited_.add();
    return rate::refusal({.limit = account::kMessagesPerDay,
                          .words = "This account has had as many messages today as the operator of this desk allows.",
                          .allowed = *door.messages_per_day,
                          .wait = *wait});
}

void Allowance::give_back(const Door& door) {
    if (door.messages_per_day) {
        days_[door.account].give_back();
    }
}

// What is not stored for some reason is stored with the next turn.
asio::awaitable<void> Allowance::share() {
    co_await pause(kShareEvery);
    std::vector<Usage> added;
    const auto today = std::chrono::floor<std::chrono::days>(system_now());
    std::erase_if(days_, [today](const auto& entry) { return entry.second.day() < today; });
    for (const auto& [account, count] : days_) {
        if (count.uncounted() > 0) {
            added.push_back({.account = account, .day = count.day(), .messages = count.uncounted()});
        }
    }
    if (added.empty()) {
        co_return;
    }
    std::vector<Uuid> accounts;
    for (const auto& usage : added) {
        accounts.push_back(usage.account.value);
    }
    const auto work = [&added](Tx& tx) { return account::add_usage(tx, added); };
    const auto totals = co_await context_.worker.run(Scope::accounts(accounts), work);
    for (std::size_t i = 0; i < added.size(); ++i) {
        days_[added[i].account].learn(added[i].messages, totals.at(i));
    }
}

}  // namespace lupaus::desk::door
