#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUrl = "https://example.com/hook";
constexpr Query kExternalId{"test_external_id", "SELECT external_id FROM message WHERE id = $1"};
constexpr Query kSettled{"test_settled", "SELECT settled_id FROM message WHERE id = $1"};
constexpr Query kWithdrawn{"test_withdrawn", "SELECT withdrawn_at IS NOT NULL FROM promise WHERE id = $1"};
constexpr Query kReopened{"test_reopened",
                          "SELECT string_agg((settled_at IS NULL)::text || ':' || (delivered_at IS NOT NULL), ' ') "
                          "FROM promise WHERE reopened_from = $1"};
constexpr Query kSameTimes{
    "test_same_times",
    "SELECT count(*) FROM promise a JOIN promise b ON b.reopened_from = a.id AND b.due_at = a.due_at "
    "AND b.opened_at = a.opened_at WHERE a.id = $1"};
constexpr Query kDueRows{"test_due_rows", "SELECT count(*) FROM delivery WHERE due_at IS NOT NULL"};
constexpr Query kRaise{
    "test_raise",
    "INSERT INTO alert (account_id, id, kind, subject_id, level, state, recipient_type, raised_at, noticed_at) "
    "VALUES ($1, gen_random_uuid(), 3, $2, 0, 0, 3, now(), now())"};
constexpr Query kAlertState{"test_alert_state", "SELECT state FROM alert WHERE subject_id = $1"};
constexpr Query kResolvedEvents{
    "test_resolved_events", "SELECT count(*) FROM event WHERE type = 'alert.resolved' AND data -> 'alert' IS NOT NULL"};
constexpr Query kSettledEvents{"test_settled_events",
                               "SELECT string_agg(data -> 'promise' ->> 'outcome', ' ') FROM event WHERE type = "
                               "'promise.settled' AND conversation_id = $1"};
constexpr Query kCustomerWrites{"test_customer_writes", R"(
    INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, text, created_at)
    VALUES ($1, gen_random_uuid(), $2, nextval('arrival_seq'), clock_timestamp() - $3::interval, 0, 0, 0, 'Hello?',
            clock_timestamp()))"};

constexpr Query kMachineWrote{
    "test_machine_wrote",
    "UPDATE message SET verdict = 1, verdict_rule = 'mail.bounce' WHERE conversation_id = $1 AND "
    "direction = 0"};

constexpr Query kWaitsAgain{"test_waits_again", R"(
    WITH next AS (
        INSERT INTO promise (account_id, id, conversation_id, kind, channel_id, waiting_since, opened_at, due_at)
        SELECT account_id, gen_random_uuid(), id, 1, channel_id, clock_timestamp(), clock_timestamp(),
               clock_timestamp() + interval '1 hour'
        FROM conversation
        WHERE id = $1
        RETURNING *
    )
    UPDATE conversation c
    SET owed_id = n.id, owed_kind = 1, owed_opened_at = n.opened_at, due_at = n.due_at, waiting_since = n.waiting_since
    FROM next n
    WHERE c.id = n.conversation_id
    RETURNING n.id)"};
constexpr Query kPromiseEvents{
    "test_promise_events",
    "SELECT string_agg(concat_ws(' ', e.type, p.id, e.xmin = p.xmin, (e.data -> 'promise' ->> 'due_at')::timestamptz = "
    "date_trunc('milliseconds', p.due_at), e.data -> 'conversation' -> 'owed' ->> 'id' = p.id::text), ', ' ORDER BY "
    "e.seq) FROM event e JOIN promise p ON p.id::text = e.data -> 'promise' ->> 'id' WHERE e.conversation_id = $1"};

class DeliveryConclusion : public testing::Test {
protected:
    Delivery claim_one() {
        auto claimed = desk.claim();
        EXPECT_EQ(claimed.jobs.size(), 1U);
        return claimed.jobs.at(0).delivery;
    }

