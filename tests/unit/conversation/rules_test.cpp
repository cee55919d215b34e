#include "services/desk/conversation/rules.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lupaus::desk::conversation {
namespace {

using namespace std::chrono_literals;

const Timestamp kSince{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h};

promise::Promise owed(std::optional<Timestamp> due_at) {
    promise::Promise promise;
    promise.id = PromiseId::make();
    promise.kind = promise::Kind::next_reply;
    promise.waiting_since = kSince;
    promise.opened_at = kSince + 2min;
    promise.due_at = due_at;
    return promise;
}

TEST(Owe, ShowsThePromiseOnTheConversation) {
    Conversation c;
    c.begun = true;
    const auto promise = owed(kSince + 1h);
    owe(c, promise);
    EXPECT_EQ(c.waiting_since, kSince);
    ASSERT_TRUE(c.owed);
    EXPECT_EQ(c.owed->id, promise.id);
    EXPECT_EQ(c.owed->kind, 1);
    EXPECT_EQ(c.owed->opened_at, kSince + 2min);
    EXPECT_EQ(c.owed->due_at, kSince + 1h);
    EXPECT_FALSE(c.begun) << "nobody has done anything in this wait yet";
}

TEST(Owe, WorkIsOrderedByItsDueTime) {
    Conversation c;
    owe(c, owed(kSince + 1h));
    EXPECT_EQ(c.rank_at, kSince + 1h);
}

TEST(Owe, WithoutADueTimeAsIfItWereDueAfterADay) {
    Conversation c;
    owe(c, owed(std::nullopt));
    EXPECT_EQ(c.rank_at, kSince + 24h);
    EXPECT_EQ(c.owed->due_at, std::nullopt);
}

TEST(EndWait, LeavesNoTraceOfTheWait) {
    Conversation c;
    owe(c, owed(kSince + 1h));
    end_wait(c);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_FALSE(c.owed);
    EXPECT_FALSE(c.rank_at);
}

// ---- words beside the wait

promise::Promise word(Timestamp due_at) {
    auto given = owed(due_at);
    given.kind = promise::Kind::commitment;
    return given;
}

TEST(OweWord, StartsNoWait) {
    Conversation c;
    c.begun = true;
    const auto given = word(kSince + 1h);
    owe_word(c, given);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_EQ(c.owed->id, given.id);
    EXPECT_EQ(c.owed->kind, 4);
    EXPECT_EQ(c.rank_at, kSince + 1h);
    EXPECT_TRUE(c.begun);
}

TEST(OweWord, ShownIsWhateverIsDueFirst) {
    Conversation c;
    const auto wait = owed(kSince + 2h);
    owe(c, wait);
    owe_word(c, word(kSince + 3h));
    EXPECT_EQ(c.owed->id, wait.id);
    EXPECT_EQ(c.rank_at, kSince + 2h);
    const auto sooner = word(kSince + 1h);
    owe_word(c, sooner);
    EXPECT_EQ(c.owed->id, sooner.id);
    EXPECT_EQ(c.rank_at, kSince + 1h);
    EXPECT_EQ(c.waiting_since, kSince);
}

TEST(Owe, AWaitWithoutADueTimeRanksBesideAWordThatHasOne) {
    Conversation c;
    const auto given = word(kSince + 72h);
    owe_word(c, given);
    owe(c, owed(std::nullopt));
    EXPECT_EQ(c.owed->id, given.id) << "the promise next due";
    EXPECT_EQ(c.rank_at, kSince + 24h) << "the most urgent of all";
}

TEST(EndWait, TheWordNextDueIsShown) {
    Conversation c;
    owe(c, owed(kSince + 1h));
    const Owed next{.id = PromiseId::make(), .kind = 4, .opened_at = kSince, .due_at = kSince + 5h};
    end_wait(c, next);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_EQ(c.owed->id, next.id);
    EXPECT_EQ(c.rank_at, kSince + 5h);
}

TEST(OweEarlier, AWordThatIsDueBeforeStaysWhatIsShown) {
    Conversation c;
    auto wait = owed(kSince + 4h);
    owe(c, wait);
    const auto given = word(kSince + 1h);
    owe_word(c, given);
    c.begun = true;
    wait.waiting_since = wait.opened_at = kSince - 1h;
    wait.due_at = kSince + 2h;
    owe_earlier(c, wait);
    EXPECT_EQ(c.waiting_since, kSince - 1h);
    EXPECT_EQ(c.owed->id, given.id);
    EXPECT_EQ(c.rank_at, kSince + 1h);
    EXPECT_TRUE(c.begun) << "it is the same wait";
    wait.due_at = kSince + 30min;
    owe_earlier(c, wait);
    EXPECT_EQ(c.owed->id, wait.id);
    EXPECT_EQ(c.rank_at, kSince + 30min);
    wait.due_at = kSince + 20min;
    owe_earlier(c, wait);
    EXPECT_EQ(c.owed->due_at, kSince + 20min);
    EXPECT_EQ(c.rank_at, kSince + 20min);
}

// ---- bots

TEST(Bot, HasAConversationThatIsNobodysElse) {
    Conversation c;
    const auto maija = AgentId::make();
    c.assignee = maija;
    c.begun = true;
    EXPECT_FALSE(is_held_by_bot(c));
    const auto bot = TokenId::make();
    give_to_bot(c, bot);
    EXPECT_TRUE(is_held_by_bot(c));
    EXPECT_EQ(c.bot, bot);
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_EQ(c.previous_agent, maija);
    EXPECT_FALSE(c.begun);
    give_to_bot(c, bot);
    EXPECT_EQ(c.previous_agent, maija) << "nobody had it since";
}

TEST(Bot, IsAskedOnceUntilItAnswersAndTheWaitGoesOnAfterIt) {
    Conversation c;
    give_to_bot(c, TokenId::make());
    ask_bot(c, kSince, kSince + 1s);
    ask_bot(c, kSince + 1min, kSince + 1min);
    EXPECT_EQ(c.waiting_since, kSince);
    EXPECT_EQ(c.bot_asked_at, kSince + 1s);
    ask_bot(c, kSince - 1h, kSince + 2min);
    EXPECT_EQ(c.waiting_since, kSince - 1h) << "said before, though it came later";
    EXPECT_EQ(c.bot_asked_at, kSince + 1s);
    take_from_bot(c);
    EXPECT_FALSE(is_held_by_bot(c));
    EXPECT_FALSE(c.bot_asked_at);
    EXPECT_EQ(c.waiting_since, kSince - 1h);
}

TEST(IsOffered, WhatIsOpenAndNobodysAndOwed) {
    Conversation c;
    EXPECT_FALSE(is_offered(c));
    owe(c, owed(kSince + 1h));
    EXPECT_TRUE(is_offered(c));
    auto other = c;
    other.state = State::pending;
    EXPECT_FALSE(is_offered(other));
    other = c;
    other.assignee = AgentId::make();
    EXPECT_FALSE(is_offered(other));
    other = c;
    give_to_bot(other, TokenId::make());
    EXPECT_FALSE(is_offered(other));
}

TEST(OweThese, IsWhatTheOneByOneWouldShow) {
    const auto wait = owed(std::nullopt);
    const std::vector open{word(kSince + 90h), wait, word(kSince + 72h)};
    Conversation c;
    c.waiting_since = kSince;
    owe_these(c, open);
    EXPECT_EQ(c.owed->id, open[2].id);
    EXPECT_EQ(c.rank_at, kSince + 24h);
    EXPECT_EQ(c.waiting_since, kSince);
    owe_these(c, {});
    EXPECT_FALSE(c.owed);
    EXPECT_FALSE(c.rank_at);
}

TEST(CountsForAssignee, OnlyOpenConversationsCost) {
    Conversation c;
    EXPECT_FALSE(counts_for_assignee(c)) << "nobody has it";
    c.assignee = AgentId::make();
    EXPECT_TRUE(counts_for_assignee(c));
    for (const auto state : {State::pending, State::snoozed, State::resolved}) {
        c.state = state;
        EXPECT_FALSE(counts_for_assignee(c)) << to_string(state);
    }
}

}  // namespace
}  // namespace lupaus::desk::conversation
