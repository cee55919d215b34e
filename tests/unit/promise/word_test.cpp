// The word that an agent gave: its ladder, and its place among what is owed.
#include "tests/unit/promise/promise_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::promise {
namespace {

Promise word_due_in(Micros time) {
    Promise word;
    word.opened_at = kOpened;
    word.due_at = kOpened + time;
    arm_word(word, kLadder);
    return word;
}

TEST(ArmWord, ItIsACommitmentOfAnAgent) {
    const auto word = word_due_in(1h);
    EXPECT_EQ(word.kind, Kind::commitment);
    EXPECT_EQ(word.source, Source::agent);
    EXPECT_EQ(word.waiting_since, kOpened);
    EXPECT_EQ(word.first_due_at, word.due_at);
    EXPECT_TRUE(word.policy.is_nil());
}

TEST(ArmWord, WarnsWhenThreeQuartersOfTheTimeAreUsedAndNotAtTheOpening) {
    EXPECT_EQ(word_due_in(4h).warn_at, kOpened + 3h);
    EXPECT_EQ(word_due_in(4h).next_alert_at, kOpened + 3h);
    EXPECT_GT(word_due_in(2us).warn_at, kOpened);
}

TEST(ArmWord, TheLadderFollowsTheTimeButNotForDays) {
    EXPECT_EQ(word_due_in(1h).leads_at, kOpened + 90min);
    EXPECT_EQ(word_due_in(1h).account_at, kOpened + 2h);
    EXPECT_EQ(word_due_in(120h).leads_at, kOpened + 121h);
    EXPECT_EQ(word_due_in(120h).account_at, kOpened + 124h);
}

TEST(ArmWord, AChainKeepsWhatWasPromisedFirst) {
    Promise next;
    next.opened_at = kOpened;
    next.due_at = kOpened + 5h;
    next.first_due_at = kOpened - 1h;
    arm_word(next, kLadder);
    EXPECT_EQ(next.first_due_at, kOpened - 1h);
}

TEST(RankOf, IsTheDueTimeOrADayAfterTheWaitBegan) {
    Promise promise;
    promise.waiting_since = kOpened;
    promise.opened_at = kOpened + 1h;
    EXPECT_EQ(rank_of(promise), kOpened + 24h);
    promise.due_at = kOpened + 48h;
    EXPECT_EQ(rank_of(promise), kOpened + 48h);
}

TEST(BotSeconds, IsHowLongTheWaitWasABots) {
    Promise promise;
    promise.waiting_since = kOpened;
    promise.opened_at = kOpened;
    EXPECT_EQ(bot_seconds(promise), 0);
    promise.opened_at = kOpened + 90500ms;
    EXPECT_EQ(bot_seconds(promise), 90.5);
}

}  // namespace
}  // namespace lupaus::desk::promise
