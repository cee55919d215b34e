#include "services/desk/promise/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lupaus::desk::promise {
namespace {

using namespace std::chrono_literals;
using conversation::Priority;
using conversation::Visibility;

const ChannelId kMail = ChannelId::make();
const ChannelId kChat = ChannelId::make();
const TeamId kSales = TeamId::make();
const TeamId kRepairs = TeamId::make();

Policy policy(std::chrono::seconds target) {
    Policy made;
    made.id = PolicyId::make();
    made.target = target;
    return made;
}

Policy on(Policy made, ChannelId channel) {
    made.channel = channel;
    return made;
}

Policy of(Policy made, TeamId team) {
    made.team = team;
    return made;
}

Policy at(Policy made, Priority priority) {
    made.priority = priority;
    return made;
}

Policy seen(Policy made, Visibility visibility) {
    made.visibility = visibility;
    return made;
}

const Facts kUrgentMail{.kind = Kind::first_reply,
                        .channel = kMail,
                        .team = kSales,
                        .priority = Priority::urgent,
                        .visibility = Visibility::public_};

// Whatever the order in which the policies were made.
std::chrono::seconds chosen_target(std::vector<Policy> policies, const Facts& facts = kUrgentMail) {
    const auto* first = choose_policy(policies, facts);
    const auto target = first == nullptr ? 0s : first->target;
    std::ranges::reverse(policies);
    const auto* again = choose_policy(policies, facts);
    EXPECT_EQ(again == nullptr ? 0s : again->target, target);
    return target;
}

TEST(ChoosePolicy, NothingIsPromisedWithoutOne) {
    EXPECT_EQ(choose_policy({}, kUrgentMail), nullptr);
}

TEST(ChoosePolicy, OneWithoutConditionsHoldsForEverything) {
    EXPECT_EQ(chosen_target({policy(1h)}), 1h);
    EXPECT_EQ(chosen_target({policy(1h)}, Facts{}), 1h);
}

TEST(ChoosePolicy, KeepsTheKindsApart) {
    auto next = policy(1h);
    next.kind = Kind::next_reply;
    EXPECT_EQ(chosen_target({next}), 0s);
    EXPECT_EQ(chosen_target({next, policy(2h)}), 2h);
}

TEST(ChoosePolicy, EveryConditionMustHold) {
    EXPECT_EQ(chosen_target({on(policy(1h), kChat)}), 0s);
    EXPECT_EQ(chosen_target({of(policy(1h), kRepairs)}), 0s);
    EXPECT_EQ(chosen_target({at(policy(1h), Priority::normal)}), 0s);
    EXPECT_EQ(chosen_target({seen(policy(1h), Visibility::private_)}), 0s);
    EXPECT_EQ(chosen_target({of(on(policy(1h), kMail), kRepairs)}), 0s) << "one of two is not enough";
    EXPECT_EQ(chosen_target({seen(at(of(on(policy(1h), kMail), kSales), Priority::urgent), Visibility::public_)}), 1h);
}

TEST(ChoosePolicy, AConditionOnATeamDoesNotHoldForNoTeam) {
    auto facts = kUrgentMail;
    facts.team = {};
    EXPECT_EQ(chosen_target({of(policy(1h), kSales)}, facts), 0s);
}

TEST(ChoosePolicy, TheMostSpecificOneWins) {
    EXPECT_EQ(chosen_target({policy(1h), seen(policy(2h), Visibility::public_)}), 2h);
    EXPECT_EQ(chosen_target({seen(policy(1h), Visibility::public_), at(policy(2h), Priority::urgent)}), 2h);
    EXPECT_EQ(chosen_target({seen(at(policy(1h), Priority::urgent), Visibility::public_), of(policy(2h), kSales)}), 2h)
        << "a team counts for more than priority and visibility together";
    EXPECT_EQ(
        chosen_target({seen(at(of(policy(1h), kSales), Priority::urgent), Visibility::public_), on(policy(2h), kMail)}),
        2h)
        << "a channel counts for more than all the others together";
}

TEST(ChoosePolicy, BetweenEqualsTheShorterTarget) {
    EXPECT_EQ(chosen_target({on(policy(3h), kMail), on(policy(2h), kMail), on(policy(4h), kMail)}), 2h);
}

}  // namespace
}  // namespace lupaus::desk::promise
