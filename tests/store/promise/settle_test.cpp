#include "services/desk/promise/queries.sql.hpp"
#include "tests/store/promise/ledger_fixture.hpp"

#include <atomic>
#include <thread>

namespace lupaus::desk::promise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Settle : public LedgerFixture {
protected:
    // Somebody has the promise's row until `let_go` runs, which may change it; the reply begins before and waits.
    std::optional<Settled> settle_past_a_lock(ConversationId id, const std::string& let_go) {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::work holder(connection);
        holder.exec("SELECT 1 FROM promise FOR UPDATE");
        auto settled = std::async(std::launch::async, [&] { return end(id, Ending::replied); });
        await_blocked(settled);
        holder.exec(let_go);
        holder.commit();
        return settled.get();
    }

    template <class Future>
    void await_blocked(const Future& answer) {
        while (answer.wait_for(0s) != std::future_status::ready &&
               ask("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                   " WHERE NOT l.granted AND a.datname = current_database()") == "0") {
        }
    }
};

TEST_F(Settle, AReplyInTimeKeepsThePromise) {
    support::make_policy(database, account, {.target = 1h});
    const auto team = support::make_team(database, account, "Support");
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    const auto id = start({.ago = 10min});
    const auto answered = answer(id);
    ASSERT_TRUE(answered.settled);
    const auto& promise = answered.settled->promise;
    EXPECT_EQ(promise.outcome, Outcome::kept);
    EXPECT_EQ(promise.conversation, id);
    EXPECT_EQ(
        promise_row(promise.id,
                    "outcome, next_alert_at IS NULL, round(elapsed_ms / 60000.0), settled_agent_id, settled_team_id,"
                    " settled_message_id"),
        "0 t 10 " + to_string(agent) + " " + to_string(team) + " " + to_string(answered.message));
}

TEST_F(Settle, AReplyAfterTheDueTimeIsLate) {
    support::make_policy(database, account, {.target = 1h});
    const auto answered = answer(start({.ago = 61min}));
    EXPECT_EQ(answered.settled->promise.outcome, Outcome::late);
}

TEST_F(Settle, WithoutATargetAReplyIsNeverLate) {
    const auto answered = answer(start({.ago = 100h}));
    EXPECT_EQ(answered.settled->promise.outcome, Outcome::kept);
}

TEST_F(Settle, WhatWasAnsweredElsewhereCountsByTheClockToo) {
    support::make_policy(database, account, {.target = 1h});
    EXPECT_EQ(end(start({.sender = "a"}), Ending::answered_elsewhere)->promise.outcome, Outcome::kept);
    EXPECT_EQ(end(start({.sender = "b", .ago = 2h}), Ending::answered_elsewhere)->promise.outcome, Outcome::late);
}

TEST_F(Settle, AWaivedOrWithdrawnWaitIsNeitherKeptNorLate) {
    support::make_policy(database, account, {.target = 1h});
    EXPECT_EQ(end(start({.sender = "a"}), Ending::waived)->promise.outcome, Outcome::waived);
    EXPECT_EQ(end(start({.sender = "b", .ago = 2h}), Ending::waived)->promise.outcome, Outcome::waived);
    EXPECT_EQ(end(start({.sender = "c", .ago = 2h}), Ending::withdrawn)->promise.outcome, Outcome::withdrawn);
}

TEST_F(Settle, WhereNothingIsOwedNothingIsSettled) {
    const auto id = start();
    ASSERT_TRUE(answer(id).settled);
    EXPECT_FALSE(answer(id).settled) << "a second reply";
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "1");
}

TEST_F(Settle, TheNextMessageOpensTheNextWait) {
    const auto id = start();
    answer(id);
    EXPECT_EQ(start(), id);
    EXPECT_THAT(list("SELECT kind || ' ' || coalesce(outcome::text, 'open') FROM promise ORDER BY opened_at"),
                ElementsAre("0 0", "1 open"));
}

TEST_F(Settle, EndsTheAlertsOfThisPromiseAlone) {
    support::make_policy(database, account, {.target = 1h});
    const auto id = start({.sender = "a", .ago = 2h});
    const auto other = start({.sender = "b", .ago = 2h});
    watch_promises();
    // A word that somebody gave in the same conversation is not kept by an answer to something else.
    look(
        "INSERT INTO alert (account_id, id, kind, subject_id, level, state, conversation_id, promise_id, "
        "recipient_type, raised_at,"
        " noticed_at) SELECT $1, $2, 0, $2, 1, 0, $3, $2, 3, now(), now()",
        pqxx::params{to_string(account), to_string(make_uuid_v7()), to_string(id)});
    const auto settled = answer(id).settled;
    ASSERT_EQ(settled->resolved.size(), 1U);
    EXPECT_EQ(settled->resolved.front().promise, settled->promise.id);
    EXPECT_EQ(ask("SELECT count(*) FROM alert WHERE state = 0"), "2");
    EXPECT_EQ(alerts(other).back(), "promise 3 firing account");
}

