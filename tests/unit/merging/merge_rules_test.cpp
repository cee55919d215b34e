#include "services/desk/merging/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::merging {
namespace {

using namespace std::chrono_literals;
using conversation::State;

constexpr Timestamp kNoon = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}} + 12h;

Conversation waiting(std::optional<Timestamp> since, bool begun = false) {
    Conversation c;
    c.id = ConversationId::make();
    c.waiting_since = since;
    c.begun = begun;
    c.last_message_at = since.value_or(kNoon);
    return c;
}

Conversation in_state(State state, std::optional<Timestamp> until = {}) {
    Conversation c;
    c.state = state;
    c.snoozed_until = until;
    c.resolved_at = state == State::resolved ? std::optional(kNoon) : std::nullopt;
    return c;
}

Conversation united(const Conversation& source, Conversation target) {
    take_in(target, source);
    return target;
}

TEST(WaitThatGoesOn, IsTheOlder) {
    const auto early = waiting(kNoon - 2h);
    const auto late = waiting(kNoon - 1h);
    EXPECT_EQ(wait_that_goes_on(early, late), Wait::of_source);
    EXPECT_EQ(wait_that_goes_on(late, early), Wait::of_target);
    EXPECT_EQ(united(early, late).waiting_since, kNoon - 2h);
    EXPECT_EQ(united(late, early).waiting_since, kNoon - 2h);
}

TEST(WaitThatGoesOn, OfTwoEqualOnesIsTheTargets) {
    EXPECT_EQ(wait_that_goes_on(waiting(kNoon), waiting(kNoon)), Wait::of_target);
}

TEST(WaitThatGoesOn, IsTheOnlyOne) {
    EXPECT_EQ(wait_that_goes_on(waiting(kNoon), waiting({})), Wait::of_source);
    EXPECT_EQ(wait_that_goes_on(waiting({}), waiting(kNoon)), Wait::of_target);
    EXPECT_EQ(wait_that_goes_on(waiting({}), waiting({})), Wait::none);
    EXPECT_EQ(united(waiting(kNoon), waiting({})).waiting_since, kNoon);
    EXPECT_EQ(united(waiting({}), waiting(kNoon)).waiting_since, kNoon);
    EXPECT_FALSE(united(waiting({}), waiting({})).waiting_since);
}

TEST(TakenIn, WhatSomebodyHasBegunStaysBegun) {
    EXPECT_TRUE(united(waiting(kNoon, true), waiting(kNoon - 1h)).begun);
    EXPECT_TRUE(united(waiting(kNoon - 1h), waiting(kNoon, true)).begun);
    EXPECT_FALSE(united(waiting(kNoon), waiting({}, true)).begun) << "that was another wait";
    EXPECT_TRUE(united(waiting({}), waiting({}, true)).begun);
    EXPECT_FALSE(united(waiting({}, true), waiting(kNoon)).begun);
}

TEST(TakenIn, TheMoreAwakeStateCounts) {
    EXPECT_EQ(united(in_state(State::open), in_state(State::resolved)).state, State::open);
    EXPECT_FALSE(united(in_state(State::open), in_state(State::resolved)).resolved_at);
    EXPECT_EQ(united(in_state(State::resolved), in_state(State::resolved)).resolved_at, kNoon);
    auto later = in_state(State::resolved);
    later.resolved_at = kNoon + 1h;
    EXPECT_EQ(united(later, in_state(State::resolved)).resolved_at, kNoon + 1h) << "as a whole";
    EXPECT_EQ(united(in_state(State::resolved), in_state(State::pending)).state, State::pending);
    const auto woken = united(in_state(State::open), in_state(State::snoozed, kNoon));
    EXPECT_EQ(woken.state, State::open);
    EXPECT_FALSE(woken.snoozed_until);
    const auto asleep = united(in_state(State::snoozed, kNoon), in_state(State::resolved));
    EXPECT_EQ(asleep.state, State::snoozed);
    EXPECT_EQ(asleep.snoozed_until, kNoon);
    EXPECT_EQ(united(in_state(State::snoozed, kNoon + 1h), in_state(State::snoozed, kNoon)).snoozed_until, kNoon);
    EXPECT_EQ(united(in_state(State::snoozed, kNoon), in_state(State::snoozed, kNoon + 1h)).snoozed_until, kNoon);
}

