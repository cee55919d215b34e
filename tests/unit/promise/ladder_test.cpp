#include "tests/unit/promise/promise_sample.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::promise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Reachable kEverybody{true, true, true, true};
constexpr Reachable kNobody{false, false, false, true};  // the account is always told
constexpr Reachable kLeadsOnly{false, false, true, true};

// ---- beginning earlier

TEST(BeginEarlier, EveryTimeMovesBackByAsMuchAndWhatWasRaisedStays) {
    auto promise = armed(two_hours());
    promise.level = 0;
    promise.next_alert_at = promise.due_at;
    promise.held_until = kOpened + 1h;
    begin_earlier(promise, kOpened - 30min);
    EXPECT_EQ(promise.waiting_since, kOpened - 30min);
    EXPECT_EQ(promise.opened_at, kOpened - 30min);
    EXPECT_EQ(promise.warn_at, kOpened + 60min);
    EXPECT_EQ(promise.due_at, kOpened + 90min);
    EXPECT_EQ(promise.leads_at, kOpened + 150min);
    EXPECT_EQ(promise.account_at, kOpened + 270min);
    EXPECT_EQ(promise.next_alert_at, kOpened + 90min);
    EXPECT_EQ(promise.level, 0);
    EXPECT_EQ(promise.held_until, kOpened + 1h) << "whoever took it has their time";
}

TEST(BeginEarlier, WhatHasNoTimeGetsNone) {
    auto promise = armed_without_target();
    begin_earlier(promise, kOpened - 30min);
    EXPECT_EQ(promise.due_at, std::nullopt);
    EXPECT_EQ(promise.warn_at, std::nullopt);
    EXPECT_EQ(promise.leads_at, kOpened + 210min);
    promise.next_alert_at.reset();
    begin_earlier(promise, kOpened - 60min);
    EXPECT_EQ(promise.next_alert_at, std::nullopt) << "everybody knows";
}

TEST(BeginEarlier, AfterAHandoffTheWaitIsLongerAndThePromiseIsTheSame) {
    auto promise = armed(two_hours());
    promise.waiting_since = kOpened - 10min;
    const auto before = promise;
    begin_earlier(promise, kOpened - 30min);
    EXPECT_EQ(promise.waiting_since, kOpened - 30min);
    EXPECT_EQ(promise.opened_at, kOpened) << "the handoff";
    EXPECT_EQ(level_times(promise), level_times(before));
    EXPECT_EQ(promise.next_alert_at, before.next_alert_at);
}

// ---- arming

TEST(Arm, DueIsTheTargetAfterTheOpening) {
    const auto policy = two_hours();
    const auto promise = armed(policy);
    EXPECT_EQ(promise.policy, policy.id);
    EXPECT_EQ(promise.due_at, kOpened + 2h);
    EXPECT_EQ(promise.leads_at, kOpened + 3h);
    EXPECT_EQ(promise.account_at, kOpened + 5h);
}

TEST(Arm, WarnsWhenThreeQuartersOfTheTimeAreUsed) {
    const auto promise = armed(two_hours());
    EXPECT_EQ(promise.warn_at, kOpened + 90min);
    EXPECT_EQ(promise.next_alert_at, promise.warn_at);
}

TEST(Arm, AnotherShareWarnsEarlier) {
    const auto policy = two_hours();
    Promise promise;
    promise.opened_at = kOpened;
    arm(promise, &policy, {.warn_share = 0.5, .silent_after = {}, .acknowledge_hold = {}});
    EXPECT_EQ(promise.warn_at, kOpened + 1h);
}

TEST(Arm, ALeadTimeOfThePolicyReplacesTheShare) {
    auto policy = two_hours();
    policy.warn_lead = 10min;
    EXPECT_EQ(armed(policy).warn_at, kOpened + 110min);
}

TEST(Arm, NeverWarnsAtTheOpening) {
    auto policy = two_hours();
    policy.warn_lead = 2h;
    const auto promise = armed(policy);
    EXPECT_EQ(promise.warn_at, std::nullopt);
    EXPECT_EQ(promise.next_alert_at, promise.due_at);
    policy.warn_lead = 3h;
    EXPECT_EQ(armed(policy).warn_at, std::nullopt);
}

