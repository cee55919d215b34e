#include "tests/store/webhook/webhook_fixture.hpp"

#include "common/text/json.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <set>
#include <thread>

namespace lupaus::desk::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Query kForgetBodies{"test_forget_bodies", "DELETE FROM webhook_body"};
constexpr Query kForgetEvents{"test_forget_events", "DELETE FROM event"};
constexpr Query kLongBodies{"test_long_bodies", "UPDATE webhook_body SET body = repeat('x', 1000)"};
constexpr Query kOrphan{"test_orphan", "DELETE FROM webhook WHERE id = $1"};

class WebhookClaim : public WebhookFixture {
protected:
    std::vector<std::int64_t> cursors(const Claim& claimed) {
        std::vector<std::int64_t> list;
        for (const auto& job : claimed.jobs) {
            list.push_back(job.seq);
        }
        std::ranges::sort(list);
        return list;
    }
};

TEST_F(WebhookClaim, BeginsAnAttemptBeforeAnythingIsSent) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    const auto claimed = claim_some();
    ASSERT_EQ(claimed.jobs.size(), 1U);
    const auto& job = claimed.jobs[0];
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.url, "https://example.com/hook");
    EXPECT_EQ(job.sealed_secrets.size(), 1U);
    EXPECT_FALSE(job.is_shaky);
    const auto event = text::parse_json(job.body).value();
    EXPECT_EQ(event["id"], to_string(job.key.event));
    EXPECT_EQ(event["cursor"], 1);
    const auto stored = deliveries_of(key).front();
    EXPECT_EQ(stored.state, State::sending);
    EXPECT_EQ(stored.due_at, job.begun_at + Micros(1min));
    const auto again = claim_some();
    EXPECT_THAT(again.jobs, IsEmpty());
    ASSERT_TRUE(again.until_next);
    EXPECT_GT(*again.until_next, 50s);
}

TEST_F(WebhookClaim, TakesAnExpiredLeaseOverWithTheSameBytes) {
    add_webhook();
    happen("message.created");
    fan_out_once();
    const auto first = claim_some().jobs.at(0);
    run(kExpireLeases);
    const auto second = claim_some().jobs.at(0);
    EXPECT_EQ(second.attempt, 2);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.key, first.key);
    EXPECT_THAT(conclude_all({ending(first, delivery::Outcome::refused)}).is_newest, ElementsAre(false));
    EXPECT_THAT(conclude_all({ending(second, delivery::Outcome::accepted)}).is_newest, ElementsAre(true));
    EXPECT_THAT(conclude_all({ending(second, delivery::Outcome::accepted)}).is_newest, ElementsAre(false));
}

TEST_F(WebhookClaim, GivesOneEndpointNoMoreThanItsShare) {
    const auto slow = add_webhook();
    for (int i = 0; i < 5; ++i) {
        happen("message.created");
    }
    fan_out_once();
    const auto quick = add_webhook();
    happen("message.created");
    fan_out_once();
    EXPECT_EQ(claim_some(100, 2).jobs.size(), 3U);
    EXPECT_EQ(claim_some(100, 2, {{.webhook = slow.id, .count = 1}}).jobs.size(), 1U);
    const auto full = claim_some(100, 2, {{.webhook = slow.id, .count = 2}, {.webhook = quick.id, .count = 1}});
    EXPECT_THAT(full.jobs, IsEmpty());
    EXPECT_TRUE(!full.until_next || *full.until_next > 1s) << "a full endpoint must not keep the sender awake";
}

TEST_F(WebhookClaim, SaysWhenItLookedAtNoMoreThanItMay) {
    add_webhook();
    for (int i = 0; i < 3; ++i) {
        happen("message.created");
    }
    fan_out_once();
    const auto claimed = claim_some(2);
    EXPECT_EQ(claimed.jobs.size(), 2U);
    EXPECT_TRUE(claimed.is_cut);
    EXPECT_FALSE(claim_some(2).is_cut);
}

