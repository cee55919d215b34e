#include "services/desk/agent/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr LeaseTerms kTerms{.away_after = minutes{2}, .offline_after = minutes{15}};
constexpr Timestamp kSeen{hours{500'000}};

Presence at(const Lease& lease, Micros later) {
    return effective(lease, kSeen + later, kTerms);
}

TEST(Presence, OnlineLapsesInTwoStepsAndNotAMomentEarlier) {
    const Lease lease{.chosen = Presence::online, .until = {}, .seen_at = kSeen};
    EXPECT_EQ(at(lease, seconds{0}), Presence::online);
    EXPECT_EQ(at(lease, minutes{2} - Micros{1}), Presence::online);
    EXPECT_EQ(at(lease, minutes{2}), Presence::away);
    EXPECT_EQ(at(lease, minutes{15} - Micros{1}), Presence::away);
    EXPECT_EQ(at(lease, minutes{15}), Presence::offline);
}

TEST(Presence, ANamedEndHoldsTheLeaseAndThenStartsTheClock) {
    const Lease lease{.chosen = Presence::online, .until = kSeen + hours{1}, .seen_at = kSeen};
    EXPECT_EQ(at(lease, minutes{59}), Presence::online);
    EXPECT_EQ(at(lease, minutes{61}), Presence::online);
    EXPECT_EQ(at(lease, minutes{62}), Presence::away);
    EXPECT_EQ(at(lease, minutes{75}), Presence::offline);
}

TEST(Presence, WhoIsSeenAfterTheEndIsSeen) {
    const Lease lease{.chosen = Presence::online, .until = kSeen - hours{1}, .seen_at = kSeen};
    EXPECT_EQ(at(lease, minutes{1}), Presence::online);
    EXPECT_EQ(at(lease, minutes{3}), Presence::away);
}

TEST(Presence, AwayGoesOfflineOnly) {
    const Lease lease{.chosen = Presence::away, .until = {}, .seen_at = kSeen};
    EXPECT_EQ(at(lease, seconds{0}), Presence::away);
    EXPECT_EQ(at(lease, minutes{14}), Presence::away);
    EXPECT_EQ(at(lease, minutes{15}), Presence::offline);
}

TEST(Presence, ABreakEndsOnlineOnlyForWhoIsBack) {
    const Lease gone{.chosen = Presence::break_, .until = kSeen + minutes{30}, .seen_at = kSeen};
    EXPECT_EQ(at(gone, minutes{30} - Micros{1}), Presence::break_);
    EXPECT_EQ(at(gone, minutes{30}), Presence::away);
    EXPECT_EQ(at(gone, minutes{45}), Presence::offline);
    const Lease back{.chosen = Presence::break_, .until = kSeen - minutes{1}, .seen_at = kSeen};
    EXPECT_EQ(at(back, minutes{1}), Presence::online);
    EXPECT_EQ(at(back, minutes{2}), Presence::away);
}

TEST(Presence, OfflineStaysOffline) {
    const Lease lease{.chosen = Presence::offline, .until = {}, .seen_at = kSeen};
    EXPECT_EQ(at(lease, seconds{0}), Presence::offline);
    EXPECT_EQ(effective({}, kSeen, kTerms), Presence::offline);
}

TEST(Presence, AnEndMustMakeSense) {
    EXPECT_FALSE(refuse_until(Presence::online, std::nullopt, kSeen));
    EXPECT_FALSE(refuse_until(Presence::break_, kSeen + minutes{30}, kSeen));
    EXPECT_FALSE(refuse_until(Presence::online, kSeen + kUntilMax, kSeen));
    EXPECT_TRUE(refuse_until(Presence::break_, std::nullopt, kSeen));
    EXPECT_TRUE(refuse_until(Presence::offline, kSeen + minutes{30}, kSeen));
    EXPECT_TRUE(refuse_until(Presence::away, kSeen, kSeen));
    EXPECT_TRUE(refuse_until(Presence::online, kSeen + kUntilMax + Micros{1}, kSeen));
}

TEST(Presence, IsRenewedInTimeHoweverShortTheLeases) {
    const auto touch = [](milliseconds away_after) {
        return touch_interval({.away_after = away_after, .offline_after = 2 * away_after});
    };
    const auto stream = [](milliseconds away_after) {
        return stream_interval({.away_after = away_after, .offline_after = 2 * away_after});
    };
    EXPECT_EQ(touch(minutes{2}), seconds{15});
    EXPECT_EQ(stream(minutes{2}), seconds{2});
    for (const milliseconds away_after :
         {milliseconds{1'000}, milliseconds{2'000}, milliseconds{5'000}, milliseconds{60'000}}) {
        EXPECT_LE(2 * touch(away_after), away_after / 2);
        EXPECT_LE(2 * stream(away_after), touch(away_after));
        EXPECT_GT(stream(away_after), milliseconds{0});
    }
}

TEST(Capacity, OpensForMoreRoomSkillsTeamsAndReturn) {
    Agent before;
    before.capacity = 3;
    before.skills = {"bikes"};
    EXPECT_FALSE(opens_capacity(before, before));
    auto after = before;
    after.capacity = 4;
    EXPECT_TRUE(opens_capacity(before, after));
    EXPECT_FALSE(opens_capacity(after, before));
    after = before;
    after.skills = {"skis", "bikes"};
    EXPECT_TRUE(opens_capacity(before, after));
    EXPECT_FALSE(opens_capacity(after, before));
    after = before;
    after.teams = {TeamId::make()};
    EXPECT_TRUE(opens_capacity(before, after));
    after.disabled_at = kSeen;
    EXPECT_FALSE(opens_capacity(before, after));
    EXPECT_TRUE(opens_capacity(after, before));
}

TEST(Work, IsLeftByWhoeverLosesATeamOrASkillOrIsDisabled) {
    Agent before;
    before.capacity = 3;
    before.skills = {"bikes", "skis"};
    before.teams = {TeamId::make()};
    EXPECT_FALSE(leaves_work(before, before));
    auto after = before;
    after.capacity = 0;
    after.skills.push_back("boats");
    EXPECT_FALSE(leaves_work(before, after)) << "whoever is full only makes it wait";
    after.skills = {"skis"};
    EXPECT_TRUE(leaves_work(before, after));
    after = before;
    after.teams = {TeamId::make()};
    EXPECT_TRUE(leaves_work(before, after));
    after = before;
    after.disabled_at = kSeen;
    EXPECT_TRUE(leaves_work(before, after));
}

TEST(Words, AreThoseOfTheApi) {
    EXPECT_EQ(to_string(Role::agent), "agent");
    EXPECT_EQ(to_string(Role::lead), "lead");
    EXPECT_EQ(to_string(Role::admin), "admin");
    EXPECT_EQ(to_string(Role::integrator), "integrator");
    EXPECT_EQ(to_string(TeamMode::automatic), "automatic");
    EXPECT_EQ(to_string(TeamMode::pull), "pull");
}

}  // namespace
}  // namespace lupaus::desk::agent