TEST(Arm, WithoutATargetOnlyALongSilenceIsTold) {
    const auto promise = armed_without_target();
    EXPECT_TRUE(promise.policy.is_nil());
    EXPECT_EQ(promise.due_at, std::nullopt);
    EXPECT_EQ(promise.warn_at, std::nullopt);
    EXPECT_EQ(promise.account_at, std::nullopt);
    EXPECT_EQ(promise.leads_at, kOpened + 4h);
    EXPECT_EQ(promise.next_alert_at, kOpened + 4h);
}

// ---- climbing

void expect_raise(const Raise& raise, std::optional<int> level, std::vector<int> superseded,
                  std::optional<Timestamp> next) {
    EXPECT_EQ(raise.level, level);
    EXPECT_EQ(raise.superseded, superseded);
    EXPECT_EQ(raise.next, next);
}

TEST(RaiseDue, BeforeTheWarningThereIsNothing) {
    const auto promise = armed(two_hours());
    expect_raise(raise_due(promise, *promise.warn_at - 1us, kEverybody), {}, {}, promise.warn_at);
}

TEST(RaiseDue, OneLevelAtATimeEachAtItsTime) {
    auto promise = armed(two_hours());
    const std::array times{*promise.warn_at, *promise.due_at, *promise.leads_at, *promise.account_at};
    for (int level = 0; level < kLevels; ++level) {
        const auto place = static_cast<std::size_t>(level);
        const auto raise = raise_due(promise, times[place], kEverybody);
        const auto next = level + 1 < kLevels ? std::optional(times[place + 1]) : std::nullopt;
        expect_raise(raise, level, {}, next);
        promise.level = level;
    }
    expect_raise(raise_due(promise, times[3] + 24h, kEverybody), {}, {}, {});
}

TEST(RaiseDue, ALevelThatWasRaisedIsNotRaisedAgain) {
    auto promise = armed(two_hours());
    promise.level = 1;
    expect_raise(raise_due(promise, *promise.leads_at - 1us, kEverybody), {}, {}, promise.leads_at);
}

TEST(RaiseDue, OfLevelsThatFellDueTogetherTheHighestFires) {
    const auto promise = armed(two_hours());
    expect_raise(raise_due(promise, *promise.due_at + 1min, kEverybody), 1, {0}, promise.leads_at);
    expect_raise(raise_due(promise, *promise.account_at + 1min, kEverybody), 3, {0, 1, 2}, {});
}

TEST(RaiseDue, ALevelWithoutATimeIsLeftOut) {
    auto policy = two_hours();
    policy.warn_lead = 2h;
    const auto promise = armed(policy);
    expect_raise(raise_due(promise, *promise.due_at, kEverybody), 1, {}, promise.leads_at);
}

TEST(RaiseDue, ALevelWhoseRecipientIsNotOnlinePassesOnAtOnce) {
    const auto promise = armed(two_hours());
    expect_raise(raise_due(promise, *promise.warn_at, kLeadsOnly), 2, {0, 1}, promise.due_at);
}

TEST(RaiseDue, PassesOnUpToTheAccountWhichIsAlwaysTold) {
    const auto promise = armed(two_hours());
    expect_raise(raise_due(promise, *promise.warn_at, kNobody), 3, {0, 1, 2}, promise.due_at);
}

TEST(RaiseDue, ALadderThatWasClimbedEarlyIsLookedAtWhenItFallsDueAndRaisesNothingThen) {
    auto promise = armed(two_hours());
    promise.level = 3;
    expect_raise(raise_due(promise, *promise.due_at, kNobody), {}, {}, {});
    promise.level = 2;
    expect_raise(raise_due(promise, *promise.due_at, kEverybody), {}, {}, promise.account_at);
}

TEST(RaiseDue, DoesNotPassOnBeforeAnythingIsDue) {
    const auto promise = armed(two_hours());
    expect_raise(raise_due(promise, *promise.warn_at - 1us, kNobody), {}, {}, promise.warn_at);
}

TEST(RaiseDue, ASilenceGoesToTheLeadsAndStopsThere) {
    const auto promise = armed_without_target();
    expect_raise(raise_due(promise, *promise.leads_at, kEverybody), 2, {}, {});
}

TEST(RaiseDue, ASilenceThatNoLeadHearsGoesToTheAccountThoughItHasNoTimeForIt) {
    const auto promise = armed_without_target();
    expect_raise(raise_due(promise, *promise.leads_at, kNobody), 3, {2}, {});
}

// ---- what it is said to be

