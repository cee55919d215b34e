#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---- drain

TEST(RouteDrain, OffersWhatWaitsToWhoHasRoom) {
    PaperDesk desk;
    const auto later = desk.add_waiting(kNow + 2h).id;
    const auto soon = desk.add_waiting(kNow + 1h).id;
    const auto maija = desk.add_agent({.capacity = 1});
    desk.command(Kind::drain);
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes, soon), maija);
    EXPECT_TRUE(assignee(changes, later).is_nil());
    EXPECT_THAT(changes.happenings, IsEmpty());
}

TEST(RouteDrain, ChangesNothingWhereNothingWaits) {
    PaperDesk desk;
    desk.add_agent();
    desk.command(Kind::drain);
    const auto changes = desk.route();
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_THAT(changes.conversations, IsEmpty());
}

TEST(RouteDrain, WhatStaysUnassignedIsNotWritten) {
    PaperDesk desk;
    const auto id = desk.add_waiting(kNow).id;
    desk.command(Kind::drain);
    const auto changes = desk.route();
    EXPECT_THAT(changes.nobody, ElementsAre(id));
    EXPECT_FALSE(changes.conversations.contains(id) && changes.conversations.at(id).is_changed);
}

// ---- wake

TEST(RouteWake, ASnoozeThatEndedGoesBackToItsAgent) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.capacity = 1, .load = 1});
    const auto id = desk.add_conversation({.state = State::snoozed,
                                           .assignee = maija,
                                           .waiting_since = kNow - 1h,
                                           .snoozed_until = kNow,
                                           .weight = 3})
                        .id;
    desk.command(Kind::wake, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).state, State::open);
    EXPECT_EQ(after(changes, id).assignee, maija);
    EXPECT_EQ(after(changes, id).waiting_since, kNow - 1h) << "snoozing moves no due time";
    ASSERT_THAT(changes.returned, SizeIs(1));
    EXPECT_EQ(changes.returned.front().weight, 3);
    EXPECT_THAT(happened(changes), ElementsAre("conversation.woken"));
}

TEST(RouteWake, ToTheQueueIfTheAgentIsNotOnline) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::away});
    const auto pekka = desk.add_agent();
    const auto id =
        desk.add_conversation(
                {.state = State::snoozed, .assignee = maija, .waiting_since = kNow - 1h, .snoozed_until = kNow})
            .id;
    desk.command(Kind::wake, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes, id), pekka);
    EXPECT_EQ(after(changes, id).previous_agent, maija);
}

TEST(RouteWake, WhatNobodyWaitsForStaysWithItsAgentAlsoIfTheyAreNotThereYet) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::offline});
    desk.add_agent();
    const auto id = desk.add_conversation({.state = State::snoozed, .assignee = maija, .snoozed_until = kNow}).id;
    desk.command(Kind::wake, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).state, State::open);
    EXPECT_EQ(after(changes, id).assignee, maija);
    ASSERT_THAT(changes.returned, SizeIs(1));
    EXPECT_EQ(changes.returned.front().weight, 1) << "what is open costs";
    EXPECT_THAT(changes.assignments, IsEmpty());
}

TEST(RouteWake, ALateCommandDoesNotEndANewerSnooze) {
    PaperDesk desk;
    const auto id = desk.add_conversation({.state = State::snoozed, .snoozed_until = kNow + 1us}).id;
    desk.command(Kind::wake, id.value);
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, id).state, State::snoozed);
    EXPECT_FALSE(changes.conversations.at(id).is_changed);
}

TEST(RouteWake, ALateCommandChangesNothingElseEither) {
    for (const auto state : {State::open, State::pending, State::resolved}) {
        PaperDesk desk;
        const auto id = desk.add_conversation({.state = state}).id;
        desk.command(Kind::wake, id.value);
        EXPECT_EQ(after(desk.route(), id).state, state) << to_string(state);
    }
}

TEST(RouteWake, WhereAReplyIsOwedAgainTheConversationIsWorkAgain) {
    for (const auto state : {State::pending, State::resolved}) {
        PaperDesk desk;
        const auto maija = desk.add_agent();
        const auto id =
            desk.add_conversation(
                    {.state = state, .assignee = maija, .waiting_since = kNow - 1h, .resolved_at = kNow - 1min})
                .id;
        desk.command(Kind::wake, id.value);
        const auto changes = desk.route();
        EXPECT_EQ(after(changes, id).state, State::open) << to_string(state);
        EXPECT_EQ(after(changes, id).assignee, maija);
        EXPECT_FALSE(after(changes, id).resolved_at);
        EXPECT_THAT(changes.promises, IsEmpty()) << "the promise was reopened, this is no new one";
    }
}