TEST_F(WebhookClaim, TakesNoMoreBytesThanFit) {
    add_webhook();
    for (int i = 0; i < 4; ++i) {
        happen("message.created");
    }
    fan_out_once();
    run(kLongBodies);
    const auto some = claim_some(100, 8, {}, 2'500);
    EXPECT_THAT(cursors(some), ElementsAre(1, 2));
    EXPECT_TRUE(some.is_cut);
    EXPECT_THAT(cursors(claim_some(100, 8, {}, -1)), ElementsAre(3)) << "one goes in any case";
}

TEST_F(WebhookClaim, AnOrderedEndpointIsToldOneThingAtATime) {
    add_webhook(in_order());
    const auto one = ConversationId::make();
    const auto two = ConversationId::make();
    happen("message.created", one);
    happen("message.created", one);
    happen("message.created", two);
    happen("channel.updated");
    happen("channel.updated");
    fan_out_once();
    const auto first = claim_some();
    EXPECT_THAT(cursors(first), ElementsAre(1, 3, 4, 5)) << "what has no conversation waits for nothing";
    const auto waiting = claim_some();
    EXPECT_THAT(waiting.jobs, IsEmpty());
    EXPECT_TRUE(!waiting.until_next || *waiting.until_next > 1s);
    end_all(first, delivery::Outcome::refused);
    EXPECT_THAT(claim_some().jobs, IsEmpty()) << "it waits for the repeat";
    run(kLetTimePass);
    const auto again = claim_some();
    EXPECT_THAT(cursors(again), ElementsAre(1)) << "one at a time after failures";
    end_all(again, delivery::Outcome::accepted);
    run(kLetTimePass);
    EXPECT_THAT(cursors(claim_some()), ElementsAre(2, 3, 4, 5));
}

TEST_F(WebhookClaim, WhatHasFailedForGoodHoldsNothingUp) {
    add_webhook(in_order());
    const auto one = ConversationId::make();
    happen("message.created", one);
    happen("message.created", one);
    fan_out_once();
    auto end = ending(claim_some().jobs.at(0), delivery::Outcome::refused);
    end.step = {.state = State::failed, .wait = {}, .error = "No further attempt is made."};
    conclude_all({end});
    EXPECT_THAT(cursors(claim_some()), ElementsAre(2));
}

TEST_F(WebhookClaim, OneAttemptAtATimeAfterAFailure) {
    const auto key = add_webhook();
    for (int i = 0; i < 3; ++i) {
        happen("message.created");
    }
    fan_out_once();
    end_all(claim_some(1), delivery::Outcome::refused);
    const auto next = claim_some();
    ASSERT_EQ(next.jobs.size(), 1U);
    EXPECT_TRUE(next.jobs[0].is_shaky);
    const auto busy = claim_some(100, 8, {{.webhook = key.id, .count = 1}});
    EXPECT_THAT(busy.jobs, IsEmpty());
    EXPECT_TRUE(!busy.until_next || *busy.until_next > 1s);
    end_all(next, delivery::Outcome::accepted);
    EXPECT_FALSE(claim_some().jobs.at(0).is_shaky);
}

TEST_F(WebhookClaim, RendersAnewWhatIsNotKept) {
    add_webhook();
    happen("message.created");
    fan_out_once();
    run(kForgetBodies);
    EXPECT_EQ(text::parse_json(claim_some().jobs.at(0).body).value()["cursor"], 1);
}

TEST_F(WebhookClaim, WhatTheLogHasLostHasFailed) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    run(kForgetBodies);
    run(kForgetEvents);
    const auto claimed = claim_some();
    EXPECT_THAT(claimed.jobs, IsEmpty());
    EXPECT_EQ(claimed.lost, 1);
    const auto failed = deliveries_of(key).front();
    EXPECT_EQ(failed.state, State::failed);
    EXPECT_EQ(failed.error, "The event is not kept any more.");
    EXPECT_FALSE(failed.due_at);
}

TEST_F(WebhookClaim, NothingIsSentForAnEndpointThatIsGone) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    run(kOrphan, pqxx::params{to_string(key.id)});
    EXPECT_THAT(claim_some().jobs, IsEmpty());
    EXPECT_THAT(deliveries_of(key), IsEmpty());
}

TEST_F(WebhookClaim, APingNeedsNoEventAndNoBytes) {
    const auto key = add_webhook();
    const auto sent = database.as_app(account, [&](Tx& tx) { return ping(tx, key); });
    EXPECT_EQ(sent.seq, 0);
    const auto job = claim_some(100, 8, {}, -1).jobs.at(0);
    EXPECT_TRUE(job.is_ping);
    EXPECT_EQ(text::parse_json(job.body).value()["type"], "ping");
}

TEST_F(WebhookClaim, NeverGivesTheSameDeliveryToTwo) {
    constexpr int kEvents = 40;
    add_webhook();
    for (int i = 0; i < kEvents; ++i) {
        happen("message.created");
    }
    fan_out_once();
    std::array<std::vector<DeliveryKey>, 2> taken;
    {
        std::vector<std::jthread> senders;
        for (auto& mine : taken) {
            senders.emplace_back([this, &mine] {
                for (int i = 0; i < kEvents; ++i) {
                    for (const auto& job : claim_some(3, 100).jobs) {
                        mine.push_back(job.key);
                    }
                }
            });
        }
    }
    std::set<DeliveryKey> all(taken[0].begin(), taken[0].end());
    all.insert(taken[1].begin(), taken[1].end());
    EXPECT_EQ(taken[0].size() + taken[1].size(), static_cast<std::size_t>(kEvents));
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kEvents));
}

TEST_F(WebhookClaim, TheBacklogIsMeasured) {
    add_webhook();
    const auto work = [](Tx& tx) { return measure_backlog(tx); };
    happen("message.created");
    fan_out_once();
    const auto backlog = database.worker().run_blocking(Scope::queues(), work);
    EXPECT_EQ(backlog.due, 1);
    EXPECT_EQ(backlog.working, 1);
    EXPECT_EQ(backlog.held_back + backlog.disabled, 0);
    EXPECT_LE(backlog.age, 5s);
}

}  // namespace
}  // namespace lupaus::desk::webhook
