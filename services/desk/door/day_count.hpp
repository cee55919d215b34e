// How many messages of an account came in today (UTC): what the database knew last, and what came here since. Pure; the
// time is an argument.
#pragma once

#include "common/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace lupaus::desk::door {

class DayCount {
public:
    // Nothing: one more is counted. Else how long until the next day begins.
    std::optional<std::chrono::seconds> take(int per_day, Timestamp now);
    void give_back();

    std::int64_t uncounted() const { return pending_; }  // not yet in the database

    std::chrono::sys_days day() const { return day_; }

    void learn(std::int64_t counted, std::int64_t total);  // `counted` of the uncounted are in it now

private:
    std::chrono::sys_days day_{};
    std::int64_t known_ = 0;
    std::int64_t pending_ = 0;
};

}  // namespace lupaus::desk::door
