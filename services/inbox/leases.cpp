#include "services/inbox/leases.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/inbox/failure.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kRunningMax = 16;
constexpr std::size_t kRememberedMax = 20'000;

}  // namespace

desk::agent::LeaseTerms Leases::terms() const {
    return lease_terms(desk_.config);
}

void Leases::renew(const desk::token::Principal& principal) {
    if (principal.agent.is_nil() || running_ >= kRunningMax) {
        return;
    }
    const auto now = Clock::now();
    const auto known = renewed_.find(principal.agent);
    if (known != renewed_.end() && now - known->second < desk::agent::touch_interval(terms())) {
        return;
    }
    make_room(now);
    renewed_[principal.agent] = now;
    ++running_;
    if (!tasks_.spawn("presence lease", renew_now(principal.account, principal.agent, principal.token))) {
        --running_;
    }
}

asio::awaitable<void> Leases::renew_now(desk::AccountId account, desk::AgentId agent, desk::TokenId token) {
    const auto touch = [this, account, agent, token](Tx& tx) {
        const auto change = desk::agent::touch(tx, account, agent, terms());
        if (change) {
            const desk::event::Actor actor{.type = desk::event::ActorType::agent, .id = agent.value, .token = token};
            desk::agent::record(tx, desk_, std::span(&*change, 1), actor);
        }
        return change.has_value();
    };
    std::exception_ptr failure;
    try {
        co_await desk_.app.run(Scope::account(account.value), touch);
    } catch (...) {
        failure = std::current_exception();
    }
    --running_;
    if (failure) {
        renewed_.erase(agent);
        log::debug("presence lease not renewed", {{"agent", agent}, {"error", log::describe(failure)}});
    }
}

void Leases::make_room(Clock::time_point now) {
    if (renewed_.size() < kRememberedMax) {
        return;
    }
    std::erase_if(renewed_, [now](const auto& entry) { return now - entry.second >= desk::agent::kTouchInterval; });
    while (renewed_.size() >= kRememberedMax) {
        renewed_.erase(renewed_.begin());
    }
}

}  // namespace lupaus::inbox