TEST(RouteWake, ABusyConversationKeepsTheCommandInTheQueue) {
    PaperDesk desk;
    const auto id = desk.add_conversation({.state = State::snoozed, .snoozed_until = kNow}).id;
    desk.make_busy(id);
    desk.command(Kind::wake, id.value);
    EXPECT_THAT(desk.route().deferred, SizeIs(1));
}

TEST(RouteWake, AConversationThatIsGoneKeepsNothingInTheQueue) {
    PaperDesk desk;
    desk.command(Kind::wake, ConversationId::make().value);
    const auto changes = desk.route();
    EXPECT_THAT(changes.deferred, IsEmpty());
    EXPECT_THAT(changes.conversations, IsEmpty());
}

// ---- release

class RouteRelease : public ::testing::Test {
protected:
    ConversationId add(const PaperConversation& spec) {
        const auto id = desk.add_conversation(spec).id;
        desk.snapshot.releasable[maija].push_back(id);
        return id;
    }

    Changes release() {
        desk.command(Kind::release, maija.value);
        return desk.route();
    }

    PaperDesk desk;
    AgentId maija = desk.add_agent({.presence = Presence::offline});
};

TEST_F(RouteRelease, WhatWasNotBegunIsGivenToOthers) {
    const auto id = add({.assignee = maija, .waiting_since = kNow - 1h, .weight = 2});
    const auto pekka = desk.add_agent();
    const auto changes = release();
    EXPECT_EQ(assignee(changes, id), pekka);
    EXPECT_EQ(after(changes, id).previous_agent, maija);
    ASSERT_THAT(changes.returned, SizeIs(1));
    EXPECT_EQ(changes.returned.front().agent, maija);
    EXPECT_EQ(changes.returned.front().weight, -2);
    EXPECT_THAT(happened(changes), ElementsAre("conversation.unassigned"));
}

TEST_F(RouteRelease, WaitsInTheQueueIfNobodyHasRoom) {
    const auto id = add({.assignee = maija, .waiting_since = kNow - 1h});
    const auto changes = release();
    EXPECT_TRUE(after(changes, id).assignee.is_nil());
    EXPECT_THAT(changes.nobody, ElementsAre(id));
}

TEST_F(RouteRelease, WhatWasBegunStays) {
    const auto id = add({.assignee = maija, .waiting_since = kNow - 1h, .begun = true});
    EXPECT_EQ(after(release(), id).assignee, maija);
}

TEST_F(RouteRelease, WhatNobodyWaitsForStays) {
    const auto id = add({.assignee = maija});
    EXPECT_EQ(after(release(), id).assignee, maija);
}

TEST_F(RouteRelease, WhatSleepsStays) {
    const auto id = add({.state = State::pending, .assignee = maija, .waiting_since = kNow - 1h});
    EXPECT_EQ(after(release(), id).assignee, maija);
}

TEST_F(RouteRelease, WhatSomebodyElseHasByNowStays) {
    const auto pekka = desk.add_agent();
    const auto id = add({.assignee = pekka, .waiting_since = kNow - 1h});
    const auto changes = release();
    EXPECT_EQ(after(changes, id).assignee, pekka);
    EXPECT_THAT(changes.returned, IsEmpty());
}

TEST_F(RouteRelease, WhoCameBackKeepsEverything) {
    for (const auto presence : {Presence::online, Presence::away, Presence::break_}) {
        PaperDesk other;
        const auto back = other.add_agent({.presence = presence});
        const auto id = other.add_conversation({.assignee = back, .waiting_since = kNow - 1h}).id;
        other.snapshot.releasable[back].push_back(id);
        other.command(Kind::release, back.value);
        EXPECT_THAT(other.route().conversations, IsEmpty()) << to_string(presence);
    }
}

TEST_F(RouteRelease, TwiceIsOnce) {
    const auto id = add({.assignee = maija, .waiting_since = kNow - 1h});
    desk.command(Kind::release, maija.value);
    const auto changes = release();
    EXPECT_THAT(changes.returned, SizeIs(1));
    EXPECT_TRUE(after(changes, id).assignee.is_nil());
}

}  // namespace
}  // namespace lupaus::router
