// Policies, the watcher's claim, and holding the ladder.
#include "services/desk/alert/store.hpp"
#include "services/desk/policy/store.hpp"
#include "tests/store/promise/ledger_fixture.hpp"

namespace lupaus::desk::promise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Ladder : public LedgerFixture {
protected:
    std::vector<Promise> claim(Timestamp from = {}, int limit = 100) {
        return database.as_worker({account}, [&](Tx& tx) { return claim_due(tx, from, limit); });
    }

    bool hold_it(PromiseId id, const LadderOptions& ladder) {
        return database.as_app(account, [&](Tx& tx) { return hold(tx, account, id, ladder); });
    }
};

TEST_F(Ladder, TheLadderWaitsForItsEndAndNoLonger) {
    support::make_policy(database, account, {.target = 2h});
    const auto id = start({.ago = 119min});
    const auto promise = load(id).owed->id;
    ASSERT_THAT(claim(), SizeIs(1));
    ASSERT_TRUE(hold_it(promise, options.route.ladder));
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(
        promise_row(
            promise,
            "round(extract(epoch FROM held_until - clock_timestamp())), next_alert_at - held_until < interval '1 ms'"),
        "900 t");
}

TEST_F(Ladder, ALaterLevelStaysWhereItIs) {
    support::make_policy(database, account, {.target = 2h});
    const auto promise = load(start()).owed->id;
    hold_it(promise, options.route.ladder);
    EXPECT_EQ(promise_row(promise, "next_alert_at = warn_at"), "t") << "the warning is later than the end of the hold";
}

TEST_F(Ladder, AShortPromiseIsHeldForHalfOfItsTime) {
    support::make_policy(database, account, {.target = 100s});
    const auto promise = load(start()).owed->id;
    hold_it(promise, options.route.ladder);
    EXPECT_EQ(promise_row(promise, "round(extract(epoch FROM held_until - clock_timestamp()))"), "50");
}

TEST_F(Ladder, ALadderAtItsTopStaysThere) {
    support::make_policy(database, account, {.target = 1h});
    const auto promise = load(start({.ago = 10h})).owed->id;
    watch_promises();
    EXPECT_EQ(promise_row(promise, "level, next_alert_at IS NULL"), "3 t");
    EXPECT_TRUE(hold_it(promise, options.route.ladder));
    EXPECT_EQ(promise_row(promise, "next_alert_at IS NULL"), "t");
}

TEST_F(Ladder, WhatIsSettledIsNotHeld) {
    const auto id = start();
    const auto promise = load(id).owed->id;
    answer(id);
    EXPECT_FALSE(hold_it(promise, options.route.ladder));
}

TEST_F(Ladder, AnAlertIsTakenOnceAndNamesWhoTookIt) {
    support::make_policy(database, account, {.target = 1h});
    start({.ago = 2h});
    watch_promises();
    const auto id = *parse_id<AlertId>(ask("SELECT id FROM alert WHERE state = 0"));
    const auto take = [&](AgentId by) {
        return database.as_app(account, [&](Tx& tx) { return alert::acknowledge(tx, account, id, by); });
    };
    const auto taken = take(agent);
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->acknowledged_by, agent);
    EXPECT_EQ(take(AgentId::make()).error().code, Errc::conflict);
    EXPECT_EQ(ask("SELECT acknowledged_by FROM alert WHERE state = 1"), to_string(agent));
}

// ---- claiming

TEST_F(Ladder, WhatAnotherWatcherHasIsLeftToIt) {
    support::make_policy(database, account, {.target = 1h});
    start({.sender = "a", .ago = 2h});
    start({.sender = "b", .ago = 2h});
    pqxx::connection connection(database.url("lupaus_owner"));
    pqxx::work holder(connection);
    holder.exec("SELECT 1 FROM promise ORDER BY id LIMIT 1 FOR UPDATE");
    EXPECT_THAT(claim(), SizeIs(1));
}

TEST_F(Ladder, ClaimsTheOldestFirstAndAtMostSoMany) {
    support::make_policy(database, account, {.target = 1h});
    for (int i = 0; i < 5; ++i) {
        start({.sender = std::to_string(i)});
    }
    look(
        "UPDATE promise p SET next_alert_at = clock_timestamp() - c.number * interval '1 minute' FROM conversation c"
        " WHERE c.id = p.conversation_id");
    const auto claimed = claim({}, 2);
    ASSERT_THAT(claimed, SizeIs(2));
    std::set<std::string> numbers;
    for (const auto& promise : claimed) {
        numbers.insert(ask_about("SELECT number FROM conversation WHERE id = $1", promise.conversation.value));
    }
    EXPECT_EQ(numbers, (std::set<std::string>{"4", "5"}));
}

TEST_F(Ladder, KnowsWhenToLookAgain) {
    const auto next = [&](Timestamp from) {
        return database.as_worker({account}, [&](Tx& tx) { return next_due(tx, from); });
    };
    EXPECT_EQ(next({}), std::nullopt);
    support::make_policy(database, account, {.target = 1h});
    const auto due = load(start()).owed->due_at;
    EXPECT_EQ(next({}), *due - 15min);
    EXPECT_EQ(next(*due), std::nullopt) << "below the watermark";
}

TEST_F(Ladder, NoLookIsEverPlannedForThePast) {
    support::make_policy(database, account, {.target = 1h});
    const auto before = system_now();
    start({.ago = 150h});
    EXPECT_EQ(claim(before - 1s).size(), 1U);
    EXPECT_EQ(ask("SELECT warn_at < clock_timestamp() - interval '149 hours' FROM promise"), "t")
        << "the levels keep their times";
}

// ---- policies

TEST_F(Ladder, PoliciesComeBackAsTheyWereMade) {
    const auto id =
        support::make_policy(database, account, {.kind = Kind::next_reply, .target = 2h, .channel = channel});
    look("UPDATE policy SET warn_lead_s = 600, priority = 3, visibility = 1");
    const std::array accounts{account.value};
    const auto policies = database.as_worker({account}, [&](Tx& tx) { return load_policies(tx, accounts); });
    ASSERT_THAT(policies, SizeIs(1));
    const auto& policy = policies.front();
    EXPECT_EQ(policy.id, id);
    EXPECT_EQ(policy.kind, Kind::next_reply);
    EXPECT_EQ(policy.target, 2h);
    EXPECT_EQ(policy.warn_lead, 10min);
    EXPECT_EQ(policy.leads_after, 1h);
    EXPECT_EQ(policy.account_after, 2h);
    EXPECT_EQ(policy.channel, channel);
    EXPECT_TRUE(policy.team.is_nil());
    EXPECT_EQ(policy.priority, conversation::Priority::urgent);
    EXPECT_EQ(policy.visibility, conversation::Visibility::public_);
}

}  // namespace
}  // namespace lupaus::desk::promise
