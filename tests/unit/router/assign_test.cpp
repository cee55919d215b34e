#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Everything that waits is offered to whoever is there.
AssignmentPlan assign_all(const PaperDesk& desk) {
    std::vector<const Conversation*> waiting;
    for (const auto id : desk.snapshot.waiting) {
        waiting.push_back(&desk.snapshot.held.at(id));
    }
    return assign(desk.snapshot, waiting);
}

std::vector<ConversationId> given(const AssignmentPlan& plan) {
    std::vector<ConversationId> ids;
    for (const auto& assignment : plan.assignments) {
        ids.push_back(assignment.conversation);
    }
    return ids;
}

AgentId chosen(const PaperDesk& desk) {
    const auto plan = assign_all(desk);
    return plan.assignments.size() == 1 ? plan.assignments.front().agent : AgentId{};
}

// ---- which conversation

TEST(Assign, TheEarliestDuePromiseComesFirst) {
    PaperDesk desk;
    const auto later = desk.add_waiting(kNow + 2h).id;
    const auto soon = desk.add_waiting(kNow + 1h).id;
    const auto overdue = desk.add_waiting(kNow - 1h).id;
    desk.add_agent({.capacity = 2});
    EXPECT_THAT(given(assign_all(desk)), ElementsAre(overdue, soon));
    desk.add_agent();
    EXPECT_THAT(given(assign_all(desk)), ElementsAre(overdue, soon, later));
}

TEST(Assign, WithoutADueTimeItRanksAsDueADayAfterTheWaitBegan) {
    PaperDesk desk;
    const auto silent = desk.add_conversation({.sender = "a", .waiting_since = kNow - 23h}).id;
    const auto later = desk.add_waiting(kNow + 61min).id;
    const auto sooner = desk.add_waiting(kNow + 59min).id;
    desk.add_agent();
    EXPECT_THAT(given(assign_all(desk)), ElementsAre(sooner, silent, later));
}

TEST(Assign, OfTwoDueAtTheSameTimeTheOneThatWaitsLonger) {
    PaperDesk desk;
    const auto newer = desk.add_conversation({.sender = "a", .waiting_since = kNow - 1h, .due_at = kNow + 1h}).id;
    const auto older = desk.add_conversation({.sender = "b", .waiting_since = kNow - 3h, .due_at = kNow + 1h}).id;
    desk.add_agent();
    EXPECT_THAT(given(assign_all(desk)), ElementsAre(older, newer));
}

// ---- who is able

TEST(Assign, OnlyWhoIsOnlineGetsAnythingNew) {
    for (const auto presence : {Presence::away, Presence::break_, Presence::offline}) {
        PaperDesk desk;
        desk.add_waiting(kNow);
        desk.add_agent({.presence = presence});
        EXPECT_THAT(assign_all(desk).assignments, IsEmpty()) << to_string(presence);
    }
}

TEST(Assign, ATeamsWorkGoesToItsMembers) {
    PaperDesk desk;
    const auto sales = desk.add_team();
    const auto repairs = desk.add_team();
    desk.add_waiting(kNow, sales);
    desk.add_agent();
    desk.add_agent({.teams = {repairs}});
    EXPECT_TRUE(chosen(desk).is_nil());
    const auto both = desk.add_agent({.teams = {repairs, sales}});
    EXPECT_EQ(chosen(desk), both);
}

TEST(Assign, WithoutATeamAnybodyCanTakeIt) {
    PaperDesk desk;
    desk.add_waiting(kNow);
    const auto member = desk.add_agent({.teams = {desk.add_team()}});
    EXPECT_EQ(chosen(desk), member);
}

TEST(Assign, TheChannelsSkillIsNeeded) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].skill = "sv";
    desk.add_waiting(kNow);
    desk.add_agent({.skills = {"fi", "en"}});
    EXPECT_TRUE(chosen(desk).is_nil());
    const auto swedish = desk.add_agent({.skills = {"fi", "sv"}});
    EXPECT_EQ(chosen(desk), swedish);
}

TEST(Assign, AnotherAccountsAgentsAreNotThere) {
    PaperDesk desk;
    desk.add_waiting(kNow);
    desk.add_agent();
    desk.snapshot.agents.front().account = AccountId::make();
    const auto plan = assign_all(desk);
    EXPECT_THAT(plan.assignments, IsEmpty());
    EXPECT_EQ(plan.nobody.size(), 1U);
}

