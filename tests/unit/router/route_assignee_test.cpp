// What a customer's message does to the assignee and to the queue.
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void expect_returned(const Changes& changes, AgentId agent, int weight) {
    ASSERT_THAT(changes.returned, SizeIs(1));
    EXPECT_EQ(changes.returned.front().agent, agent);
    EXPECT_EQ(changes.returned.front().weight, weight);
}

TEST(RouteAssignee, ANewConversationIsOfferedAtOnce) {
    PaperDesk desk;
    const auto maija = desk.add_agent();
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes), maija);
    EXPECT_TRUE(only_new(changes).assignee.is_nil()) << "until the reservation is granted";
}

TEST(RouteAssignee, AConversationOfSomebodyOnlineStaysTheirs) {
    for (const auto presence : {Presence::online, Presence::away, Presence::break_}) {
        PaperDesk desk;
        const auto maija = desk.add_agent({.presence = presence});
        desk.add_agent();
        const auto& c = desk.add_conversation({.assignee = maija});
        desk.say();
        const auto changes = desk.route();
        EXPECT_EQ(after(changes, c.id).assignee, maija) << to_string(presence);
        EXPECT_THAT(changes.assignments, IsEmpty());
        EXPECT_THAT(changes.returned, IsEmpty());
    }
}

TEST(RouteAssignee, AConversationOfSomebodyOfflineIsRoutedAnewWithTheirName) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::offline});
    const auto pekka = desk.add_agent();
    const auto& c = desk.add_conversation({.assignee = maija, .weight = 2});
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes, c.id), pekka);
    EXPECT_EQ(after(changes, c.id).previous_agent, maija);
    expect_returned(changes, maija, -2);
    EXPECT_THAT(happened(changes), ElementsAre("message.created", "promise.opened", "conversation.unassigned"));
}

TEST(RouteAssignee, AlsoIfTheyHadBegun) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::offline});
    const auto& c = desk.add_conversation({.assignee = maija, .waiting_since = kNow - 1h, .begun = true});
    desk.say();
    const auto changes = desk.route();
    EXPECT_TRUE(after(changes, c.id).assignee.is_nil());
    EXPECT_FALSE(after(changes, c.id).begun) << "whoever gets it next has not begun it";
}

TEST(RouteAssignee, SeveralMessagesFreeAnOfflineAgentOnce) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::offline});
    desk.add_conversation({.assignee = maija});
    desk.say();
    desk.say();
    expect_returned(desk.route(), maija, -1);
}

// ---- waking

struct Sleep {
    State state;
    std::string_view event;
};

class RouteWaking : public ::testing::TestWithParam<Sleep> {};

TEST_P(RouteWaking, GoesBackToTheSameAgentOverCapacityIfNeedBe) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.capacity = 1, .load = 1});
    desk.add_agent();
    const auto& c = desk.add_conversation({.state = GetParam().state,
                                           .assignee = maija,
                                           .resolved_at = kNow - 1h,
                                           .snoozed_until = kNow + 1h,
                                           .weight = 2});
    desk.say();
    const auto changes = desk.route();
    const auto& woken = after(changes, c.id);
    EXPECT_EQ(woken.state, State::open);
    EXPECT_EQ(woken.assignee, maija);
    EXPECT_FALSE(woken.snoozed_until);
    EXPECT_FALSE(woken.resolved_at);
    EXPECT_THAT(changes.assignments, IsEmpty());
    expect_returned(changes, maija, 2);
    EXPECT_EQ(happened(changes).back(), GetParam().event);
}

TEST_P(RouteWaking, GoesToTheQueueIfTheAgentIsNotOnline) {
    for (const auto presence : {Presence::away, Presence::break_, Presence::offline}) {
        PaperDesk desk;
        const auto maija = desk.add_agent({.presence = presence});
        const auto pekka = desk.add_agent();
        const auto& c = desk.add_conversation({.state = GetParam().state, .assignee = maija, .resolved_at = kNow - 1h});
        desk.say();
        const auto changes = desk.route();
        EXPECT_EQ(assignee(changes, c.id), pekka) << to_string(presence);
        EXPECT_EQ(after(changes, c.id).previous_agent, maija);
        EXPECT_THAT(changes.returned, IsEmpty()) << "it cost nothing while it slept";
    }
}

TEST_P(RouteWaking, WhatNobodyHadIsOffered) {
    PaperDesk desk;
    const auto pekka = desk.add_agent();
    const auto& c = desk.add_conversation({.state = GetParam().state, .resolved_at = kNow - 1h});
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes, c.id), pekka);
    EXPECT_THAT(changes.returned, IsEmpty());
}

