#include "tests/unit/hours/calendar_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::hours {
namespace {

const auto kHelsinki = std::string("Europe/Helsinki");
const auto kNewYork = std::string("America/New_York");

// Open throughout: the calendar itself.
std::vector<Interval> always() {
    std::vector<Interval> week;
    for (const auto day : {mon, tue, wed, thu, fri, sat, sun}) {
        week.push_back(on(day, "00:00", "24:00"));
    }
    return week;
}

TEST(After, WithinAnIntervalTimeRuns) {
    const auto office = calendar("UTC", office_week());
    EXPECT_EQ(after(office, at("2026-11-23T10:00:00Z"), 90min), at("2026-11-23T11:30:00Z"));
    EXPECT_EQ(after(office, at("2026-11-23T10:00:00.25Z"), 1us), at("2026-11-23T10:00:00.250001Z"));
}

TEST(After, StandsStillOvernightAndOverTheWeekend) {
    const auto office = calendar("UTC", office_week());
    EXPECT_EQ(after(office, at("2026-11-23T16:00:00Z"), 2h), at("2026-11-24T10:00:00Z"));
    EXPECT_EQ(after(office, at("2026-11-27T16:00:00Z"), 2h), at("2026-11-30T10:00:00Z"));
    EXPECT_EQ(after(office, at("2026-11-28T12:00:00Z"), 1h), at("2026-11-30T10:00:00Z")) << "opened on a Saturday";
    EXPECT_EQ(after(office, at("2026-11-23T09:00:00Z"), 40h), at("2026-11-27T17:00:00Z")) << "a whole week of work";
}

TEST(After, TheClosingTimeIsTheEarliestInstantAtWhichTheDayIsUsedUp) {
    const auto office = calendar("UTC", office_week());
    EXPECT_EQ(after(office, at("2026-11-23T16:00:00Z"), 1h), at("2026-11-23T17:00:00Z"));
    EXPECT_EQ(after(office, at("2026-11-23T17:00:00Z"), 1us), at("2026-11-24T09:00:00.000001Z")) << "half-open";
    EXPECT_EQ(after(office, at("2026-11-23T20:00:00Z"), 0us), at("2026-11-23T20:00:00Z"));
}

TEST(After, BreaksAreNotCounted) {
    const auto lunch = calendar("UTC", {on(mon, "09:00", "12:00"), on(mon, "13:00", "17:00")});
    EXPECT_EQ(after(lunch, at("2026-11-23T11:30:00Z"), 1h), at("2026-11-23T13:30:00Z"));
}

TEST(After, ANightShiftRunsOverMidnight) {
    const auto nights = calendar("UTC", {on(sun, "22:00", "06:00"), on(fri, "22:00", "06:00")});
    EXPECT_EQ(after(nights, at("2026-11-27T23:00:00Z"), 2h), at("2026-11-28T01:00:00Z"));
    EXPECT_EQ(after(nights, at("2026-11-28T05:00:00Z"), 2h), at("2026-11-29T23:00:00Z"));
    EXPECT_EQ(after(nights, at("2026-11-30T05:30:00Z"), 1h), at("2026-12-04T22:30:00Z")) << "over the end of the week";
}

TEST(After, AHolidayIsClosed) {
    const auto office = calendar("UTC", office_week(), {"2026-11-24", "2026-11-25"});
    EXPECT_EQ(after(office, at("2026-11-23T16:30:00Z"), 1h), at("2026-11-26T09:30:00Z"));
}

TEST(After, AHolidayEndsTheShiftBeforeItAndBeginsNone) {
    const auto nights = calendar(
        "UTC", {on(thu, "22:00", "06:00"), on(fri, "22:00", "06:00"), on(sat, "22:00", "06:00")}, {"2026-11-27"});
    EXPECT_EQ(after(nights, at("2026-11-26T23:00:00Z"), 1h), at("2026-11-27T00:00:00Z"));
    EXPECT_EQ(after(nights, at("2026-11-26T23:00:00Z"), 61min), at("2026-11-28T22:01:00Z"));
}

TEST(After, HoursThatNeverComeAreDueAtTheHorizon) {
    std::vector<std::string> mondays;
    auto closed = calendar("UTC", {on(mon, "09:00", "17:00")});
    const auto from = at("2026-11-23T08:00:00Z");
    for (auto date = std::chrono::local_days{std::chrono::year{2026} / 11 / 23};
         date < std::chrono::local_days{std::chrono::year{2037} / 1 / 1}; date += std::chrono::days{7}) {
        closed.holidays.push_back(date);
    }
    EXPECT_EQ(after(closed, from, 1h), from + kHorizon);
}

TEST(After, WhatIsAlwaysOpenIsTheCalendar) {
    for (const auto& zone : {kHelsinki, kNewYork}) {
        const auto open = calendar(zone, always());
        EXPECT_EQ(after(open, at("2026-03-01T12:34:56Z"), 24h * 300), at("2026-03-01T12:34:56Z") + 24h * 300);
        EXPECT_EQ(open_between(open, at("2026-03-01T00:00:00Z"), at("2026-12-01T00:00:00Z")), 24h * 275);
    }
}

// ---- the clock is put forward: what it leaps over never was

TEST(Gap, AnHourIsMissing) {
    const auto night = calendar(kHelsinki, {on(sun, "02:00", "05:00")});
    EXPECT_EQ(open_between(night, at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")), 2h);
    EXPECT_EQ(after(night, at("2026-03-29T00:00:00Z"), 90min), at("2026-03-29T01:30:00Z")) << "04:30 on the wall";
    const auto york = calendar(kNewYork, {on(sun, "01:00", "04:00")});
    EXPECT_EQ(open_between(york, at("2026-03-08T05:00:00Z"), at("2026-03-09T04:00:00Z")), 2h);
    EXPECT_EQ(after(york, at("2026-03-08T06:00:00Z"), 90min), at("2026-03-08T07:30:00Z"));
}

TEST(Gap, WhatLiesWithinItDoesNotHappen) {
    const auto quarter = calendar(kHelsinki, {on(sun, "03:15", "03:45")});
    EXPECT_EQ(open_between(quarter, at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")), 0h);
    EXPECT_EQ(after(quarter, at("2026-03-28T22:00:00Z"), 1min), at("2026-04-05T00:16:00Z")) << "the Sunday after";
}

TEST(Gap, AnIntervalThatBeginsInItBeginsWhereTheClockGoesOn) {
    const auto late = calendar(kHelsinki, {on(sun, "03:30", "05:00")});
    EXPECT_EQ(open_between(late, at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")), 1h);
    EXPECT_EQ(after(late, at("2026-03-28T22:00:00Z"), 10min), at("2026-03-29T01:10:00Z"));
}

// ---- the clock is put back: an hour comes twice

TEST(Overlap, TheRepeatedHourIsOpenTwice) {
    const auto hour = calendar(kNewYork, {on(sun, "01:00", "02:00")});
    EXPECT_EQ(open_between(hour, at("2026-11-01T04:00:00Z"), at("2026-11-02T05:00:00Z")), 2h);
    EXPECT_EQ(after(hour, at("2026-11-01T04:00:00Z"), 90min), at("2026-11-01T06:30:00Z"));
    const auto helsinki = calendar(kHelsinki, {on(sun, "02:00", "05:00")});
    EXPECT_EQ(open_between(helsinki, at("2026-10-24T21:00:00Z"), at("2026-10-25T22:00:00Z")), 4h);
}

TEST(Overlap, WhatEndsWithinTheHourOpensOnceMore) {
    const auto half = calendar(kHelsinki, {on(sun, "02:00", "03:30")});
    EXPECT_EQ(open_between(half, at("2026-10-24T21:00:00Z"), at("2026-10-25T22:00:00Z")), 2h);
    EXPECT_EQ(after(half, at("2026-10-24T23:00:00Z"), 100min), at("2026-10-25T01:10:00Z"));
}

TEST(OpenBetween, OfNothingIsNothing) {
    const auto office = calendar("UTC", office_week());
    EXPECT_EQ(open_between(office, at("2026-11-23T10:00:00Z"), at("2026-11-23T10:00:00Z")), 0us);
    EXPECT_EQ(open_between(office, at("2026-11-23T12:00:00Z"), at("2026-11-23T10:00:00Z")), 0us);
    EXPECT_EQ(open_between(office, at("2026-11-27T17:00:00Z"), at("2026-11-30T09:00:00Z")), 0us);
}

}  // namespace
}  // namespace lupaus::desk::hours
