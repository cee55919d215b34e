// Calendars of real zones, and instants as the wall clock of a zone or UTC shows them.
#pragma once

#include "services/desk/hours/rules.hpp"
#include "services/desk/hours/zone.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lupaus::desk::hours {

using namespace std::chrono_literals;

enum Day { mon, tue, wed, thu, fri, sat, sun };

// "09:00" and "17:00" of a day; a closing time that is not later lies on the next day.
inline Interval on(Day day, std::string_view open, std::string_view close) {
    const auto midnight = static_cast<int>(day) * kMinutesPerDay;
    const auto from = parse_time_of_day(open).value();
    const auto to = parse_time_of_day(close).value();
    return {.open = midnight + from, .close = midnight + (to > from ? to : to + kMinutesPerDay)};
}

inline Calendar calendar(const std::string& zone, std::vector<Interval> week,
                         const std::vector<std::string>& holidays = {}) {
    Calendar made{.week = std::move(week), .holidays = {}, .zone = find_zone(zone)};
    if (made.zone == nullptr || check_week(made.week).has_error()) {
        throw std::invalid_argument("no such calendar");
    }
    for (const auto& date : holidays) {
        made.holidays.push_back(parse_date(date).value());
    }
    return made;
}

inline std::vector<Interval> office_week() {
    std::vector<Interval> week;
    for (const auto day : {mon, tue, wed, thu, fri}) {
        week.push_back(on(day, "09:00", "17:00"));
    }
    return week;
}

inline Timestamp at(std::string_view rfc3339) {
    return parse_rfc3339(rfc3339).value();
}

}  // namespace lupaus::desk::hours
