// Opening hours: a week of intervals on the wall clock of one IANA time zone, and holidays. Half-open: [open, close).
// A Calendar is what is needed to count by them, with the zone's offsets as a table, so that counting is pure.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lupaus::desk::hours {

// In minutes from Monday 00:00. A night shift closes on the next day, on Sunday beyond the end of the week.
struct Interval {
    int open = 0;
    int close = 0;

    auto operator<=>(const Interval&) const = default;
};

// How far the wall clock is ahead of UTC, from then on.
struct Offset {
    Timestamp from{};
    std::chrono::seconds ahead{};
};

// In order; the first holds for all time before it as well. Never empty.
struct Zone {
    std::vector<Offset> offsets;
};

struct Calendar {
    std::vector<Interval> week;                     // in order, not overlapping, not empty
    std::vector<std::chrono::local_days> holidays;  // in order
    std::shared_ptr<const Zone> zone;
};

// As they are set up and reused by any number of policies.
struct Hours {
    AccountId account;
    HoursId id;
    std::string name;
    std::string zone;
    std::vector<Interval> week;
    std::vector<std::chrono::local_days> holidays;
    int version = 1;
};

}  // namespace lupaus::desk::hours