TEST(TakenIn, AssigneeAndTeamStayTheTargets) {
    auto source = waiting(kNoon);
    source.assignee = AgentId::make();
    source.team = TeamId::make();
    source.priority = conversation::Priority::urgent;
    auto target = waiting({});
    target.assignee = AgentId::make();
    target.team = TeamId::make();
    const auto both = united(source, target);
    EXPECT_EQ(both.assignee, target.assignee);
    EXPECT_EQ(both.team, target.team);
    EXPECT_EQ(both.priority, target.priority);
    EXPECT_TRUE(both.previous_agent.is_nil());
    target.assignee = AgentId{};
    EXPECT_TRUE(united(source, target).assignee.is_nil());
    EXPECT_EQ(united(source, target).previous_agent, source.assignee) << "who knows the customer";
}

TEST(TakenIn, TagsSubjectAndNewestMessageAreOfBoth) {
    auto source = waiting(kNoon + 1h);
    source.tags = {"b", "c"};
    source.subject = "Lamp";
    auto target = waiting(kNoon);
    target.tags = {"a", "b"};
    auto both = united(source, target);
    EXPECT_EQ(both.tags, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(both.subject, "Lamp");
    EXPECT_EQ(both.last_message_at, kNoon + 1h);
    target.subject = "Bicycle";
    EXPECT_EQ(united(source, target).subject, "Bicycle");
}

TEST(TakenIn, SpamOfEitherIsOfBoth) {
    auto spam = waiting(kNoon);
    spam.spam = true;
    EXPECT_TRUE(united(spam, waiting(kNoon)).spam);
    EXPECT_TRUE(united(waiting(kNoon), spam).spam);
    EXPECT_FALSE(united(waiting(kNoon), waiting(kNoon)).spam);
}

TEST(TakenIn, WhoHadTheTargetBeforeGoesBeforeWhoHadTheSource) {
    auto source = waiting(kNoon);
    source.previous_agent = AgentId::make();
    auto target = waiting({});
    EXPECT_EQ(united(source, target).previous_agent, source.previous_agent);
    target.previous_agent = AgentId::make();
    source.assignee = AgentId::make();
    EXPECT_EQ(united(source, target).previous_agent, target.previous_agent);
}

TEST(Left, WhatWasOverBeforeStaysAsItWas) {
    auto source = in_state(State::resolved);
    source.previous_agent = AgentId::make();
    source.spam = true;
    const auto before = source.previous_agent;
    leave(source, ConversationId::make(), kNoon + 2h);
    EXPECT_EQ(source.resolved_at, kNoon);
    EXPECT_EQ(source.previous_agent, before);
    EXPECT_FALSE(source.spam) << "the messages that were are elsewhere";
}

TEST(Left, NothingIsOwedAndNobodyHasIt) {
    auto source = waiting(kNoon, true);
    source.assignee = AgentId::make();
    source.owed = conversation::Owed{.id = PromiseId::make(), .opened_at = kNoon, .due_at = kNoon};
    source.rank_at = kNoon;
    source.snoozed_until = kNoon + 1h;
    source.state = State::snoozed;
    const auto assignee = source.assignee;
    const auto into = ConversationId::make();
    leave(source, into, kNoon + 2h);
    EXPECT_EQ(source.merged_into, into);
    EXPECT_EQ(source.state, State::resolved);
    EXPECT_EQ(source.resolved_at, kNoon + 2h);
    EXPECT_EQ(source.previous_agent, assignee);
    EXPECT_TRUE(source.assignee.is_nil());
    EXPECT_FALSE(source.waiting_since || source.owed || source.rank_at || source.snoozed_until || source.begun);
}

}  // namespace
}  // namespace lupaus::desk::merging
