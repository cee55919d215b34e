// What the operator allows a channel a second and an account a day; most have no limit and cost nothing here. Both are
// judged in memory; the count of the day is shared with other processes every few seconds. Lives on the I/O thread.
#pragma once

#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/door/day_count.hpp"
#include "services/desk/door/door.hpp"
#include "services/desk/rate/rate_limit.hpp"

#include <unordered_map>

namespace lupaus::desk::door {

class Allowance {
public:
    explicit Allowance(Context& context);

    void start(TaskGroup& tasks);
    Result<void> take_request(ChannelId channel, const Door& door);  // Errors: rate_limited
    Result<void> take_message(const Door& door);                     // the same, of the day
    void give_back(const Door& door);                                // it was no new message

private:
    boost::asio::awaitable<void> share();

    Context& context_;
    rate::RateLimit by_channel_;
    std::unordered_map<AccountId, DayCount> days_;  // of accounts that have a limit
    telemetry::Counter channel_limited_;
    telemetry::Counter day_limited_;
};

// A place in an account's day: given back at the end, unless a new message keeps it. Must not outlive the door.
class DayPlace {
public:
    DayPlace(Allowance& allowance, const Door& door) : allowance_(allowance), door_(door) {}

    ~DayPlace() {
        if (!is_kept_) {
            allowance_.give_back(door_);
        }
    }

    DayPlace(const DayPlace&) = delete;
    DayPlace& operator=(const DayPlace&) = delete;

    void keep() { is_kept_ = true; }

private:
    Allowance& allowance_;
    const Door& door_;
    bool is_kept_ = false;
};

}  // namespace lupaus::desk::door
