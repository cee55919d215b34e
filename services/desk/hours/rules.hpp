// Counting by opening hours. An instant is open when the wall clock shows a time within an interval of its day: where
// the clock is put back the repeated hour is open twice, and what it leaps over never was. A holiday is closed from
// midnight to midnight, and a night shift that would begin on it does not take place. Pure.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/hours/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::hours {

inline constexpr int kMinutesPerDay = 24 * 60;
inline constexpr int kMinutesPerWeek = 7 * kMinutesPerDay;
inline constexpr std::size_t kIntervalsPerDayMax = 10;
inline constexpr std::size_t kHolidaysMax = 500;
// Beyond this nothing is looked for: hours that are hardly ever open make a promise due then.
inline constexpr std::chrono::days kHorizon{3653};

// The earliest instant by which `used` of open time has passed since `from`.
Timestamp after(const Calendar& calendar, Timestamp from, Micros used);

Micros open_between(const Calendar& calendar, Timestamp from, Timestamp to);

// "09:00" as minutes; "24:00" is the end of a day.
std::optional<int> parse_time_of_day(std::string_view text);
std::string format_time_of_day(int minutes);

std::optional<std::chrono::local_days> parse_date(std::string_view text);  // "2026-12-24"
std::string format_date(std::chrono::local_days date);

// Whether this is a week: something is open, no interval is empty or longer than a day, none overlaps another. Sorts.
// Errors: invalid, naming /week.
Result<void> check_week(std::vector<Interval>& week);

}  // namespace lupaus::desk::hours