TEST(Assign, APullTeamHelpsItself) {
    PaperDesk desk;
    const auto pull = desk.add_team({.automatic = false, .wrap_up = {}});
    desk.add_waiting(kNow, pull);
    desk.add_agent({.teams = {pull}});
    const auto plan = assign_all(desk);
    EXPECT_THAT(plan.assignments, IsEmpty());
    EXPECT_THAT(plan.nobody, IsEmpty()) << "and is not told that nobody can";
}

TEST(Assign, APullTeamWithNobodyThereCannotHelpItself) {
    PaperDesk desk;
    const auto pull = desk.add_team({.automatic = false, .wrap_up = {}});
    desk.add_waiting(kNow, pull);
    desk.add_agent();
    const auto plan = assign_all(desk);
    EXPECT_THAT(plan.assignments, IsEmpty());
    EXPECT_EQ(plan.nobody.size(), 1U);
}

// ---- who is free

TEST(Assign, NeverBeyondCapacity) {
    PaperDesk desk;
    desk.add_waiting(kNow);
    desk.add_agent({.capacity = 3, .load = 3});
    desk.add_agent({.capacity = 0});
    EXPECT_THAT(assign_all(desk).assignments, IsEmpty());
}

TEST(Assign, NeverBeyondCapacityWithinOneBatch) {
    PaperDesk desk;
    for (int i = 0; i < 10; ++i) {
        desk.add_waiting(kNow + std::chrono::minutes{i});
    }
    const auto one = desk.add_agent({.capacity = 3, .load = 1});
    const auto two = desk.add_agent({.capacity = 4});
    std::map<AgentId, int> counts;
    for (const auto& assignment : assign_all(desk).assignments) {
        ++counts[assignment.agent];
    }
    EXPECT_EQ(counts, (std::map<AgentId, int>{{one, 2}, {two, 4}}));
}

TEST(Assign, WhatComesBackInTheSameTransactionTakesItsRoomFirst) {
    PaperDesk desk;
    const auto& waiting = desk.add_waiting(kNow);
    const auto agent = desk.add_agent({.capacity = 1});
    const desk::capacity::Change woken{.account = desk.account, .agent = agent, .weight = 1};
    EXPECT_THAT(assign(desk.snapshot, {&waiting}, std::span(&woken, 1)).assignments, IsEmpty());
    const desk::capacity::Change freed{.account = desk.account, .agent = agent, .weight = -1};
    desk.snapshot.agents.front().load = 1;
    EXPECT_EQ(assign(desk.snapshot, {&waiting}, std::span(&freed, 1)).assignments.size(), 1U);
}

TEST(Assign, AHeavyConversationNeedsRoomForItsWholeWeight) {
    PaperDesk desk;
    const auto heavy =
        desk.add_conversation({.sender = "a", .waiting_since = kNow - 1h, .due_at = kNow, .weight = 3}).id;
    const auto light = desk.add_waiting(kNow + 1h).id;
    const auto agent = desk.add_agent({.capacity = 5, .load = 3});
    EXPECT_THAT(given(assign_all(desk)), ElementsAre(light)) << "what does not fit holds up nobody";
    desk.snapshot.agents.front().load = 2;
    const auto plan = assign_all(desk);
    EXPECT_THAT(given(plan), ElementsAre(heavy));
    EXPECT_EQ(plan.assignments.front().agent, agent);
    EXPECT_EQ(plan.assignments.front().weight, 3);
}

// ---- who of them

TEST(Assign, TheCustomersPreviousAgentComesFirst) {
    PaperDesk desk;
    desk.add_agent({.load = 0});
    const auto previous = desk.add_agent({.load = 9});
    desk.add_waiting(kNow).previous_agent = previous;
    EXPECT_EQ(chosen(desk), previous);
}

TEST(Assign, APreviousAgentWithoutRoomIsNobodySpecial) {
    PaperDesk desk;
    const auto other = desk.add_agent();
    desk.add_waiting(kNow).previous_agent = desk.add_agent({.capacity = 5, .load = 5});
    EXPECT_EQ(chosen(desk), other);
}

