// Whoever asks for something is there: renews the presence lease of the agent behind a request or a stream, outside the
// request's transaction and at most every agent::touch_interval(). A renewal lost to a busy database is made up for by
// the next request. I/O thread.
#pragma once

#include "common/async/task_group.hpp"
#include "services/desk/agent/rules.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/token/types.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <unordered_map>

namespace lupaus::inbox {

class Leases {
public:
    Leases(desk::Context& desk, TaskGroup& tasks) : desk_(desk), tasks_(tasks) {}

    void renew(const desk::token::Principal& principal);

private:
    using Clock = std::chrono::steady_clock;

    desk::agent::LeaseTerms terms() const;
    boost::asio::awaitable<void> renew_now(desk::AccountId account, desk::AgentId agent, desk::TokenId token);
    void make_room(Clock::time_point now);

    desk::Context& desk_;
    TaskGroup& tasks_;
    std::unordered_map<desk::AgentId, Clock::time_point> renewed_;
    std::size_t running_ = 0;
};

}  // namespace lupaus::inbox
