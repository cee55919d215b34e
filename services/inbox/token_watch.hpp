// Whether the tokens of the open streams still hold: asked every two seconds for all streams of the process by one
// query, so that a revocation ends them within seconds however many they are. Lives on the I/O thread.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"
#include "services/inbox/token_cache.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <vector>

namespace lupaus::inbox {

// One stream's token.
struct Standing {
    crypto::Digest token{};
    PrincipalPtr principal;  // as of the last answer; never null
    std::chrono::steady_clock::time_point verified_at{};
    bool holds = true;
    Doorbell bell;  // rung when it does not hold any more
};

class TokenWatch {
public:
    explicit TokenWatch(desk::Context& desk) : desk_(desk) {}

    void start(TaskGroup& tasks);

    // Watched until the caller lets it go. The token has just been looked up.
    std::shared_ptr<const Standing> watch(const crypto::Digest& token, PrincipalPtr principal, Doorbell bell);

private:
    boost::asio::awaitable<void> ask_all();
    std::vector<crypto::Digest> tokens();
    void settle(std::span<const crypto::Digest> tokens, std::span<const PrincipalPtr> principals,
                std::chrono::steady_clock::time_point asked_at);

    desk::Context& desk_;
    std::vector<std::weak_ptr<Standing>> standings_;
};

}  // namespace lupaus::inbox
