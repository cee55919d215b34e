#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

namespace lupaus::desk::delivery {
namespace {

using namespace std::chrono_literals;

constexpr channel::Kind kForgetful{99};  // a kind whose receiver knows no ids
constexpr std::string_view kUrl = "https://example.com/hook";
constexpr Query kAttempts{
    "test_attempts",
    "SELECT string_agg(attempt || ':' || coalesce(status::text, '-') || ':' || (ended_at IS NOT NULL), ' ' "
    "ORDER BY attempt) FROM delivery_attempt WHERE delivery_id = $1"};
constexpr Query kForget{"test_forget_url", "UPDATE channel SET outbound_url = NULL WHERE id = $1"};
constexpr Query kDisable{"test_disable", "UPDATE channel SET disabled_at = now() WHERE id = $1"};
constexpr Query kPostpone{"test_postpone",
                          "UPDATE delivery SET due_at = clock_timestamp() + interval '30 seconds' WHERE id = $1"};

class DeliveryClaim : public testing::Test {
protected:
    ChannelId add_channel() { return desk.add_channel(std::string(kUrl)); }

    support::TestDatabase database;
    OutboxFixture desk{database};
};

TEST_F(DeliveryClaim, EnqueuedRepliesAreDueAtOnceAndWatched) {
    const auto reply = desk.add_reply(add_channel());
    EXPECT_EQ(reply.delivery.state, State::queued);
    EXPECT_EQ(reply.delivery.due_at, reply.delivery.created_at);
    EXPECT_EQ(desk.ask_about(kTimerIn, reply.delivery.id.value), "10");
}

TEST_F(DeliveryClaim, WithoutAUrlTheyWaitInTheOutboxAndNobodyWorries) {
    const auto reply = desk.add_reply(desk.add_channel(std::nullopt));
    EXPECT_FALSE(reply.delivery.due_at);
    EXPECT_EQ(desk.ask_about(kTimerIn, reply.delivery.id.value), "NULL");
    const auto nothing = desk.claim();
    EXPECT_TRUE(nothing.jobs.empty());
    EXPECT_FALSE(nothing.until_next);
}

TEST_F(DeliveryClaim, BeginsAnAttemptBeforeAnythingIsSent) {
    const auto reply = desk.add_reply(add_channel());
    const auto claimed = desk.claim();
    ASSERT_EQ(claimed.jobs.size(), 1U);
    const auto& job = claimed.jobs[0];
    EXPECT_EQ(job.delivery.id, reply.delivery.id);
    EXPECT_EQ(job.delivery.attempt, 1);
    EXPECT_EQ(job.delivery.body, reply.delivery.body);
    EXPECT_EQ(job.way.url, kUrl);
    EXPECT_TRUE(support::test_box().open(job.way.sealed_secret).has_value());
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::sending);
    EXPECT_EQ(stored.attempt, 1);
    EXPECT_EQ(stored.leased_until, job.begun_at + Micros(1min));
    EXPECT_EQ(desk.ask_about(kMessageState, reply.delivery.message.value), "1");
    EXPECT_EQ(desk.ask_about(kAttempts, reply.delivery.id.value), "1:-:false");
}

TEST_F(DeliveryClaim, LeavesWhatIsUnderWayAlone) {
    desk.add_reply(add_channel());
    EXPECT_EQ(desk.claim().jobs.size(), 1U);
    const auto again = desk.claim();
    EXPECT_TRUE(again.jobs.empty());
    ASSERT_TRUE(again.until_next);
    EXPECT_GT(*again.until_next, 50s);
    EXPECT_LE(*again.until_next, 60s);
}

TEST_F(DeliveryClaim, TakesAnExpiredLeaseOverWithTheSameBytes) {
    const auto reply = desk.add_reply(add_channel());
    desk.claim();
    desk.expire_leases();
    const auto again = desk.claim();
    ASSERT_EQ(again.jobs.size(), 1U);
    EXPECT_EQ(again.jobs[0].delivery.attempt, 2);
    EXPECT_EQ(again.jobs[0].delivery.message, reply.delivery.message);
    EXPECT_EQ(again.jobs[0].delivery.body, reply.delivery.body);
    EXPECT_EQ(desk.ask_about(kAttempts, reply.delivery.id.value), "1:-:true 2:-:false");
}

TEST_F(DeliveryClaim, LeavesAnExpiredLeaseToAHumanWhereNobodyDeduplicates) {
    const auto reply = desk.add_reply(desk.add_channel(std::string(kUrl), kForgetful));
    EXPECT_EQ(desk.claim().jobs.size(), 1U);
    desk.expire_leases();
    const auto again = desk.claim();
    EXPECT_TRUE(again.jobs.empty());
    EXPECT_EQ(again.concluded, std::vector{State::uncertain});
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::uncertain);
    EXPECT_EQ(stored.attempt, 1);
    EXPECT_FALSE(stored.due_at);
    EXPECT_EQ(desk.ask_about(kMessageState, reply.delivery.message.value), "6");
    EXPECT_EQ(desk.ask_about(kTimerIn, reply.delivery.id.value), "0");
    EXPECT_EQ(desk.ask_about(kEvents, reply.delivery.message.value), "message.delivery:uncertain");
    EXPECT_EQ(desk.ask_about(kOwed, reply.conversation.value), "NULL") << "nobody knows that it was refused";
}

TEST_F(DeliveryClaim, WaitsForTheNextDueTime) {
    const auto reply = desk.add_reply(add_channel());
    desk.run(kPostpone, pqxx::params{to_string(reply.delivery.id)});
    const auto claimed = desk.claim();
    EXPECT_TRUE(claimed.jobs.empty());
    ASSERT_TRUE(claimed.until_next);
    EXPECT_GT(*claimed.until_next, 25s);
    EXPECT_LE(*claimed.until_next, 30s);
}

