#include "services/desk/webhook/rules.hpp"

#include <gtest/gtest.h>

#include <map>

namespace lupaus::desk::webhook {
namespace {

constexpr PlanLimits kGenerous{.deliveries = 1'000, .events = 1'000};

class WebhookPlan : public testing::Test {
protected:
    // Events after `after`: "m" is message.created, "a" alert.raised.
    void happen(std::string_view what, std::int64_t after = 0) {
        Stretch stretch{.account = account, .after = after, .heads = {}};
        for (const char c : what) {
            event::Head head;
            head.seq = ++after;
            head.type = c == 'm' ? "message.created" : "alert.raised";
            stretch.heads.push_back(head);
        }
        stretches.push_back(std::move(stretch));
    }

    void follow(std::vector<std::string> types, int room = 100, std::int64_t cursor = 0) {
        Follower follower;
        follower.account = account;
        follower.webhook = WebhookId::make();
        follower.cursor = cursor;
        follower.room = room;
        follower.filter.types = std::move(types);
        followers.push_back(std::move(follower));
    }

    Plan make(const PlanLimits& limits = kGenerous, std::size_t first = 0) {
        return plan(followers, stretches, limits, first);
    }

    // The cursors of the events that each follower is told of.
    std::map<std::size_t, std::vector<std::int64_t>> told(const Plan& made) {
        std::map<std::size_t, std::vector<std::int64_t>> all;
        for (const auto& pick : made.picks) {
            all[pick.follower].push_back(stretches[pick.stretch].heads[pick.head].seq);
        }
        return all;
    }

    using Told = std::map<std::size_t, std::vector<std::int64_t>>;

    AccountId account = AccountId::make();
    std::vector<Follower> followers;
    std::vector<Stretch> stretches;
};

TEST_F(WebhookPlan, TellsEachOfWhatItAskedFor) {
    happen("mam");
    follow({});
    follow({"alert.*"});
    const auto made = make();
    EXPECT_EQ(told(made), (Told{{0, {1, 2, 3}}, {1, {2}}}));
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{3, 3}));
    EXPECT_FALSE(made.is_cut);
    EXPECT_FALSE(made.is_short_of_room);
}

TEST_F(WebhookPlan, WhereNothingMatchesOnlyTheCursorMoves) {
    happen("mmm");
    follow({"alert.*"}, 0);
    const auto made = make();
    EXPECT_TRUE(made.picks.empty());
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{3}));
    EXPECT_FALSE(made.is_short_of_room) << "no room was needed";
}

TEST_F(WebhookPlan, AFullWindowStopsItsOwnCursorOnly) {
    happen("amama");
    follow({"message.*"}, 1);
    follow({});
    const auto made = make();
    EXPECT_EQ(told(made), (Told{{0, {2}}, {1, {1, 2, 3, 4, 5}}}));
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{3, 5}));
    EXPECT_TRUE(made.is_short_of_room);
    EXPECT_FALSE(made.is_cut) << "looking again at once would find no room either";
}

TEST_F(WebhookPlan, WhoeverIsBehindReadsFromItsOwnCursor) {
    happen("mm", 0);
    happen("mm", 40);
    follow({}, 100, 40);
    follow({}, 100, 0);
    const auto made = make();
    EXPECT_EQ(told(made), (Told{{0, {41, 42}}, {1, {1, 2}}}));
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{42, 2}));
}

TEST_F(WebhookPlan, AccountsAreNotMixedUp) {
    happen("m");
    follow({});
    followers[0].account = AccountId::make();
    const auto made = make();
    EXPECT_TRUE(made.picks.empty());
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{0}));
}

TEST_F(WebhookPlan, ALimitOfDeliveriesCutsWithoutLosingAnything) {
    happen("mmm");
    follow({});
    follow({});
    const auto made = make({.deliveries = 4, .events = 100});
    EXPECT_EQ(told(made), (Told{{0, {1, 2, 3}}, {1, {1}}}));
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{3, 1}));
    EXPECT_TRUE(made.is_cut);
}

TEST_F(WebhookPlan, ALimitOfEventsCountsEachEventOnce) {
    happen("mama");
    follow({"message.*"});
    follow({});
    const auto made = make({.deliveries = 100, .events = 3});
    EXPECT_EQ(told(made), (Told{{0, {1, 3}}, {1, {1, 2, 3}}}));
    EXPECT_EQ(made.cursors, (std::vector<std::int64_t>{4, 3}));
    EXPECT_TRUE(made.is_cut);
}

TEST_F(WebhookPlan, NobodyIsAlwaysLast) {
    happen("mm");
    follow({});
    follow({});
    EXPECT_EQ(told(make({.deliveries = 2, .events = 100}, 0)), (Told{{0, {1, 2}}}));
    EXPECT_EQ(told(make({.deliveries = 2, .events = 100}, 1)), (Told{{1, {1, 2}}}));
}

TEST(WebhookRoom, IsTheWindowWithoutWhatWaits) {
    EXPECT_EQ(room_of({}, 0, 500), 500);
    EXPECT_EQ(room_of({}, 480, 500), 20);
    EXPECT_EQ(room_of({}, 500, 500), 0);
    EXPECT_EQ(room_of({}, 700, 500), 0) << "replays may exceed it";
}

TEST(WebhookRoom, IsOneWhileTheBreakerHasYetToClose) {
    const Breaker half_open{.failures = 5, .trips = 1, .failing_since = Timestamp{}, .open_until = Timestamp{}};
    EXPECT_EQ(room_of(half_open, 0, 500), 1);
    EXPECT_EQ(room_of(half_open, 1, 500), 0);
    EXPECT_EQ(room_of(half_open, 30, 500), 0);
}

}  // namespace
}  // namespace lupaus::desk::webhook
