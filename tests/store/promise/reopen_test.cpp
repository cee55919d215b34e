// A reply that the channel refused for good: what it settled is owed again.
#include "tests/store/promise/ledger_fixture.hpp"

namespace lupaus::desk::promise {
namespace {

using conversation::State;
using ::testing::ElementsAre;

class Reopen : public LedgerFixture {
protected:
    Reopen() { support::make_policy(database, account, {.target = 2h}); }
};

TEST_F(Reopen, OwesTheSameAgainSinceTheSameTimeAndDueAtTheSameTime) {
    const auto id = start({.ago = 30min});
    const auto before = load(id);
    const auto answered = answer(id);
    const auto reopened = refuse(answered.message);
    ASSERT_TRUE(reopened);
    const auto& again = reopened->promise;
    EXPECT_NE(again.id, before.owed->id);
    EXPECT_EQ(again.kind, Kind::first_reply);
    EXPECT_EQ(again.waiting_since, before.waiting_since);
    EXPECT_EQ(again.opened_at, before.owed->opened_at);
    EXPECT_EQ(again.due_at, before.owed->due_at);
    EXPECT_EQ(again.level, -1) << "its ladder begins anew";
    EXPECT_EQ(promise_row(again.id, "settled_at IS NULL, outcome IS NULL, reopened_from"),
              "t t " + to_string(before.owed->id));

    const auto now = load(id);
    EXPECT_EQ(now.waiting_since, before.waiting_since);
    ASSERT_TRUE(now.owed);
    EXPECT_EQ(now.owed->id, again.id);
    EXPECT_EQ(now.rank_at, before.rank_at);
    EXPECT_EQ(now.version, before.version + 2);
}

TEST_F(Reopen, WithdrawsTheFigure) {
    const auto id = start();
    const auto answered = answer(id);
    refuse(answered.message);
    EXPECT_EQ(promise_row(answered.settled->promise.id, "withdrawn_at IS NOT NULL"), "t");
}

TEST_F(Reopen, OnceIsEnough) {
    const auto answered = answer(start());
    ASSERT_TRUE(refuse(answered.message));
    EXPECT_FALSE(refuse(answered.message));
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "2");
}

TEST_F(Reopen, AReplyThatSettledNothingOwesNothing) {
    const auto id = start();
    answer(id);
    EXPECT_FALSE(refuse(answer(id).message));
}

TEST_F(Reopen, AWaitThatWasWaivedStaysWaived) {
    const auto id = start();
    const auto answered = answer(id);
    look("UPDATE promise SET outcome = 4");
    EXPECT_FALSE(refuse(answered.message));
}

TEST_F(Reopen, WhatIsOverdueIsAlertedAtOnce) {
    const auto answered = answer(start({.ago = 150min}));
    const auto before = system_now() - 1s;
    refuse(answered.message);
    const auto work = [&](Tx& tx) { return router::watch_promises(tx, before, watch_options); };
    EXPECT_EQ(database.worker().run_blocking(Scope::queues(), work).raised, 1)
        << "also by a watcher that scans from a watermark";
}

// ---- the customer wrote again meanwhile

TEST_F(Reopen, AWaitThatIsOpenBeganWithTheOlderOne) {
    support::make_policy(database, account, {.kind = Kind::next_reply, .target = 10h});
    const auto id = start({.ago = 100min});
    const auto first = load(id);
    const auto answered = answer(id);
    start();
    const auto second = load(id);
    ASSERT_NE(second.owed->due_at, first.owed->due_at);
    const auto reopened = refuse(answered.message);
    ASSERT_TRUE(reopened);
    EXPECT_EQ(reopened->promise.id, second.owed->id) << "one open reply promise at a time";
    EXPECT_EQ(reopened->promise.opened_at, first.owed->opened_at);
    EXPECT_EQ(reopened->promise.due_at, first.owed->due_at);
    EXPECT_EQ(promise_row(second.owed->id, "reopened_from"), to_string(first.owed->id));
    EXPECT_EQ(ask("SELECT count(*) FROM promise WHERE settled_at IS NULL"), "1");
    const auto now = load(id);
    EXPECT_EQ(now.waiting_since, first.waiting_since);
    EXPECT_EQ(now.owed->due_at, first.owed->due_at);
    EXPECT_EQ(now.rank_at, first.owed->due_at);
}

TEST_F(Reopen, WhatIsDueEarlierStaysDueEarlier) {
    support::make_policy(database, account, {.kind = Kind::next_reply, .target = 60s});
    const auto id = start({.ago = 10min});
    const auto answered = answer(id);
    start();
    const auto second = load(id);
    const auto reopened = refuse(answered.message);
    EXPECT_EQ(reopened->promise.due_at, second.owed->due_at);
    EXPECT_LT(reopened->promise.opened_at, second.owed->opened_at);
}

// ---- the conversation is work again

class ReopenResting : public Reopen, public ::testing::WithParamInterface<State> {};

TEST_P(ReopenResting, TheRouterGivesItBackToItsAgent) {
    const auto maija = support::make_agent(database, account);
    const auto id = start();
    ASSERT_EQ(load(id).assignee, maija);
    const auto answered = answer(id, GetParam());
    look("UPDATE agent SET load = 0");  // what the API does when it rests
    ASSERT_TRUE(refuse(answered.message));
    EXPECT_EQ(queued(), 1);
    route();
    EXPECT_EQ(load(id).state, State::open);
    EXPECT_EQ(load(id).assignee, maija);
    EXPECT_EQ(load_of(maija), 1);
    expect_loads_are_true();
}

INSTANTIATE_TEST_SUITE_P(States, ReopenResting, ::testing::Values(State::pending, State::snoozed, State::resolved),
                         [](const auto& instance) { return std::string(to_string(instance.param)); });

TEST_F(Reopen, AnOpenConversationStaysAsItIs) {
    const auto maija = support::make_agent(database, account);
    const auto id = start();
    const auto answered = answer(id);
    refuse(answered.message);
    const auto version = load(id).version;
    route();
    EXPECT_EQ(load(id).assignee, maija);
    EXPECT_EQ(load(id).version, version);
    EXPECT_EQ(load_of(maija), 1);
}

TEST_F(Reopen, ADeliveryIsNotedBesideTheReply) {
    const auto answered = answer(start());
    database.as_worker({account}, [&](Tx& tx) {
        note_delivered(tx, account, answered.message);
        return true;
    });
    EXPECT_EQ(promise_row(answered.settled->promise.id, "delivered_at >= settled_at"), "t");
}

}  // namespace
}  // namespace lupaus::desk::promise
