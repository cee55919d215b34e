#include "services/desk/webhook/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::webhook {
namespace {

using namespace std::chrono_literals;
using delivery::Outcome;

constexpr delivery::Schedule kSchedule{.first = 5s, .longest = 24h, .give_up_after = 72h};
constexpr double kMiddle = 0.5;  // no jitter
constexpr Timestamp kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

Trial trial(Outcome outcome, std::optional<std::chrono::seconds> retry_after = std::nullopt, bool is_ping = false) {
    return {.attempt = {.number = 1, .age = 1s},
            .report = {.outcome = outcome, .retry_after = retry_after, .detail = "No."},
            .is_ping = is_ping};
}

Verdict judge_at(const Breaker& breaker, const Trial& ended, Timestamp now, double chance = kMiddle) {
    return judge(breaker, ended, kSchedule, {.now = now, .chance = chance});
}

Breaker after_failures(int count, Timestamp now = kNow) {
    Breaker breaker;
    for (int i = 0; i < count; ++i) {
        breaker = judge_at(breaker, trial(Outcome::refused), now).breaker;
    }
    return breaker;
}

TEST(WebhookBreaker, OpensAfterFiveFailuresInARow) {
    const auto four = after_failures(4);
    EXPECT_EQ(four.failures, 4);
    EXPECT_EQ(phase(four, kNow), "closed");
    const auto five = after_failures(5);
    EXPECT_EQ(five.open_until, kNow + 30s);
    EXPECT_EQ(five.trips, 1);
    EXPECT_EQ(phase(five, kNow), "open");
    EXPECT_EQ(phase(five, kNow + 30s), "half_open");
}

TEST(WebhookBreaker, ASuccessInBetweenBeginsAnew) {
    const auto breaker = judge_at(after_failures(4), trial(Outcome::accepted), kNow).breaker;
    EXPECT_EQ(breaker, Breaker{});
    EXPECT_FALSE(judge_at(breaker, trial(Outcome::refused), kNow).breaker.open_until);
}

TEST(WebhookBreaker, EveryKindOfFailureCountsButOurOwn) {
    for (const auto outcome : {Outcome::refused, Outcome::not_sent, Outcome::unknown, Outcome::gone}) {
        EXPECT_EQ(judge_at({}, trial(outcome), kNow).breaker.failures, 1) << to_string(outcome);
    }
    EXPECT_EQ(judge_at({}, trial(Outcome::called_off), kNow).breaker, Breaker{});
}

TEST(WebhookBreaker, WhatMayNotBeCalledOpensItAtOnce) {
    const auto breaker = judge_at({}, trial(Outcome::impossible), kNow).breaker;
    EXPECT_EQ(breaker.open_until, kNow + 30s);
}

TEST(WebhookBreaker, AttemptsThatBeganBeforeItOpenedDoNotOpenItFurther) {
    const auto eight = after_failures(8);
    EXPECT_EQ(eight.open_until, kNow + 30s);
    EXPECT_EQ(eight.trips, 1);
    EXPECT_EQ(eight.failures, 8);
}

TEST(WebhookBreaker, TheAttemptThatDecidesOpensItLongerOrClosesIt) {
    auto breaker = after_failures(5);
    auto now = kNow;
    for (const auto pause : {1min, 2min, 4min, 8min, 15min, 15min}) {
        now = *breaker.open_until;
        breaker = judge_at(breaker, trial(Outcome::unknown), now).breaker;
        EXPECT_EQ(breaker.open_until, now + pause);
    }
    EXPECT_EQ(judge_at(breaker, trial(Outcome::accepted), *breaker.open_until).breaker, Breaker{});
}

TEST(WebhookBreaker, ManyTripsDoNotOverflow) {
    Breaker breaker{.failures = 5, .trips = 1'000'000, .failing_since = kNow, .open_until = kNow};
    EXPECT_EQ(judge_at(breaker, trial(Outcome::refused), kNow + 1s).breaker.open_until, kNow + 1s + 15min);
}

TEST(WebhookBreaker, PausesVaryByATenth) {
    const auto four = after_failures(4);
    EXPECT_EQ(judge_at(four, trial(Outcome::refused), kNow, 0).breaker.open_until, kNow + 27s);
    EXPECT_GT(judge_at(four, trial(Outcome::refused), kNow, 0.999).breaker.open_until, kNow + 32s);
}

TEST(WebhookBreaker, RetryAfterIsForTheWholeEndpoint) {
    const auto breaker = judge_at({}, trial(Outcome::refused, 90s), kNow).breaker;
    EXPECT_EQ(breaker.open_until, kNow + 90s);
    EXPECT_EQ(breaker.trips, 0);
    EXPECT_EQ(judge_at(breaker, trial(Outcome::refused, 30s), kNow).breaker.open_until, kNow + 90s);
    EXPECT_EQ(judge_at({}, trial(Outcome::refused, 240h), kNow).breaker.open_until, kNow + 24h);
}

TEST(WebhookBreaker, ASuccessUnderWayDoesNotCutAPauseShort) {
    const auto waiting = judge_at({}, trial(Outcome::refused, 90s), kNow).breaker;
    const auto still = judge_at(waiting, trial(Outcome::accepted), kNow + 1s).breaker;
    EXPECT_EQ(still.open_until, kNow + 90s);
    EXPECT_EQ(still.failures, 0);
    EXPECT_EQ(judge_at(still, trial(Outcome::accepted), kNow + 90s).breaker, Breaker{});
}

TEST(WebhookBreaker, APingThatArrivesClosesIt) {
    EXPECT_EQ(judge_at(after_failures(5), trial(Outcome::accepted, {}, true), kNow + 1s).breaker, Breaker{});
}

TEST(WebhookBreaker, GoneDisables) {
    EXPECT_EQ(judge_at({}, trial(Outcome::gone), kNow).disable, DisabledReason::gone);
    EXPECT_FALSE(judge_at({}, trial(Outcome::refused), kNow).disable);
}

TEST(WebhookBreaker, NothingButFailuresForThreeDaysDisables) {
    const auto breaker = after_failures(5);
    EXPECT_FALSE(judge_at(breaker, trial(Outcome::refused), kNow + 72h - 1s).disable);
    EXPECT_EQ(judge_at(breaker, trial(Outcome::refused), kNow + 72h).disable, DisabledReason::failing);
    const auto again = judge_at(breaker, trial(Outcome::accepted), kNow + 71h).breaker;
    EXPECT_FALSE(judge_at(again, trial(Outcome::refused), kNow + 72h).disable);
}

TEST(WebhookStep, FollowsTheOneSchedule) {
    const auto wait = step(trial(Outcome::refused), kSchedule, kMiddle);
    EXPECT_EQ(wait.state, State::queued);
    EXPECT_EQ(wait.wait, 5s);
    EXPECT_EQ(step(trial(Outcome::accepted), kSchedule, kMiddle).state, State::sent);
    EXPECT_EQ(step(trial(Outcome::gone), kSchedule, kMiddle).state, State::failed);
    EXPECT_EQ(step(trial(Outcome::unknown), kSchedule, kMiddle).state, State::queued) << "receivers know the id";
}

TEST(WebhookStep, WhatMayNotBeCalledIsTriedAgainUntilTheTimeIsUp) {
    auto ended = trial(Outcome::impossible);
    EXPECT_EQ(step(ended, kSchedule, kMiddle).state, State::queued);
    ended.attempt.age = 72h;
    EXPECT_EQ(step(ended, kSchedule, kMiddle).state, State::failed);
}

TEST(WebhookStep, APingIsTriedOnce) {
    EXPECT_EQ(step(trial(Outcome::refused, {}, true), kSchedule, kMiddle).state, State::failed);
    EXPECT_EQ(step(trial(Outcome::refused, {}, true), kSchedule, kMiddle).error, "No.");
    EXPECT_EQ(step(trial(Outcome::accepted, {}, true), kSchedule, kMiddle).state, State::sent);
}

}  // namespace
}  // namespace lupaus::desk::webhook