TEST_F(Settle, EndsAnAcknowledgedAlertToo) {
    support::make_policy(database, account, {.target = 1h});
    const auto id = start({.ago = 2h});
    watch_promises();
    look("UPDATE alert SET state = 1 WHERE state = 0");
    EXPECT_EQ(answer(id).settled->resolved.size(), 1U);
}

// ---- the clock

TEST_F(Settle, AReplyThatBecameLateWhileItWaitedForTheRowIsLate) {
    support::make_policy(database, account, {.target = 1h});
    const auto id = start();
    const auto settled = settle_past_a_lock(id, "UPDATE promise SET due_at = clock_timestamp()");
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->promise.outcome, Outcome::late) << "it began in time, and that does not count";
    EXPECT_GT(settled->promise.settled_at, settled->promise.due_at);
}

TEST_F(Settle, AReplyThatWaitedAndIsStillInTimeIsKept) {
    support::make_policy(database, account, {.target = 1h});
    const auto settled = settle_past_a_lock(start(), "SELECT 1");
    EXPECT_EQ(settled->promise.outcome, Outcome::kept);
}

TEST_F(Settle, AnAlertThatWasRaisedWhileTheReplyWaitedIsEnded) {
    support::make_policy(database, account, {.target = 1h});
    const auto id = start();
    const auto settled = settle_past_a_lock(
        id,
        "WITH p AS (UPDATE promise SET due_at = clock_timestamp(), level = 1 RETURNING *)"
        " INSERT INTO alert (account_id, id, kind, subject_id, level, state, conversation_id, promise_id, "
        "recipient_type, raised_at,"
        " noticed_at) SELECT account_id, id, 0, id, 1, 0, conversation_id, id, 3, due_at, due_at FROM p");
    EXPECT_EQ(settled->promise.outcome, Outcome::late);
    EXPECT_THAT(alerts(id), ElementsAre("promise 1 resolved account"));
}

// Read twice, the clock could call a reply kept that it dates after the due time: too rarely to be seen in a test.
TEST_F(Settle, ReadsTheClockOnce) {
    constexpr std::string_view kClock = "clock_timestamp()";
    const auto first = sql::settle_replies.sql.find(kClock);
    ASSERT_NE(first, std::string_view::npos);
    EXPECT_EQ(sql::settle_replies.sql.find(kClock, first + 1), std::string_view::npos);
    EXPECT_EQ(sql::settle_replies.sql.find("now()"), std::string_view::npos);
}

// ---- repliers against watchers

TEST_F(Settle, NoAlertFiresForAWaitThatEnded) {
    support::make_policy(database, account, {.target = 1h});
    for (int i = 0; i < 120; ++i) {
        say({.sender = "customer " + std::to_string(i), .ago = 30min});
    }
    route();
    look(
        "UPDATE promise SET warn_at = clock_timestamp() + random() * interval '300 ms',"
        " due_at = clock_timestamp() + random() * interval '300 ms', leads_at = clock_timestamp() + random() * "
        "interval '300 ms'");
    look("UPDATE promise SET next_alert_at = least(warn_at, due_at, leads_at)");
    const auto ids = list("SELECT id FROM conversation");
    std::atomic<bool> done{false};
    {
        std::vector<std::jthread> watchers;
        for (int i = 0; i < 2; ++i) {
            watchers.emplace_back([&] {
                while (!done) {
                    watch_promises();
                }
            });
        }
        std::vector<std::jthread> repliers;
        for (std::size_t part = 0; part < 2; ++part) {
            repliers.emplace_back([&, part] {
                for (std::size_t i = part; i < ids.size(); i += 2) {
                    answer(*parse_id<ConversationId>(ids[i]));
                }
            });
        }
        repliers.clear();
        done = true;
    }
    EXPECT_EQ(ask("SELECT count(*) FROM promise WHERE settled_at IS NULL"), "0");
    EXPECT_EQ(ask("SELECT count(*) FROM alert WHERE state < 2"), "0");
    EXPECT_EQ(
        ask("SELECT count(*) FROM alert a JOIN promise p ON p.id = a.promise_id WHERE a.noticed_at > p.settled_at"),
        "0");
    expect_feed_is_whole();
}

}  // namespace
}  // namespace lupaus::desk::promise
