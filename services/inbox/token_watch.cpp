#include "services/inbox/token_watch.hpp"

#include "services/desk/context/loop.hpp"
#include "services/desk/token/store.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::inbox {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kAskEvery{2};
constexpr std::size_t kTokensPerQuery = 1'000;

}  // namespace

void TokenWatch::start(TaskGroup& tasks) {
    auto turn = [this]() -> asio::awaitable<void> {
        co_await pause(kAskEvery);
        co_await ask_all();
    };
    tasks.spawn_endless("token watch",
                        desk::run_loop(desk_.metrics, {.name = "token watch", .turn = std::move(turn)}));
}

std::shared_ptr<const Standing> TokenWatch::watch(const crypto::Digest& token, PrincipalPtr principal, Doorbell bell) {
    auto standing = std::make_shared<Standing>(Standing{
        .token = token, .principal = std::move(principal), .verified_at = Clock::now(), .bell = std::move(bell)});
    standings_.push_back(standing);
    return standing;
}

// While the database is away nobody can revoke anything either; each stream decides how long it stays unverified.
asio::awaitable<void> TokenWatch::ask_all() {
    const auto all = tokens();
    for (std::size_t at = 0; at < all.size(); at += kTokensPerQuery) {
        const auto some = std::span(all).subspan(at, std::min(kTokensPerQuery, all.size() - at));
        const auto asked_at = Clock::now();
        const auto look = [some](Tx& tx) { return desk::token::find_principals(tx, some); };
        auto found = co_await desk_.app.run(Scope::queues(), look);
        std::vector<PrincipalPtr> principals;
        for (auto& principal : found) {
            principals.push_back(principal ? std::make_shared<const desk::token::Principal>(*std::move(principal))
                                           : nullptr);
        }
        settle(some, principals, asked_at);
    }
}

// Those of the streams that are still there, each once, sorted.
std::vector<crypto::Digest> TokenWatch::tokens() {
    std::erase_if(standings_, [](const auto& standing) { return standing.expired(); });
    std::vector<crypto::Digest> list;
    for (const auto& weak : standings_) {
        if (const auto standing = weak.lock()) {
            list.push_back(standing->token);
        }
    }
    std::ranges::sort(list);
    const auto [first, last] = std::ranges::unique(list);
    list.erase(first, last);
    return list;
}

void TokenWatch::settle(std::span<const crypto::Digest> tokens, std::span<const PrincipalPtr> principals,
                        Clock::time_point asked_at) {
    for (const auto& weak : standings_) {
        const auto standing = weak.lock();
        if (!standing) {
            continue;
        }
        const auto place = std::ranges::lower_bound(tokens, standing->token);
        if (place == tokens.end() || *place != standing->token) {
            continue;  // of another query, or come meanwhile
        }
        const auto& principal = principals[static_cast<std::size_t>(place - tokens.begin())];
        if (principal) {
            standing->principal = principal;
            standing->verified_at = asked_at;
        } else {
            standing->holds = false;
            standing->bell.ring();
        }
    }
}

}  // namespace lupaus::inbox
