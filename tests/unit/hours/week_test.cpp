#include "tests/unit/hours/calendar_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::hours {
namespace {

bool is_week(std::vector<Interval> week) {
    return check_week(week).has_value();
}

TEST(TimeOfDay, IsHoursAndMinutes) {
    EXPECT_EQ(parse_time_of_day("00:00"), 0);
    EXPECT_EQ(parse_time_of_day("09:30"), 570);
    EXPECT_EQ(parse_time_of_day("23:59"), 1439);
    EXPECT_EQ(parse_time_of_day("24:00"), 1440);
    for (const auto* text : {"", "9:30", "09:60", "24:01", "25:00", "09-30", "09:3", "+9:30", "-1:00", "09:30:00"}) {
        EXPECT_EQ(parse_time_of_day(text), std::nullopt) << text;
    }
    for (const auto* text : {"00:00", "09:05", "24:00"}) {
        EXPECT_EQ(format_time_of_day(*parse_time_of_day(text)), text);
    }
}

TEST(Date, IsADayOfTheCalendar) {
    EXPECT_EQ(format_date(parse_date("2026-12-24").value()), "2026-12-24");
    EXPECT_EQ(format_date(parse_date("2028-02-29").value()), "2028-02-29");
    for (const auto* text :
         {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-12-32", "26-12-24", "2026/12/24", "2026-12-2x"}) {
        EXPECT_EQ(parse_date(text), std::nullopt) << text;
    }
}

TEST(CheckWeek, SortsWhatIsOne) {
    std::vector<Interval> week{on(fri, "09:00", "15:00"), on(mon, "13:00", "17:00"), on(mon, "09:00", "12:00")};
    ASSERT_TRUE(check_week(week));
    EXPECT_EQ(week.front(), on(mon, "09:00", "12:00"));
    EXPECT_EQ(week.back(), on(fri, "09:00", "15:00"));
}

TEST(CheckWeek, RefusesAWeekInWhichNothingIsOpen) {
    EXPECT_FALSE(is_week({}));
    EXPECT_FALSE(is_week({{.open = 540, .close = 540}}));
    EXPECT_FALSE(is_week({{.open = 540, .close = 530}}));
}

TEST(CheckWeek, RefusesWhatOverlapsAlsoOverMidnightAndTheEndOfTheWeek) {
    EXPECT_TRUE(is_week({on(mon, "09:00", "12:00"), on(mon, "12:00", "17:00")})) << "half-open: they only touch";
    EXPECT_FALSE(is_week({on(mon, "09:00", "12:01"), on(mon, "12:00", "17:00")}));
    EXPECT_TRUE(is_week({on(fri, "22:00", "06:00"), on(sat, "06:00", "10:00")}));
    EXPECT_FALSE(is_week({on(fri, "22:00", "06:00"), on(sat, "05:59", "10:00")}));
    EXPECT_TRUE(is_week({on(sun, "22:00", "06:00"), on(mon, "06:00", "10:00")}));
    EXPECT_FALSE(is_week({on(sun, "22:00", "06:00"), on(mon, "05:59", "10:00")}));
}

TEST(CheckWeek, AnIntervalIsADayAtMost) {
    EXPECT_TRUE(is_week({{.open = 540, .close = 540 + kMinutesPerDay}}));
    EXPECT_FALSE(is_week({{.open = 540, .close = 541 + kMinutesPerDay}}));
    EXPECT_FALSE(is_week({{.open = kMinutesPerWeek, .close = kMinutesPerWeek + 60}}));
}

}  // namespace
}  // namespace lupaus::desk::hours
