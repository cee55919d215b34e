#include "services/desk/delivery/rules.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lupaus::desk::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr Schedule kSchedule{.first = 5s, .longest = 24h, .give_up_after = 72h};
constexpr double kMiddle = 0.5;
constexpr channel::Kind kForgetful{99};  // a kind whose receiver knows no ids

Step after(int number, Outcome outcome, Micros age = 1s) {
    return step({.number = number, .age = age}, {.outcome = outcome, .detail = "Why."}, kSchedule, kMiddle);
}

TEST(DeliveryStep, AcceptedIsSent) {
    const auto end = after(1, Outcome::accepted);
    EXPECT_EQ(end.state, State::sent);
    EXPECT_FALSE(end.wait);
}

TEST(DeliveryStep, GoneAndImpossibleEndAtOnceAndSayWhy) {
    for (const auto outcome : {Outcome::gone, Outcome::impossible, Outcome::rejected}) {
        const auto end = after(1, outcome);
        EXPECT_EQ(end.state, State::failed);
        EXPECT_FALSE(end.wait);
        EXPECT_EQ(end.error, "Why.");
    }
}

TEST(DeliveryStep, UnknownIsRepeatedOnlyWhereTheReceiverDeduplicates) {
    EXPECT_EQ(after(1, Outcome::unknown).state, State::queued);
    const auto end = step({.number = 1, .age = 1s, .kind = kForgetful}, {.outcome = Outcome::unknown, .detail = "Cut."},
                          kSchedule, kMiddle);
    EXPECT_EQ(end.state, State::uncertain);
    EXPECT_FALSE(end.wait);
    EXPECT_EQ(end.error, "Cut.");
    EXPECT_TRUE(deduplicates(channel::Kind::webhook));
    EXPECT_FALSE(deduplicates(kForgetful));
}

TEST(DeliveryStep, WhatWasCertainlyNotSentIsRepeatedEverywhere) {
    for (const auto outcome : {Outcome::refused, Outcome::not_sent, Outcome::called_off}) {
        const auto end = step({.number = 1, .age = 1s, .kind = kForgetful}, {.outcome = outcome}, kSchedule, kMiddle);
        EXPECT_EQ(end.state, State::queued);
    }
}

Step after_mail(Outcome outcome, bool is_repetition, Micros age = 1s) {
    return step({.number = 1, .age = age, .kind = channel::Kind::email, .is_repetition = is_repetition},
                {.outcome = outcome, .detail = "Why."}, kSchedule, kMiddle);
}

TEST(DeliveryStep, AMailThatMayHaveArrivedIsSentOnceMoreAndShownAsUncertain) {
    const auto doubt = after_mail(Outcome::unknown, false);
    EXPECT_EQ(doubt.state, State::uncertain);
    EXPECT_EQ(doubt.wait, milliseconds(5s));
    const auto again = after_mail(Outcome::unknown, true);
    EXPECT_EQ(again.state, State::uncertain);
    EXPECT_FALSE(again.wait) << "twice is enough";
    EXPECT_EQ(after_mail(Outcome::accepted, true).state, State::sent);
}

TEST(DeliveryStep, ARepetitionStaysUncertainUntilItIsAccepted) {
    for (const auto outcome : {Outcome::refused, Outcome::not_sent, Outcome::called_off}) {
        const auto later = after_mail(outcome, true);
        EXPECT_EQ(later.state, State::uncertain) << "the first one may have arrived";
        EXPECT_TRUE(later.wait);
        EXPECT_EQ(after_mail(outcome, false).state, State::queued);
    }
    const auto rejected = after_mail(Outcome::rejected, true);
    EXPECT_EQ(rejected.state, State::uncertain);
    EXPECT_FALSE(rejected.wait);
    EXPECT_EQ(after_mail(Outcome::rejected, false).state, State::failed);
    EXPECT_FALSE(after_mail(Outcome::unknown, false, 73h).wait) << "its time is up";
}

TEST(DeliveryStep, KeepsWhomAnAcceptedMailDidNotReach) {
    EXPECT_EQ(after_mail(Outcome::accepted, false).error, "Why.");
}

TEST(DeliveryStep, FollowsTheScheduleOverThreeDays) {
    const std::vector<milliseconds> expected{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h, 24h};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto end = after(static_cast<int>(i) + 1, Outcome::refused);
        EXPECT_EQ(end.state, State::queued);
        EXPECT_EQ(end.wait, expected[i]) << "after attempt " << i + 1;
    }
}

TEST(DeliveryStep, VariesEachPauseByATenth) {
    const Attempt attempt{.number = 2, .age = 1s};
    EXPECT_EQ(step(attempt, {.outcome = Outcome::refused}, kSchedule, 0.0).wait, milliseconds(270s));
    const auto longest = step(attempt, {.outcome = Outcome::refused}, kSchedule, 0.999999).wait;
    EXPECT_GT(longest, milliseconds(329s));
    EXPECT_LE(longest, milliseconds(330s));
}

TEST(DeliveryStep, TriesALastTimeWhenTheTimeIsUpAndThenFails) {
    const auto last = after(8, Outcome::refused, 60h);
    EXPECT_EQ(last.state, State::queued);
    EXPECT_EQ(last.wait, milliseconds(12h));
    const auto end = after(9, Outcome::refused, 72h);
    EXPECT_EQ(end.state, State::failed);
    EXPECT_EQ(end.error, "Why. No further attempt is made.");
}

TEST(DeliveryStep, EndsWithinTheTimeWhateverChanceSays) {
    for (const double chance : {0.0, 0.5, 0.999}) {
        Micros age{};
        int number = 1;
        for (;; ++number) {
            const auto end = step({.number = number, .age = age}, {.outcome = Outcome::not_sent}, kSchedule, chance);
            if (end.state == State::failed) {
                break;
            }
            age += *end.wait;
            ASSERT_LT(number, 20);
        }
        EXPECT_EQ(age, Micros(72h));
        EXPECT_GE(number, 9);
    }
}

TEST(DeliveryStep, WaitsAsLongAsTheReceiverAsksButNeverLessThanPlanned) {
    const Attempt attempt{.number = 1, .age = 1s};
    EXPECT_EQ(step(attempt, {.outcome = Outcome::refused, .retry_after = 120s}, kSchedule, kMiddle).wait,
              milliseconds(120s));
    EXPECT_EQ(step(attempt, {.outcome = Outcome::refused, .retry_after = 1s}, kSchedule, kMiddle).wait,
              milliseconds(5s));
    EXPECT_EQ(step(attempt, {.outcome = Outcome::refused, .retry_after = 240h}, kSchedule, kMiddle).wait,
              milliseconds(24h));
}

TEST(DeliveryStep, KeepsTheConfiguredBounds) {
    const Schedule quick{.first = 10ms, .longest = 50ms, .give_up_after = 1min};
    EXPECT_EQ(step({.number = 1}, {.outcome = Outcome::refused}, quick, kMiddle).wait, milliseconds(10ms));
    EXPECT_EQ(step({.number = 2}, {.outcome = Outcome::refused}, quick, kMiddle).wait, milliseconds(50ms));
    const Schedule slow{.first = 10min, .longest = 24h, .give_up_after = 72h};
    EXPECT_EQ(step({.number = 2}, {.outcome = Outcome::refused}, slow, kMiddle).wait, milliseconds(10min));
}

}  // namespace
}  // namespace lupaus::desk::delivery
