// What the operator allows a channel a second and an account a day; most have no limit and cost nothing here. Both are
// judged in memory; the count of the day is shared with other processes every few seconds. Lives on the I/O thread.
#pragma once

#include "common/async/task_group.hpp"
#include "services/chat/day_count.hpp"
#include "services/chat/door_cache.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/rate/rate_limit.hpp"

#include <unordered_map>

namespace lupaus::chat {

class Allowance {
public:
    explicit Allowance(desk::Context& context);

    void start(TaskGroup& tasks);
    Result<void> take_request(desk::ChannelId channel, const Door& door);  // Errors: rate_limited
    Result<void> take_message(const Door& door);                           // the same, of the day
    void give_back(const Door& door);                                      // it was no new message

private:
    boost::asio::awaitable<void> share();

    desk::Context& context_;
    desk::rate::RateLimit by_channel_;
    std::unordered_map<desk::AccountId, DayCount> days_;  // of accounts that have a limit
    telemetry::Counter channel_limited_;
    telemetry::Counter day_limited_;
};

}  // namespace lupaus::chat