    Result<Delivery> retry(DeliveryId id) {
        return database.as_app(desk.account, [&](Tx& tx) {
            return delivery::retry(tx, desk.account, id,
                                   {.type = event::ActorType::agent, .id = desk.agent.value, .token = {}});
        });
    }

    std::string ask(const Query& query, const auto& id) { return desk.ask_about(query, id.value); }

    support::TestDatabase database;
    OutboxFixture desk{database};
    Reply reply = desk.add_reply(desk.add_channel(std::string(kUrl)));
};

TEST_F(DeliveryConclusion, SentIsSeenEverywhere) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}, 200, "r-1"));
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::sent);
    EXPECT_EQ(stored.external_id, "r-1");
    EXPECT_TRUE(stored.sent_at);
    EXPECT_FALSE(stored.error);
    EXPECT_FALSE(stored.leased_until);
    EXPECT_EQ(ask(kMessageState, reply.delivery.message), "2");
    EXPECT_EQ(ask(kExternalId, reply.delivery.message), "r-1");
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "NULL");
    EXPECT_EQ(ask(kDeliveredAt, reply.promise), "t");
    EXPECT_EQ(ask(kEvents, reply.delivery.message), "message.delivery:sent");
    EXPECT_EQ(desk.ask(kDueRows), "0") << "what is sent leaves the index of due deliveries";
    EXPECT_FALSE(desk.claim().until_next);
}

TEST_F(DeliveryConclusion, SentEndsTheAlertThatItWasNot) {
    desk.run(kRaise, pqxx::params{to_string(desk.account), to_string(reply.delivery.id)});
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}));
    EXPECT_EQ(ask(kAlertState, reply.delivery.id), "3");
    EXPECT_EQ(desk.ask(kResolvedEvents), "1");
}

TEST_F(DeliveryConclusion, AnOldAttemptsResultChangesNothing) {
    const auto first = claim_one();
    desk.expire_leases();
    const auto second = claim_one();
    EXPECT_FALSE(desk.conclude(first, {.state = State::failed, .error = "Late."}, 410));
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::sending);
    EXPECT_EQ(stored.attempt, second.attempt);
    EXPECT_FALSE(stored.error);
    EXPECT_EQ(ask(kEvents, reply.delivery.message), "");
    EXPECT_TRUE(desk.conclude(second, {.state = State::sent}));
    EXPECT_FALSE(desk.conclude(second, {.state = State::failed})) << "a result is recorded once";
    EXPECT_EQ(desk.read(reply).state, State::sent);
}

TEST_F(DeliveryConclusion, AnotherAttemptIsQuiet) {
    EXPECT_TRUE(
        desk.conclude(claim_one(), {.state = State::queued, .wait = 5min, .error = "The receiver answered 503."}, 503));
    const auto stored = desk.read(reply);
    EXPECT_EQ(stored.state, State::queued);
    EXPECT_EQ(stored.error, "The receiver answered 503.");
    ASSERT_TRUE(stored.due_at);
    EXPECT_GT(*stored.due_at - stored.created_at, Micros(5min - 1s));
    EXPECT_EQ(ask(kMessageState, reply.delivery.message), "0");
    EXPECT_EQ(ask(kEvents, reply.delivery.message), "");
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "10");
    const auto attempts =
        database.as_app(desk.account, [&](Tx& tx) { return attempts_of(tx, desk.account, reply.delivery.id); });
    ASSERT_EQ(attempts.size(), 1U);
    EXPECT_EQ(attempts[0].status, 503);
    EXPECT_TRUE(attempts[0].ended_at);
}

TEST_F(DeliveryConclusion, ARefusalReopensThePromise) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed, .error = "The receiver answered 410."}, 410));
    EXPECT_EQ(desk.read(reply).state, State::failed);
    EXPECT_EQ(ask(kMessageState, reply.delivery.message), "5");
    EXPECT_EQ(ask(kWithdrawn, reply.promise), "t");
    EXPECT_EQ(ask(kReopened, reply.promise), "true:false");
    EXPECT_EQ(ask(kSameTimes, reply.promise), "1");
    EXPECT_NE(ask(kOwed, reply.conversation), "NULL");
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "0");
    EXPECT_EQ(ask(kEvents, reply.delivery.message), "message.delivery:failed");
    EXPECT_EQ(ask(kPromiseEvents, reply.conversation), "promise.opened " + ask(kOwed, reply.conversation) + " t t t")
        << "in the same transaction, and the conversation shows it";
}

