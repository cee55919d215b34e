// Bots on paper: what begins with them, what they lose, and what the desk owes then.
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const desk::TokenId kBot = desk::TokenId::make();

class RouteBot : public ::testing::Test {
protected:
    RouteBot() {
        desk.options.bot_silence = 2min;
        desk.snapshot.channels.at(desk.channel).bot = kBot;
        maija = desk.add_agent();
    }

    // Held by the bot since then, the customer waiting for a word of it.
    Conversation& held_since(Timestamp waiting_since, std::optional<Timestamp> asked_at = kNow - 5min) {
        auto& c = desk.add_conversation();
        c.bot = kBot;
        c.waiting_since = waiting_since;
        c.bot_asked_at = asked_at;
        return c;
    }

    PaperDesk desk;
    AgentId maija;
};

// ---- what begins with the bot

TEST_F(RouteBot, ANewConversationIsItsAndNothingIsOwed) {
    desk.add_policy(PromiseKind::first_reply, 2h);
    desk.say();
    const auto changes = desk.route();
    const auto& c = only_new(changes);
    EXPECT_EQ(c.bot, kBot);
    EXPECT_EQ(c.waiting_since, kNow);
    EXPECT_EQ(c.bot_asked_at, kNow);
    EXPECT_FALSE(c.owed || c.rank_at);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_THAT(happened(changes), ElementsAre("conversation.created", "message.created"));
    ASSERT_THAT(changes.silences, SizeIs(1));
    EXPECT_EQ(changes.silences.front().at, kNow + 2min);
}

TEST_F(RouteBot, AMessageThatWasLongUnderWayIsAskedNow) {
    desk.say({.occurred_at = kNow - 1h, .received_at = kNow - 30min});
    const auto changes = desk.route();
    EXPECT_EQ(only_new(changes).waiting_since, kNow - 1h);
    EXPECT_EQ(only_new(changes).bot_asked_at, kNow) << "before, the bot could not know of it";
}

TEST_F(RouteBot, AskingAgainMovesNothing) {
    held_since(kNow - 1min, kNow - 1min);
    desk.say();
    const auto changes = desk.route();
    const auto& c = only_conversation(changes).conversation;
    EXPECT_EQ(c.waiting_since, kNow - 1min);
    EXPECT_EQ(c.bot_asked_at, kNow - 1min);
    EXPECT_THAT(changes.silences, IsEmpty()) << "the first one's is set";
    EXPECT_THAT(changes.promises, IsEmpty());
}

TEST_F(RouteBot, AfterItsAnswerTheWaitGoesOnAndItIsAskedAnew) {
    held_since(kNow - 10min, std::nullopt);
    desk.say();
    const auto changes = desk.route();
    const auto& c = only_conversation(changes).conversation;
    EXPECT_EQ(c.waiting_since, kNow - 10min) << "a bot's answer ends no wait";
    EXPECT_EQ(c.bot_asked_at, kNow);
    EXPECT_THAT(changes.silences, SizeIs(1));
}

TEST_F(RouteBot, AMessageThatWasSaidBeforeBeginsTheWaitEarlier) {
    held_since(kNow - 1min, std::nullopt);
    desk.say({.occurred_at = kNow - 1h});
    const auto changes = desk.route();
    EXPECT_EQ(only_conversation(changes).conversation.waiting_since, kNow - 1h);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.moved, IsEmpty());
}

TEST_F(RouteBot, AfterTheHandoverItBeginsTheWaitEarlierAndMovesNoTime) {
    desk.add_policy(PromiseKind::first_reply, 2h);
    const auto id = held_since(kNow - 10min).id;
    desk.command(Kind::bot_silent, id.value);
    desk.say({.occurred_at = kNow - 1h});
    const auto changes = desk.route();
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises.front().waiting_since, kNow - 1h);
    EXPECT_EQ(changes.promises.front().opened_at, kNow - 3min);
    EXPECT_EQ(changes.promises.front().due_at, kNow - 3min + 2h);
}

TEST_F(RouteBot, AWordThatIsOwedBesideItMakesItNobodysWork) {
    auto& c = held_since(kNow - 10min, std::nullopt);
    Promise word;
    word.id = desk::PromiseId::make();
    word.kind = PromiseKind::commitment;
    word.due_at = kNow + 1h;
    desk::conversation::owe_word(c, word);
    desk.say();
    desk.command(Kind::wake, c.id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, c.id).bot, kBot);
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_THAT(changes.nobody, IsEmpty());
}

TEST_F(RouteBot, AReopenedConversationBeginsWithItAndIsNobodys) {
    desk.add_conversation({.state = State::resolved, .assignee = maija, .resolved_at = kNow - 1h});
    desk.say();
    const auto changes = desk.route();
    const auto& c = only_conversation(changes).conversation;
    EXPECT_EQ(c.bot, kBot);
    EXPECT_EQ(c.state, State::open);
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_EQ(c.previous_agent, maija);
    EXPECT_THAT(changes.returned, IsEmpty()) << "resolved it cost nothing";
    EXPECT_THAT(changes.promises, IsEmpty());
}

