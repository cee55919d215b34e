// Policies that are counted by opening hours: due time, warning and ladder stand still while they are closed.
#include "tests/unit/promise/promise_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::promise {
namespace {

constexpr int kHour = 60;
constexpr int kDay = 24 * kHour;

// Monday to Friday, nine to five, UTC.
std::shared_ptr<const hours::Calendar> office() {
    hours::Calendar calendar;
    for (int day = 0; day < 5; ++day) {
        calendar.week.push_back({.open = day * kDay + 9 * kHour, .close = day * kDay + 17 * kHour});
    }
    calendar.zone = std::make_shared<const hours::Zone>(hours::Zone{.offsets = {hours::Offset{}}});
    return std::make_shared<const hours::Calendar>(std::move(calendar));
}

Timestamp on(int day_of_november, Micros time) {
    return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / day_of_november}} + time;
}

Policy office_policy() {
    auto policy = two_hours();
    policy.hours = HoursId::make();
    policy.calendar = office();
    return policy;
}

Promise opened(const Policy& policy, Timestamp at) {
    Promise promise;
    promise.waiting_since = at;
    promise.opened_at = at;
    arm(promise, &policy, kLadder);
    return promise;
}

constexpr int kFriday = 27;
constexpr int kMonday = 30;

TEST(BusinessTime, TheWholeLadderRunsInIt) {
    const auto policy = office_policy();
    const auto promise = opened(policy, on(kFriday, 16h));
    EXPECT_EQ(promise.hours, policy.hours);
    EXPECT_EQ(promise.warn_at, on(kMonday, 9h + 30min)) << "an hour and a half of the two";
    EXPECT_EQ(promise.due_at, on(kMonday, 10h));
    EXPECT_EQ(promise.leads_at, on(kMonday, 11h));
    EXPECT_EQ(promise.account_at, on(kMonday, 13h));
    EXPECT_EQ(promise.next_alert_at, promise.warn_at);
}

TEST(BusinessTime, OpenedWhileClosedItBeginsInTheMorning) {
    const auto promise = opened(office_policy(), on(kFriday + 1, 12h));
    EXPECT_EQ(promise.warn_at, on(kMonday, 10h + 30min));
    EXPECT_EQ(promise.due_at, on(kMonday, 11h));
}

TEST(BusinessTime, ALeadTimeIsCountedInItToo) {
    auto policy = office_policy();
    policy.warn_lead = 90min;
    EXPECT_EQ(opened(policy, on(kFriday, 16h)).warn_at, on(kFriday, 16h + 30min));
}

TEST(BusinessTime, ALongDueTimeGoesOnTheNextDay) {
    auto policy = office_policy();
    policy.target = 16h;
    EXPECT_EQ(opened(policy, on(kFriday, 9h)).due_at, on(kMonday, 17h));
}

TEST(BusinessTime, WhatHasPassedIsCountedInIt) {
    const auto calendar = office();
    EXPECT_EQ(time_between(calendar.get(), on(kFriday, 16h), on(kMonday, 10h)), 2h);
    EXPECT_EQ(time_between(nullptr, on(kFriday, 16h), on(kMonday, 10h)), 66h);
}

// Over a weekend the calendar says sixty-five hours, the office half an hour.
TEST(BusinessTime, HalfOfAPromisesTimeIsHalfOfItsBusinessTime) {
    auto policy = office_policy();
    policy.target = 20min;
    const auto promise = opened(policy, on(kFriday, 16h + 50min));
    EXPECT_EQ(promise.due_at, on(kMonday, 9h + 10min));
    EXPECT_EQ(hold_length(promise, kLadder), 10min);
}

TEST(BusinessTime, AWaitThatBeganEarlierIsDueEarlierByWhatWasOpen) {
    auto promise = opened(office_policy(), on(kMonday, 9h + 30min));
    begin_earlier(promise, on(kFriday, 16h + 45min));
    EXPECT_EQ(promise.opened_at, on(kFriday, 16h + 45min));
    EXPECT_EQ(promise.warn_at, on(kMonday, 10h + 15min));
    EXPECT_EQ(promise.due_at, on(kMonday, 10h + 45min)) << "three quarters of an hour, not the weekend";
    EXPECT_EQ(promise.leads_at, on(kMonday, 11h + 45min));
    EXPECT_EQ(promise.account_at, on(kMonday, 13h + 45min));
    EXPECT_EQ(promise.next_alert_at, promise.warn_at);
    begin_earlier(promise, on(kFriday, 10h));
    EXPECT_EQ(promise.due_at, on(kFriday, 12h));
}

}  // namespace
}  // namespace lupaus::desk::promise
