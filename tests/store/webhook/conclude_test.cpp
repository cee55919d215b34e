#include "tests/store/webhook/webhook_fixture.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::webhook {
namespace {

using delivery::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Query kDue{"test_due",
                     "SELECT count(*) FROM webhook_delivery WHERE state = 0 AND due_at <= clock_timestamp()"};
constexpr Query kFirstDue{
    "test_first_due", "SELECT seq FROM webhook_delivery WHERE state = 0 AND due_at IS NOT NULL ORDER BY due_at, seq"};
constexpr Query kParked{"test_parked", "SELECT count(*) FROM webhook_delivery WHERE state = 0 AND due_at IS NULL"};
constexpr Query kLongAgo{
    "test_long_ago", "UPDATE webhook_state SET failing_since = clock_timestamp() - interval '4 days', failures = 3"};
constexpr Query kTold{"test_told_disabled",
                      "SELECT data ->> 'webhook' FROM event WHERE type = 'webhook.disabled' AND account_id = $1"};
constexpr Query kAge{"test_age",
                     "WITH b AS (UPDATE webhook_body SET created_at = now() - interval '8 days') "
                     "UPDATE webhook_delivery SET ended_at = ended_at - interval '8 days'"};
constexpr Query kBodies{"test_bodies", "SELECT count(*) FROM webhook_body"};

class WebhookConclusion : public WebhookFixture {
protected:
    WebhookKey add_with_events(int count, Webhook webhook = {}) {
        const auto key = add_webhook(std::move(webhook));
        for (int i = 0; i < count; ++i) {
            happen("message.created");
        }
        fan_out_once();
        return key;
    }

    // One attempt after the other fails until the breaker opens.
    void trip(const WebhookKey& key) {
        while (!progress_of(key).breaker.open_until) {
            end_all(claim_some(1), Outcome::refused);
        }
    }