TEST_F(RouteBot, WhatTheDeskHasStaysWithTheDesk) {
    for (const auto state : {State::open, State::pending}) {
        PaperDesk other;
        other.options.bot_silence = 2min;
        other.snapshot.channels.at(other.channel).bot = kBot;
        other.add_conversation({.state = state});
        other.say();
        const auto changes = other.route();
        EXPECT_TRUE(only_conversation(changes).conversation.bot.is_nil());
        EXPECT_THAT(changes.promises, SizeIs(1));
    }
}

// A refused reply made the wait go on; the desk owes it, though the conversation was resolved.
TEST_F(RouteBot, AResolvedConversationThatIsOwedStaysWithTheDesk) {
    desk.add_conversation({.state = State::resolved, .waiting_since = kNow - 1h, .resolved_at = kNow - 1h});
    desk.say();
    EXPECT_TRUE(only_conversation(desk.route()).conversation.bot.is_nil());
}

TEST_F(RouteBot, HistoryAndBlockedSendersAreNoBots) {
    desk.snapshot.channels.at(desk.channel).live_since = kNow - 1h;
    desk.say({.occurred_at = kNow - 2h});
    EXPECT_TRUE(only_new(desk.route()).bot.is_nil());
    desk.add_contact("spammer", true);
    desk.say({.sender = "spammer"});
    EXPECT_TRUE(only_new(desk.route()).bot.is_nil());
}

// ---- what it loses

TEST_F(RouteBot, SilenceGivesTheConversationToTheDesk) {
    desk.add_policy(PromiseKind::first_reply, 2h);
    const auto id = held_since(kNow - 10min, kNow - 5min).id;
    desk.command(Kind::bot_silent, id.value);
    const auto changes = desk.route();
    const auto& c = after(changes, id);
    EXPECT_TRUE(c.bot.is_nil());
    EXPECT_FALSE(c.bot_asked_at);
    EXPECT_EQ(c.waiting_since, kNow - 10min) << "with bot time";
    ASSERT_THAT(changes.promises, SizeIs(1));
    const auto& promise = changes.promises.front();
    EXPECT_EQ(promise.kind, PromiseKind::first_reply);
    EXPECT_EQ(promise.waiting_since, kNow - 10min);
    EXPECT_EQ(promise.opened_at, kNow - 3min) << "two minutes after the question, not when somebody looked";
    EXPECT_EQ(promise.due_at, kNow - 3min + 2h);
    EXPECT_EQ(assignee(changes, id), maija);
    EXPECT_THAT(happened(changes), ElementsAre("conversation.handed_over", "promise.opened"));
    EXPECT_THAT(changes.happenings.front().extra, ::testing::HasSubstr(R"("reason":"silence")"));
    EXPECT_THAT(changes.handovers, ElementsAre("silence"));
}

TEST_F(RouteBot, WhatItHadPutAsideIsOpenAgain) {
    auto& c = held_since(kNow - 10min);
    c.state = State::pending;
    const auto id = c.id;
    desk.command(Kind::bot_silent, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).state, State::open);
    EXPECT_EQ(assignee(changes, id), maija);
}

TEST_F(RouteBot, ABotThatAnsweredMeanwhileKeepsIt) {
    const auto id = held_since(kNow - 10min, std::nullopt).id;
    desk.command(Kind::bot_silent, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).bot, kBot);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.silences, IsEmpty());
}

TEST_F(RouteBot, AskedAnewMeanwhileItIsGivenItsTime) {
    const auto id = held_since(kNow - 10min, kNow - 90s).id;
    desk.command(Kind::bot_silent, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).bot, kBot);
    ASSERT_THAT(changes.silences, SizeIs(1));
    EXPECT_EQ(changes.silences.front().at, kNow + 30s);
}

TEST_F(RouteBot, ABusyConversationIsHandedOverLater) {
    const auto id = held_since(kNow - 10min).id;
    desk.make_busy(id);
    desk.command(Kind::bot_silent, id.value);
    EXPECT_THAT(desk.route().deferred, SizeIs(1));
    desk.command(Kind::bot_silent, make_uuid_v7());
    EXPECT_THAT(desk.route().deferred, IsEmpty()) << "what is not there is nobody's to hand over";
}

TEST_F(RouteBot, ARevokedTokenLosesAllThatItHas) {
    const auto first = held_since(kNow - 10min).id;
    const auto second = held_since(kNow - 20min, std::nullopt).id;
    desk.snapshot.of_bots[kBot] = {first, second};
    desk.command(Kind::bot_gone, kBot.value);
    const auto changes = desk.route();
    for (const auto id : {first, second}) {
        EXPECT_TRUE(after(changes, id).bot.is_nil());
        EXPECT_EQ(assignee(changes, id), maija);
    }
    ASSERT_THAT(changes.promises, SizeIs(2));
    EXPECT_EQ(changes.promises.front().opened_at, kNow);
    EXPECT_THAT(changes.handovers, ElementsAre("ended", "ended"));
}

TEST_F(RouteBot, WithNobodyWaitingNothingIsOwed) {
    auto& c = held_since(kNow, std::nullopt);
    c.waiting_since.reset();
    const auto id = c.id;
    desk.snapshot.of_bots[kBot] = {id};
    desk.command(Kind::bot_gone, kBot.value);
    const auto changes = desk.route();
    EXPECT_TRUE(after(changes, id).bot.is_nil());
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.assignments, IsEmpty());
}

}  // namespace
}  // namespace lupaus::router