TEST_F(DeliveryConclusion, ARefusalMovesTheWaitBackThatBeganSince) {
    const auto next = ask(kWaitsAgain, reply.conversation);
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    EXPECT_EQ(ask(kOwed, reply.conversation), next);
    EXPECT_EQ(ask(kSameTimes, reply.promise), "1");
    EXPECT_EQ(ask(kPromiseEvents, reply.conversation), "promise.moved " + next + " t t t");
}

TEST_F(DeliveryConclusion, ARefusalIsToldEvenIfTheTimerHasRung) {
    constexpr Query kRing{"test_ring", "DELETE FROM timer WHERE subject_id = $1"};
    desk.run(kRing, pqxx::params{to_string(reply.delivery.id)});
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::uncertain}));
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "0");
}

TEST_F(DeliveryConclusion, ARetryThatArrivesSettlesTheReopenedPromise) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    const auto queued = retry(reply.delivery.id);
    ASSERT_TRUE(queued.has_value());
    EXPECT_EQ(queued->state, State::queued);
    EXPECT_EQ(ask(kMessageState, reply.delivery.message), "0");
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "10");
    EXPECT_NE(ask(kOwed, reply.conversation), "NULL") << "until it has arrived the customer waits";
    const auto again = claim_one();
    EXPECT_EQ(again.attempt, 2);
    EXPECT_TRUE(desk.conclude(again, {.state = State::sent}, 200));
    EXPECT_EQ(ask(kOwed, reply.conversation), "NULL");
    EXPECT_EQ(ask(kReopened, reply.promise), "false:true");
    EXPECT_NE(ask(kSettled, reply.delivery.message), to_string(reply.promise));
    EXPECT_EQ(ask(kDeliveredAt, reply.promise), "f") << "the withdrawn figure stays withdrawn";
    EXPECT_EQ(ask(kEvents, reply.delivery.message),
              "message.delivery:failed message.delivery:queued message.delivery:sent");
}

TEST_F(DeliveryConclusion, ALateArrivalIsToldAndCountedAsAnyReplyIs) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_EQ(desk.settled_count("kept"), 0);
    const auto again = claim_one();
    EXPECT_TRUE(desk.conclude(again, {.state = State::sent}, 200));
    EXPECT_EQ(ask(kSettledEvents, reply.conversation), "kept");
    EXPECT_EQ(desk.settled_count("kept"), 1);
    EXPECT_NE(desk.metrics.render().find("lupaus_reply_seconds_count{kind=\"first_reply\"} 1\n"), std::string::npos);
    EXPECT_FALSE(desk.conclude(again, {.state = State::sent}, 200));
    EXPECT_EQ(desk.settled_count("kept"), 1);
}

TEST_F(DeliveryConclusion, WhatIsRolledBackIsNotCounted) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    const auto again = claim_one();
    const auto failing = [&](Tx& tx) -> bool {
        conclude(tx,
                 {.account = desk.account,
                  .delivery = again.id,
                  .attempt = again.attempt,
                  .step = {.state = State::sent},
                  .status = 200,
                  .external_id = {}},
                 desk.metrics);
        throw std::runtime_error("the commit did not come about");
    };
    EXPECT_THROW(database.as_worker({desk.account}, failing), std::runtime_error);
    EXPECT_EQ(desk.settled_count("kept"), 0);
}

TEST_F(DeliveryConclusion, ARetryThatArrivesLeavesAQuestionOpenThatItHadNotSeen) {
    for (const std::string said_before : {"0 s", "1 hour"}) {
        const auto asked = said_before == "0 s" ? reply : desk.add_reply(reply.delivery.channel);
        EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
        desk.run(kCustomerWrites, pqxx::params{to_string(desk.account), to_string(asked.conversation), said_before});
        ASSERT_TRUE(retry(asked.delivery.id).has_value());
        EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}, 200));
        EXPECT_NE(ask(kOwed, asked.conversation), "NULL") << said_before;
        EXPECT_EQ(ask(kReopened, asked.promise), "true:false") << said_before;
    }
}