TEST_F(DeliveryClaim, GivesOneChannelNoMoreThanItsShare) {
    const auto slow = add_channel();
    const auto other = add_channel();
    for (int i = 0; i < 5; ++i) {
        desk.add_reply(slow);
    }
    desk.add_reply(other);
    const auto first = desk.claim({.limit = 10, .per_channel = 2, .in_flight = {}, .lease = 1min});
    EXPECT_EQ(first.jobs.size(), 3U);
    EXPECT_FALSE(first.is_cut);

    const std::array under_way{InFlight{.channel = slow, .count = 1}};
    EXPECT_EQ(desk.claim({.limit = 10, .per_channel = 2, .in_flight = under_way, .lease = 1min}).jobs.size(), 1U);

    const std::array full{InFlight{.channel = slow, .count = 2}};
    const auto none = desk.claim({.limit = 10, .per_channel = 2, .in_flight = full, .lease = 1min});
    EXPECT_TRUE(none.jobs.empty());
    EXPECT_TRUE(!none.until_next || *none.until_next > 1s) << "a full channel must not keep the courier awake";
}

TEST_F(DeliveryClaim, SaysWhenItLookedAtNoMoreThanItMay) {
    const auto slow = add_channel();
    const auto other = add_channel();
    for (int i = 0; i < 4; ++i) {
        desk.add_reply(slow);
    }
    desk.add_reply(other);
    const auto first = desk.claim({.limit = 4, .per_channel = 1, .in_flight = {}, .lease = 1min});
    EXPECT_EQ(first.jobs.size(), 1U);
    EXPECT_TRUE(first.is_cut);
    const std::array full{InFlight{.channel = slow, .count = 1}};
    const auto next = desk.claim({.limit = 4, .per_channel = 1, .in_flight = full, .lease = 1min});
    ASSERT_EQ(next.jobs.size(), 1U);
    EXPECT_EQ(next.jobs[0].delivery.channel, other);
}

TEST_F(DeliveryClaim, FailsOnADisabledChannelAndSaysWhy) {
    const auto channel = add_channel();
    const auto reply = desk.add_reply(channel);
    desk.run(kDisable, pqxx::params{to_string(channel)});
    const auto claimed = desk.claim();
    EXPECT_TRUE(claimed.jobs.empty());
    EXPECT_EQ(claimed.concluded, std::vector{State::failed});
    EXPECT_EQ(desk.read(reply).error, "The channel is disabled.");
    EXPECT_EQ(desk.ask_about(kAttempts, reply.delivery.id.value), "1:-:true");
}

TEST_F(DeliveryClaim, PutsItIntoTheOutboxWhenTheUrlIsGone) {
    const auto channel = add_channel();
    const auto reply = desk.add_reply(channel);
    desk.run(kForget, pqxx::params{to_string(channel)});
    EXPECT_TRUE(desk.claim().jobs.empty());
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::queued);
    EXPECT_FALSE(stored.due_at);
    EXPECT_EQ(desk.ask_about(kTimerIn, reply.delivery.id.value), "NULL");
}

TEST_F(DeliveryClaim, WorksForSeveralAccountsAtOnce) {
    const auto other = support::make_account(database);
    const auto mine = desk.add_reply(add_channel());
    const auto channel = support::make_channel(database, other, {.outbound_url = std::string(kUrl)}).id;
    const auto theirs = desk.add_reply_to(other, channel);
    desk.run(kDisable, pqxx::params{to_string(channel)});
    EXPECT_EQ(desk.claim().jobs.size(), 1U);
    EXPECT_EQ(desk.read(mine).state, State::sending);
    EXPECT_EQ(desk.read(theirs).state, State::failed);
    EXPECT_EQ(desk.ask_about(kEvents, theirs.delivery.message.value), "message.delivery:failed");
}

TEST_F(DeliveryClaim, NeverGivesTheSameDeliveryToTwo) {
    constexpr int kReplies = 40;
    const auto channel = add_channel();
    for (int i = 0; i < kReplies; ++i) {
        desk.add_reply(channel);
    }
    std::array<std::vector<DeliveryId>, 2> taken;
    {
        std::vector<std::jthread> couriers;
        for (auto& mine : taken) {
            couriers.emplace_back([this, &mine] {
                for (int i = 0; i < kReplies; ++i) {
                    for (const auto& job :
                         desk.claim({.limit = 3, .per_channel = 100, .in_flight = {}, .lease = 1min}).jobs) {
                        mine.push_back(job.delivery.id);
                    }
                }
            });
        }
    }
    std::set<DeliveryId> all(taken[0].begin(), taken[0].end());
    all.insert(taken[1].begin(), taken[1].end());
    EXPECT_EQ(taken[0].size() + taken[1].size(), static_cast<std::size_t>(kReplies));
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kReplies));
}

TEST_F(DeliveryClaim, TheBacklogIsMeasuredWhereItWaits) {
    const auto work = [](Tx& tx) { return measure_backlog(tx); };
    EXPECT_EQ(database.worker().run_blocking(Scope::queues(), work).due, 0);
    const auto reply = desk.add_reply(add_channel());
    desk.add_reply(desk.add_channel(std::nullopt));
    const auto backlog = database.worker().run_blocking(Scope::queues(), work);
    EXPECT_EQ(backlog.due, 1);
    EXPECT_LE(backlog.age, 5s);
}

}  // namespace
}  // namespace lupaus::desk::delivery