TEST(Assign, WhoPassedItOnIsAskedLast) {
    PaperDesk desk;
    const auto passed_on_by = desk.add_agent({.load = 0});
    auto& waiting = desk.add_waiting(kNow);
    waiting.previous_agent = passed_on_by;
    waiting.passed_on = true;
    EXPECT_EQ(chosen(desk), passed_on_by) << "with nobody else there the customer does not wait for somebody else";
    const auto colleague = desk.add_agent({.load = 9, .assigned_at = kNow});
    EXPECT_EQ(chosen(desk), colleague);
    desk.snapshot.agents.back().capacity = 9;
    EXPECT_EQ(chosen(desk), passed_on_by) << "nor for room";
}

TEST(Assign, ThenTheLeastLoaded) {
    PaperDesk desk;
    desk.add_waiting(kNow);
    desk.add_agent({.load = 2});
    const auto least = desk.add_agent({.load = 1});
    desk.add_agent({.load = 3});
    EXPECT_EQ(chosen(desk), least);
}

TEST(Assign, ThenTheLongestIdle) {
    PaperDesk desk;
    desk.add_waiting(kNow);
    desk.add_agent({.assigned_at = kNow - 1min});
    const auto idle = desk.add_agent({.assigned_at = kNow - 30min});
    EXPECT_EQ(chosen(desk), idle);
    const auto fresh = desk.add_agent();
    EXPECT_EQ(chosen(desk), fresh) << "who never got anything is idle for longest";
}

TEST(Assign, WorkIsSpreadAsItIsGivenOut) {
    PaperDesk desk;
    desk.add_agent();
    desk.add_agent();
    desk.add_agent();
    for (int i = 0; i < 6; ++i) {
        desk.add_waiting(kNow + std::chrono::minutes{i});
    }
    std::map<AgentId, int> counts;
    for (const auto& assignment : assign_all(desk).assignments) {
        ++counts[assignment.agent];
    }
    EXPECT_THAT(counts, ::testing::Each(::testing::Pair(::testing::_, 2)));
}

// ---- wrap-up

TEST(Assign, NothingAutomaticSoSoonAfterAResolution) {
    PaperDesk desk;
    const auto team = desk.add_team({.automatic = true, .wrap_up = 60s});
    const auto waiting = desk.add_waiting(kNow, team).id;
    const auto tired = desk.add_agent({.teams = {team}, .resolved_at = kNow - 59s});
    const auto plan = assign_all(desk);
    EXPECT_THAT(plan.assignments, IsEmpty());
    EXPECT_THAT(plan.nobody, IsEmpty()) << "somebody is able, only not yet";
    ASSERT_EQ(plan.rechecks.size(), 1U);
    EXPECT_EQ(plan.rechecks.front().conversation->id, waiting);
    EXPECT_EQ(plan.rechecks.front().at, kNow + 1s);
    desk.snapshot.now = kNow + 1s;
    EXPECT_EQ(chosen(desk), tired);
}

TEST(Assign, LooksAgainWhenTheFirstOfThemHasWrappedUp) {
    PaperDesk desk;
    const auto team = desk.add_team({.automatic = true, .wrap_up = 60s});
    desk.add_waiting(kNow, team);
    desk.add_agent({.teams = {team}, .resolved_at = kNow - 10s});
    desk.add_agent({.teams = {team}, .resolved_at = kNow - 20s});
    desk.add_agent({.capacity = 1, .load = 1, .teams = {team}, .resolved_at = kNow - 59s});
    EXPECT_EQ(assign_all(desk).rechecks.front().at, kNow + 40s) << "who is full is not waited for";
}

TEST(Assign, AWrapUpIsTheTeamsWhoseWorkItIs) {
    PaperDesk desk;
    const auto slow = desk.add_team({.automatic = true, .wrap_up = 60s});
    const auto quick = desk.add_team();
    desk.add_waiting(kNow, quick);
    const auto agent = desk.add_agent({.teams = {slow, quick}, .resolved_at = kNow});
    EXPECT_EQ(chosen(desk), agent);
}

// ---- nobody

TEST(Assign, SaysWhatNobodyIsAbleToTake) {
    PaperDesk desk;
    const auto empty = desk.add_team();
    const auto alone = desk.add_waiting(kNow, empty).id;
    desk.add_waiting(kNow);
    desk.add_agent({.capacity = 0});
    const auto plan = assign_all(desk);
    ASSERT_EQ(plan.nobody.size(), 1U) << "who is full is able";
    EXPECT_EQ(plan.nobody.front()->id, alone);
    EXPECT_THAT(plan.rechecks, IsEmpty());
}

}  // namespace
}  // namespace lupaus::router