// A mail that bounced has its report behind it in the conversation, which asks nothing.
TEST_F(DeliveryConclusion, ARetryThatArrivesAnswersWhateverMachinesSaidSince) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    desk.run(kCustomerWrites, pqxx::params{to_string(desk.account), to_string(reply.conversation), "0 s"});
    desk.run(kMachineWrote, pqxx::params{to_string(reply.conversation)});
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}, 200));
    EXPECT_EQ(ask(kOwed, reply.conversation), "NULL");
}

// A second reply that failed as well.
TEST_F(DeliveryConclusion, ARetryThatArrivesAnswersWhateverTheDeskSaidSince) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    desk.run(kCustomerWrites, pqxx::params{to_string(desk.account), to_string(reply.conversation), "0 s"});
    desk.run({"test_our_own",
              "UPDATE message SET direction = 1, delivery_state = 5 WHERE conversation_id = $1 AND direction = 0"},
             pqxx::params{to_string(reply.conversation)});
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}, 200));
    EXPECT_EQ(ask(kOwed, reply.conversation), "NULL");
}

// Of a conversation that was merged with another one, say: this reply answers only a part of the wait.
TEST_F(DeliveryConclusion, ARetryThatArrivesEndsNoWaitButItsOwn) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    desk.run({"test_another_wait", "UPDATE promise SET reopened_from = NULL WHERE settled_at IS NULL"});
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::sent}, 200));
    EXPECT_NE(ask(kOwed, reply.conversation), "NULL");
}

TEST_F(DeliveryConclusion, ARetryIntoTheOutboxIsNotUndelivered) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    desk.run(kRaise, pqxx::params{to_string(desk.account), to_string(reply.delivery.id)});
    desk.run({"test_lose_url", "UPDATE channel SET outbound_url = NULL"});
    const auto waiting = retry(reply.delivery.id);
    ASSERT_TRUE(waiting.has_value());
    EXPECT_EQ(waiting->state, State::queued);
    EXPECT_FALSE(waiting->due_at);
    EXPECT_EQ(ask(kAlertState, reply.delivery.id), "3");
    EXPECT_EQ(desk.ask(kResolvedEvents), "1");
    EXPECT_EQ(ask(kTimerIn, reply.delivery.id), "NULL");
}

TEST_F(DeliveryConclusion, WhatIsSentAgainHasToArriveAgain) {
    constexpr Query kClose{"test_close", "UPDATE delivery SET closed_at = clock_timestamp() RETURNING 1"};
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    desk.run(kClose);
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_EQ(ask({"test_closed", "SELECT closed_at FROM delivery WHERE id = $1"}, reply.delivery.id), "NULL");
}

TEST_F(DeliveryConclusion, ASecondRefusalReopensNothingTwice) {
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    ASSERT_TRUE(retry(reply.delivery.id).has_value());
    EXPECT_TRUE(desk.conclude(claim_one(), {.state = State::failed}, 410));
    EXPECT_EQ(ask(kReopened, reply.promise), "true:false");
}

TEST_F(DeliveryConclusion, OnlyWhatEndedWithoutArrivingIsRetried) {
    EXPECT_EQ(retry(reply.delivery.id).error().code, Errc::conflict);
    const auto sending = claim_one();
    EXPECT_EQ(retry(reply.delivery.id).error().code, Errc::conflict);
    EXPECT_TRUE(desk.conclude(sending, {.state = State::sent}));
    EXPECT_EQ(retry(reply.delivery.id).error().code, Errc::conflict);
    EXPECT_EQ(retry(DeliveryId::make()).error().code, Errc::not_found);
}

}  // namespace
}  // namespace lupaus::desk::delivery