TEST_P(RouteWaking, LeavesRoomOnlyForWhatFits) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.capacity = 1});
    desk.add_conversation({.sender = "liisa", .state = GetParam().state, .assignee = maija, .resolved_at = kNow - 1h});
    desk.say({.sender = "liisa"});
    desk.say({.sender = "pekka"});
    const auto changes = desk.route();
    expect_returned(changes, maija, 1);
    EXPECT_THAT(changes.assignments, IsEmpty()) << "the one that came back fills her";
}

INSTANTIATE_TEST_SUITE_P(States, RouteWaking,
                         ::testing::Values(Sleep{State::pending, "conversation.woken"},
                                           Sleep{State::snoozed, "conversation.woken"},
                                           Sleep{State::resolved, "conversation.reopened"}),
                         [](const auto& instance) { return std::string(to_string(instance.param.state)); });

// ---- the queue

// ---- what a channel reopens to the queue

class RouteToQueue : public ::testing::Test {
protected:
    RouteToQueue() { desk.snapshot.channels.at(desk.channel).reopen_to = desk::channel::ReopenTo::queue; }

    PaperDesk desk;
};

TEST_F(RouteToQueue, IsForWhoeverIsFreeNoMatterWhoHadIt) {
    const auto maija = desk.add_agent({.load = 5});
    const auto pekka = desk.add_agent({.load = 4});
    const auto id = desk.add_conversation({.state = State::resolved, .assignee = maija, .resolved_at = kNow - 1h}).id;
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(assignee(changes, id), pekka);
    EXPECT_EQ(after(changes, id).previous_agent, maija) << "the name is kept";
    EXPECT_THAT(changes.returned, IsEmpty());
}

TEST_F(RouteToQueue, IsForNobodyBeyondTheirCapacity) {
    const auto maija = desk.add_agent({.capacity = 0});
    const auto id = desk.add_conversation({.state = State::resolved, .assignee = maija, .resolved_at = kNow - 1h}).id;
    desk.say();
    const auto changes = desk.route();
    EXPECT_TRUE(after(changes, id).assignee.is_nil());
    EXPECT_THAT(changes.assignments, IsEmpty());
}

TEST_F(RouteToQueue, GoesLastToWhoPassedItOnAllTheSame) {
    const auto maija = desk.add_agent({.load = 1});
    const auto pekka = desk.add_agent({.load = 2});
    desk.add_conversation({.previous_agent = maija}).passed_on = true;
    desk.say();
    EXPECT_EQ(assignee(desk.route()), pekka);
}

TEST_F(RouteToQueue, LeavesWhatWasOnlyAsideToItsAgent) {
    for (const auto state : {State::pending, State::snoozed}) {
        PaperDesk aside;
        aside.snapshot.channels.at(aside.channel).reopen_to = desk::channel::ReopenTo::queue;
        const auto maija = aside.add_agent({.load = 5});
        aside.add_agent();
        const auto id = aside.add_conversation({.state = state, .assignee = maija}).id;
        aside.say();
        EXPECT_EQ(after(aside.route(), id).assignee, maija) << to_string(state);
    }
}

// The reply that was refused is its author's to say again.
TEST_F(RouteToQueue, LeavesWhatIsOwedAgainToItsAgent) {
    const auto maija = desk.add_agent({.load = 5});
    desk.add_agent();
    const auto id =
        desk.add_conversation(
                {.state = State::resolved, .assignee = maija, .waiting_since = kNow - 2h, .resolved_at = kNow - 1h})
            .id;
    desk.command(Kind::wake, id.value);
    EXPECT_EQ(after(desk.route(), id).assignee, maija);
}

TEST(RouteAssignee, WhoeverWaitsLongerIsServedBeforeTheMessageThatCalledTheRouter) {
    PaperDesk desk;
    const auto urgent = desk.add_waiting(kNow - 1h).id;
    const auto maija = desk.add_agent({.capacity = 1});
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.assignments, SizeIs(1));
    EXPECT_EQ(changes.assignments.front().conversation, urgent);
    EXPECT_EQ(changes.assignments.front().agent, maija);
}

TEST(RouteAssignee, WhatNobodyIsAbleToTakeIsNamed) {
    PaperDesk desk;
    desk.say();
    const auto changes = desk.route();
    EXPECT_THAT(changes.nobody, ElementsAre(only_new(changes).id));
}

TEST(RouteAssignee, WhatHasToWaitForAWrapUpIsLookedAtAgain) {
    PaperDesk desk;
    const auto team = desk.add_team({.automatic = true, .wrap_up = 60s});
    desk.snapshot.channels[desk.channel].team = team;
    desk.add_agent({.teams = {team}, .resolved_at = kNow - 20s});
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.later, SizeIs(1));
    EXPECT_EQ(changes.later.front().conversation, only_new(changes).id);
    EXPECT_EQ(changes.later.front().at, kNow + 40s);
}

}  // namespace
}  // namespace lupaus::router