TEST(RaiseDue, IsDueSoonFromTheWarningOnAndSaysSoOnce) {
    auto promise = armed(two_hours());
    EXPECT_FALSE(raise_due(promise, *promise.warn_at - 1us, kEverybody).is_due_soon);
    EXPECT_TRUE(raise_due(promise, *promise.warn_at, kEverybody).is_due_soon);
    EXPECT_TRUE(raise_due(promise, *promise.warn_at, kNobody).is_due_soon) << "whoever is told of it";
    promise.level = 0;
    EXPECT_FALSE(raise_due(promise, *promise.warn_at + 1min, kEverybody).is_due_soon);
}

TEST(RaiseDue, WhatIsOverdueIsNotDueSoon) {
    const auto promise = armed(two_hours());
    EXPECT_TRUE(raise_due(promise, *promise.due_at - 1us, kEverybody).is_due_soon);
    EXPECT_FALSE(raise_due(promise, *promise.due_at, kEverybody).is_due_soon);
}

TEST(RaiseDue, WithoutAWarningOrATargetNothingIsDueSoon) {
    auto policy = two_hours();
    policy.warn_lead = 2h;
    const auto unwarned = armed(policy);
    EXPECT_FALSE(raise_due(unwarned, *unwarned.due_at - 1us, kEverybody).is_due_soon);
    const auto untargeted = armed_without_target();
    EXPECT_FALSE(raise_due(untargeted, *untargeted.leads_at, kEverybody).is_due_soon);
}

// ---- holding

TEST(RaiseDue, AHeldLadderIsLookedAtWhenItFallsDue) {
    auto promise = armed(two_hours());
    promise.level = 0;
    promise.held_until = *promise.due_at + 10min;
    expect_raise(raise_due(promise, *promise.due_at - 1min, kEverybody), {}, {}, promise.due_at);
}

TEST(RaiseDue, AnAcknowledgedLadderWaitsForTheEndOfItsHold) {
    auto promise = armed(two_hours());
    promise.level = 0;
    promise.held_until = *promise.due_at + 10min;
    expect_raise(raise_due(promise, *promise.due_at, kEverybody), {}, {}, promise.held_until);
    expect_raise(raise_due(promise, *promise.held_until, kEverybody), 1, {}, promise.leads_at);
}

TEST(RaiseDue, WhatFellDueDuringAHoldBecomesOneAlert) {
    auto promise = armed(two_hours());
    promise.level = 0;
    promise.held_until = *promise.leads_at + 5min;
    expect_raise(raise_due(promise, *promise.held_until, kEverybody), 2, {1}, promise.account_at);
}

TEST(HoldLength, AQuarterOfAnHourOrHalfOfThePromisesTimeWhicheverIsShorter) {
    EXPECT_EQ(hold_length(armed(two_hours()), kLadder), 15min);
    auto policy = two_hours();
    policy.target = 30min;
    EXPECT_EQ(hold_length(armed(policy), kLadder), 15min);
    policy.target = 10min;
    EXPECT_EQ(hold_length(armed(policy), kLadder), 5min);
    policy.target = 1s;
    EXPECT_EQ(hold_length(armed(policy), kLadder), 500ms);
}

TEST(HoldLength, WithoutATargetTheWholeQuarterOfAnHour) {
    EXPECT_EQ(hold_length(armed_without_target(), kLadder), 15min);
}

TEST(LevelTimes, AreInTheOrderOfTheLevels) {
    const auto promise = armed(two_hours());
    EXPECT_THAT(level_times(promise),
                ElementsAre(promise.warn_at, promise.due_at, promise.leads_at, promise.account_at));
}

// ---- a property: however the watcher looks, no level is lost and none fires twice

TEST(RaiseDue, EveryLevelIsStoredOnceHoweverRarelyTheWatcherLooks) {
    for (const auto step : {1min, 7min, 45min, 130min, 600min}) {
        auto promise = armed(two_hours());
        std::vector<int> stored;
        for (auto now = kOpened; now <= kOpened + 24h; now += step) {
            if (!promise.next_alert_at || now < *promise.next_alert_at) {
                continue;
            }
            const auto raise = raise_due(promise, now, kEverybody);
            stored.insert(stored.end(), raise.superseded.begin(), raise.superseded.end());
            ASSERT_TRUE(raise.level) << "it was claimed because something is due";
            stored.push_back(*raise.level);
            promise.level = *raise.level;
            promise.next_alert_at = raise.next;
        }
        EXPECT_THAT(stored, ElementsAre(0, 1, 2, 3)) << step.count();
        EXPECT_EQ(promise.next_alert_at, std::nullopt);
    }
}

}  // namespace
}  // namespace lupaus::desk::promise