    int clear() {
        const auto work = [](Tx& tx) { return delete_old(tx, 7 * 24h, 100); };
        return database.worker().run_blocking(Scope::queues(), work);
    }
};

TEST_F(WebhookConclusion, SentIsSent) {
    const auto key = add_with_events(2);
    EXPECT_THAT(end_all(claim_some(), Outcome::accepted).is_newest, ElementsAre(true, true));
    for (const auto& sent : deliveries_of(key)) {
        EXPECT_EQ(sent.state, State::sent);
        EXPECT_EQ(sent.status, 200);
        EXPECT_TRUE(sent.ended_at);
        EXPECT_FALSE(sent.due_at);
    }
    EXPECT_FALSE(claim_some().until_next);
}

TEST_F(WebhookConclusion, AFailureIsTriedAgainLater) {
    const auto key = add_with_events(1);
    end_all(claim_some(), Outcome::refused);
    const auto waiting = deliveries_of(key).front();
    EXPECT_EQ(waiting.state, State::queued);
    EXPECT_EQ(waiting.error, "The receiver answered 500.");
    EXPECT_FALSE(waiting.ended_at);
    const auto next = claim_some().until_next;
    ASSERT_TRUE(next);
    EXPECT_GT(*next, 4s);
    EXPECT_LE(*next, 5s);
    EXPECT_EQ(progress_of(key).breaker.failures, 1);
    EXPECT_EQ(progress_of(key).error, "The receiver answered 500.");
}

TEST_F(WebhookConclusion, ABreakerThatOpensHoldsEverythingBackAndTheOldestDecides) {
    const auto key = add_with_events(8);
    trip(key);
    EXPECT_EQ(ask(kDue), "0");
    EXPECT_THAT(claim_some().jobs, IsEmpty());
    EXPECT_EQ(ask(kFirstDue), "1");
    happen("message.created");
    EXPECT_EQ(fan_out_once().deliveries, 0U) << "the rest stays in the log";
    EXPECT_EQ(progress_of(key).cursor, 8);
    run(kLetTimePass);
    const auto probe = claim_some();
    EXPECT_EQ(probe.jobs.size(), 1U);
    EXPECT_EQ(fan_out_once().deliveries, 0U) << "there is something to decide by";
    EXPECT_EQ(end_all(probe, Outcome::refused).opened, 1U);
    EXPECT_EQ(progress_of(key).breaker.trips, 2);
}

TEST_F(WebhookConclusion, ABreakerThatClosesLetsEverythingGoAtOnce) {
    const auto key = add_with_events(8);
    trip(key);
    run(kLetTimePass);
    end_all(claim_some(1), Outcome::refused);
    happen("message.created");
    run(kLetTimePass);
    end_all(claim_some(1), Outcome::accepted);
    EXPECT_EQ(progress_of(key).breaker, Breaker{});
    EXPECT_EQ(ask(kDue), "7");
    EXPECT_EQ(fan_out_once().deliveries, 1U) << "and reads the log on";
}

TEST_F(WebhookConclusion, AHalfOpenBreakerWithNothingToTryTakesOneFromTheLog) {
    const auto key = add_with_events(5);
    trip(key);
    database.as_app(account, [&](Tx& tx) {  // what waits is given up by hand
        tx.exec({"test_end", "UPDATE webhook_delivery SET state = 5, due_at = NULL"});
        return true;
    });
    happen("message.created");
    happen("message.created");
    run(kLetTimePass);
    EXPECT_EQ(fan_out_once().deliveries, 1U);
    end_all(claim_some(), Outcome::accepted);
    EXPECT_EQ(fan_out_once().deliveries, 1U);
    EXPECT_EQ(progress_of(key).breaker, Breaker{});
}

TEST_F(WebhookConclusion, RetryAfterPausesTheEndpoint) {
    add_with_events(3);
    conclude_all({ending(claim_some(1).jobs.at(0), Outcome::refused, 90s)});
    const auto claimed = claim_some();
    EXPECT_THAT(claimed.jobs, IsEmpty());
    ASSERT_TRUE(claimed.until_next);
    EXPECT_GT(*claimed.until_next, 85s);
    EXPECT_LE(*claimed.until_next, 90s);
}

TEST_F(WebhookConclusion, GoneDisablesAndTells) {
    const auto key = add_with_events(3);
    const auto concluded = end_all(claim_some(1), Outcome::gone);
    EXPECT_EQ(concluded.disabled, 1U);
    const auto webhook = database.as_app(account, [&](Tx& tx) { return find(tx, key).value(); });
    EXPECT_EQ(webhook.disabled_reason, DisabledReason::gone);
    EXPECT_TRUE(webhook.disabled_at);
    EXPECT_EQ(webhook.version, 2);
    EXPECT_EQ(ask(kParked), "2");
    EXPECT_THAT(claim_some().jobs, IsEmpty());
    EXPECT_THAT(ask(kTold, pqxx::params{to_string(account)}), testing::HasSubstr("\"disabled_reason\":\"gone\""));
    EXPECT_EQ(fan_out_once().deliveries, 0U);
}

TEST_F(WebhookConclusion, NothingButFailuresForDaysDisables) {
    const auto key = add_with_events(1);
    run(kLongAgo);
    EXPECT_EQ(end_all(claim_some(), Outcome::unknown).disabled, 1U);
    EXPECT_EQ(database.as_app(account, [&](Tx& tx) { return find(tx, key)->disabled_reason; }),
              DisabledReason::failing);
}

TEST_F(WebhookConclusion, ManyEndpointsAreRecordedByOneTransaction) {
    const auto good = add_webhook();
    const auto bad = add_webhook();
    const auto theirs = add_webhook_to(other);
    happen("message.created");
    happen_in(other, "message.created");
    fan_out_once();
    std::vector<Conclusion> conclusions;
    for (const auto& job : claim_some().jobs) {
        conclusions.push_back(ending(job, job.key.webhook == bad.id ? Outcome::refused : Outcome::accepted));
    }
    EXPECT_THAT(conclude_all(conclusions).is_newest, ElementsAre(true, true, true));
    EXPECT_EQ(deliveries_of(good).front().state, State::sent);
    EXPECT_EQ(deliveries_of(bad).front().state, State::queued);
    EXPECT_EQ(deliveries_of(theirs).front().state, State::sent);
    EXPECT_EQ(progress_of(bad).breaker.failures, 1);
    EXPECT_EQ(progress_of(good).breaker, Breaker{});
}

TEST_F(WebhookConclusion, AnOutdatedAttemptSaysNothingAboutTheEndpoint) {
    const auto key = add_with_events(1);
    const auto first = claim_some().jobs.at(0);
    run(kExpireLeases);
    claim_some();
    conclude_all({ending(first, Outcome::refused)});
    EXPECT_EQ(progress_of(key).breaker, Breaker{});
}

TEST_F(WebhookConclusion, WhatEndedIsForgottenAfterItsTime) {
    const auto key = add_with_events(3);
    end_all(claim_some(1), Outcome::accepted);
    EXPECT_EQ(clear(), 0);
    run(kAge);
    EXPECT_EQ(clear(), 3);
    EXPECT_EQ(deliveries_of(key).size(), 2U) << "what waits stays";
    EXPECT_EQ(ask(kBodies), "0");
    EXPECT_EQ(claim_some().jobs.size(), 2U) << "and is rendered again";
}

}  // namespace
}  // namespace lupaus::desk::webhook
