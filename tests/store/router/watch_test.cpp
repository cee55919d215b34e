// The watcher's transactions: due promises and due timers.
#include "tests/store/router/routing_fixture.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/store.hpp"

#include <atomic>
#include <barrier>
#include <thread>

namespace lupaus::router {
namespace {

using desk::agent::Presence;
using desk::conversation::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two hours are promised; a customer who wrote so long ago is where the ladder should be by now.
class Watch : public RoutingFixture {
protected:
    Watch() {
        support::make_policy(database, account, {.target = 2h, .channel = {}, .team = {}});
        look("UPDATE policy SET leads_after_s = 3600, account_after_s = 10800");
    }

    void travel(std::chrono::minutes length) {
        look(
            "UPDATE promise SET opened_at = opened_at - make_interval(mins => $1), due_at = due_at - "
            "make_interval(mins => $1),"
            " warn_at = warn_at - make_interval(mins => $1), leads_at = leads_at - make_interval(mins => $1),"
            " account_at = account_at - make_interval(mins => $1), held_until = held_until - make_interval(mins => $1),"
            " next_alert_at = next_alert_at - make_interval(mins => $1)",
            pqxx::params{length.count()});
    }

    // What was said of promises and their alerts, in order.
    std::vector<std::string> told() {
        return list(
            "SELECT concat_ws(' ', type, data -> 'alert' ->> 'level') FROM event"
            " WHERE type LIKE 'alert.%' OR type IN ('promise.due_soon', 'promise.overdue') ORDER BY account_id, seq");
    }

    TeamId team = support::make_team(database, account, "Support");
};

TEST_F(Watch, NothingIsRaisedBeforeItsTime) {
    support::make_agent(database, account);
    start();
    EXPECT_EQ(watch_promises().claimed, 0);
    travel(89min);
    EXPECT_EQ(watch_promises().claimed, 0);
}

TEST_F(Watch, OneLevelAfterTheOtherEachEndsTheOneBelow) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    support::make_agent(database, account, {.role = desk::agent::Role::lead, .teams = {team}});
    const auto id = start();
    travel(90min);
    EXPECT_EQ(watch_promises().raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 firing agent"));
    EXPECT_EQ(watch_promises().claimed, 0) << "once";
    travel(30min);
    watch_promises();
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 superseded agent", "promise 1 firing agent"));
    travel(60min);
    watch_promises();
    EXPECT_THAT(alerts(id),
                ElementsAre("promise 0 superseded agent", "promise 1 superseded agent", "promise 2 firing leads"));
    travel(120min);
    watch_promises();
    EXPECT_EQ(alerts(id).back(), "promise 3 firing account");
    EXPECT_EQ(ask("SELECT count(*) FROM alert WHERE state < 2"), "1") << "at most one fires";
    EXPECT_EQ(ask("SELECT level || ' ' || (next_alert_at IS NULL) FROM promise"), "3 true");
    EXPECT_EQ(ask("SELECT count(*) FROM event WHERE type = 'alert.raised'"), "4");
    expect_feed_is_whole();
}

TEST_F(Watch, AnAlertKnowsWhenItFellDueAndWhenItWasNoticed) {
    support::make_agent(database, account);
    start();
    travel(92min);
    watch_promises();
    EXPECT_EQ(ask("SELECT a.raised_at = p.warn_at AND a.noticed_at > a.raised_at + interval '1 minute' FROM alert a, "
                  "promise p"),
              "t");
    EXPECT_EQ(ask("SELECT data -> 'alert' ->> 'level' FROM event WHERE type = 'alert.raised'"), "0");
    EXPECT_NE(ask("SELECT data -> 'conversation' ->> 'id' FROM event WHERE type = 'alert.raised'"), "-");
}

TEST_F(Watch, TheLogIsToldOfEachChangeOnce) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    support::make_agent(database, account, {.role = desk::agent::Role::lead, .teams = {team}});
    start();
    for (const auto step : {90min, 30min, 60min, 120min}) {
        travel(step);
        EXPECT_TRUE(watch_promises().told);
        EXPECT_FALSE(watch_promises().told);
    }
    EXPECT_THAT(told(), ElementsAre("promise.due_soon", "alert.raised 0", "promise.overdue", "alert.superseded 0",
                                    "alert.raised 1", "alert.superseded 1", "alert.raised 2", "alert.superseded 2",
                                    "alert.raised 3"));
    EXPECT_EQ(
        ask("SELECT data -> 'promise' ->> 'id' = (SELECT id::text FROM promise) AND data -> 'conversation' ->> 'id' ="
            " conversation_id::text FROM event WHERE type = 'promise.overdue'"),
        "t");
    EXPECT_EQ(ask("SELECT string_agg(data -> 'alert' ->> 'state', ' ') FROM event WHERE type = 'alert.superseded'"),
              "superseded superseded superseded");
    expect_feed_is_whole();
}

TEST_F(Watch, WhatIsRolledBackWasNotSaidAndIsSaidOnceByTheNextLook) {
    support::make_agent(database, account);
    start();
    travel(121min);
    const auto failing = [&](Tx& tx) -> bool {
        EXPECT_TRUE(router::watch_promises(tx, Timestamp{}, watch_options).told);
        throw std::runtime_error("the process was killed");
    };
    EXPECT_THROW(database.worker().run_blocking(Scope::queues(), failing), std::runtime_error);
    EXPECT_THAT(told(), IsEmpty());
    watch_promises();
    watch_promises();
    EXPECT_THAT(told(), ElementsAre("promise.overdue", "alert.raised 1"));
}

TEST_F(Watch, WhatWasPassedOnEarlyIsSaidToBeOverdueWhenItIs) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    start();
    travel(90min);
    EXPECT_EQ(watch_promises().raised, 1);
    EXPECT_THAT(told(), ElementsAre("promise.due_soon", "alert.raised 3")) << "with nobody online the account is told";
    travel(29min);
    EXPECT_EQ(watch_promises().claimed, 0);
    travel(1min);
    EXPECT_EQ(watch_promises().raised, 0);
    EXPECT_THAT(told(), ElementsAre("promise.due_soon", "alert.raised 3", "promise.overdue"));
    travel(600min);
    EXPECT_EQ(watch_promises().claimed, 0);
}

TEST_F(Watch, WithoutATargetNothingIsDueSoonOrOverdue) {
    look("DELETE FROM policy");
    start({.ago = 5h});
    EXPECT_EQ(watch_promises().raised, 1);
    EXPECT_THAT(told(), ElementsAre("alert.raised 3"));
}

TEST_F(Watch, LevelsThatFellDueTogetherAreOneAlertAtTheHighest) {
    support::make_agent(database, account);
    const auto id = start({.ago = 125min});
    const auto report = watch_promises();
    EXPECT_EQ(report.claimed, 1);
    EXPECT_EQ(report.raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 superseded agent", "promise 1 firing agent"));
    EXPECT_THAT(told(), ElementsAre("promise.overdue", "alert.raised 1")) << "the lower one announces nothing";
    EXPECT_EQ(ask("SELECT ended_at IS NOT NULL FROM alert WHERE level = 0"), "t");
}

TEST_F(Watch, AWaitThatIsOverdueAtItsOpeningIsSeenFromANarrowWatermark) {
    support::make_agent(database, account);
    const auto before = system_now() - 1s;
    start({.ago = 150min});
    const auto work = [&](Tx& tx) { return router::watch_promises(tx, before, watch_options); };
    EXPECT_EQ(database.worker().run_blocking(Scope::queues(), work).raised, 1);
}

TEST_F(Watch, WithNobodyOnlineTheAccountIsToldAtOnce) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    const auto id = start();
    travel(90min);
    watch_promises();
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 superseded team", "promise 1 superseded team",
                                        "promise 2 superseded leads", "promise 3 firing account"));
}

TEST_F(Watch, AnAssigneeWhoIsAwayIsPassedOver) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    const auto agent = support::make_agent(database, account, {.teams = {team}});
    const auto id = start();
    ASSERT_EQ(load(id).assignee, agent);
    set_presence(agent, Presence::away);
    support::make_agent(database, account, {.role = desk::agent::Role::lead, .teams = {team}});
    travel(120min);
    watch_promises();
    EXPECT_EQ(alerts(id).back(), "promise 2 firing leads");
    EXPECT_EQ(ask("SELECT raised_at <= noticed_at FROM alert WHERE level = 2"), "t")
        << "told early, and not in the future";
}

TEST_F(Watch, ASilenceWithoutATargetIsToldToTheLeadsOrTheAccount) {
    look("DELETE FROM policy");
    support::make_agent(database, account, {.role = desk::agent::Role::lead});
    const auto heard = start({.sender = "a", .ago = 5h});
    watch_promises();
    EXPECT_THAT(alerts(heard), ElementsAre("silent 2 firing leads"));
    look("UPDATE presence SET state = 3");
    const auto unheard = start({.sender = "b", .ago = 5h});
    watch_promises();
    EXPECT_THAT(alerts(unheard), ElementsAre("silent 2 superseded leads", "silent 3 firing account"));
}

TEST_F(Watch, SleepingConversationsAreWatchedToo) {
    support::make_agent(database, account);
    const auto id = start();
    set_state(id, State::snoozed, system_now() + 24h);
    travel(90min);
    watch_promises();
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 firing agent")) << "snoozing moves no due time";
}

TEST_F(Watch, SettlingEndsTheAlertAndTheLadder) {
    support::make_agent(database, account);
    const auto id = start();
    travel(125min);
    watch_promises();
    const auto settled = database.as_app(account, [&](Tx& tx) {
        return desk::promise::settle_reply(
            tx, {.account = account, .conversation = id, .agent = {}, .team = {}, .message = {}});
    });
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->promise.outcome, desk::promise::Outcome::late);
    ASSERT_EQ(settled->resolved.size(), 1U);
    EXPECT_EQ(settled->resolved.front().level, 1);
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 superseded agent", "promise 1 resolved agent"));
    travel(600min);
    EXPECT_EQ(watch_promises().claimed, 0);
}

TEST_F(Watch, AHeldLadderWaitsAndThenGoesOn) {
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    support::make_agent(database, account, {.role = desk::agent::Role::lead, .teams = {team}});
    const auto id = start();
    travel(119min);
    watch_promises();
    const auto promise = load(id).owed->id;
    database.as_app(account, [&](Tx& tx) { return desk::promise::hold(tx, account, promise, options.route.ladder); });
    EXPECT_EQ(watch_promises().claimed, 0);
    travel(10min);
    EXPECT_EQ(watch_promises().raised, 0) << "due by now, and held";
    EXPECT_EQ(watch_promises().claimed, 0);
    EXPECT_THAT(told(), ElementsAre("promise.due_soon", "alert.raised 0", "promise.overdue"));
    travel(5min);
    EXPECT_EQ(watch_promises().raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 superseded agent", "promise 1 firing agent"));
    EXPECT_THAT(told(), ElementsAre("promise.due_soon", "alert.raised 0", "promise.overdue", "alert.superseded 0",
                                    "alert.raised 1"));
}

TEST_F(Watch, SeveralWatchersRaiseEveryLevelOnce) {
    constexpr int kPromises = 60;
    constexpr int kWatchers = 4;
    support::make_agent(database, account, {.role = desk::agent::Role::lead, .capacity = 1000});
    const auto other = support::make_account(database, "Other");
    const auto their_channel = support::make_channel(database, other).id;
    support::make_policy(database, other, {.target = 2h});
    look("UPDATE policy SET leads_after_s = 3600, account_after_s = 10800");
    support::make_agent(database, other, {.role = desk::agent::Role::lead, .capacity = 1000});
    for (int i = 0; i < kPromises; ++i) {
        const bool theirs = i % 2 == 0;
        say({.sender = "customer " + std::to_string(i),
             .channel = theirs ? their_channel : channel,
             .account = theirs ? other : account});
    }
    route();
    watch_options.batch_max = 7;
    const std::array steps{90min, 30min, 60min, 120min};
    for (int level = 0; level < 4; ++level) {
        travel(steps[static_cast<std::size_t>(level)]);
        std::atomic<int> raised{0};
        std::barrier start_together(kWatchers);
        std::vector<std::jthread> watchers;
        for (int i = 0; i < kWatchers; ++i) {
            watchers.emplace_back([&] {
                start_together.arrive_and_wait();
                for (auto report = watch_promises(); report.claimed > 0; report = watch_promises()) {
                    raised += report.raised;
                }
            });
        }
        watchers.clear();
        EXPECT_EQ(raised, kPromises) << "level " << level;
        EXPECT_EQ(ask("SELECT count(*) FROM alert WHERE state = 0 AND level = $1", pqxx::params{level}),
                  std::to_string(kPromises));
        EXPECT_EQ(ask("SELECT count(*) FROM alert"), std::to_string(kPromises * (level + 1)));
    }
    EXPECT_EQ(ask("SELECT count(*) FROM event WHERE type = 'alert.raised'"), std::to_string(4 * kPromises));
    for (const auto* once : {"promise.due_soon", "promise.overdue"}) {
        EXPECT_EQ(ask("SELECT count(*) || ' ' || count(DISTINCT data -> 'promise' ->> 'id') FROM event WHERE type = $1",
                      pqxx::params{once}),
                  std::to_string(kPromises) + " " + std::to_string(kPromises));
    }
    EXPECT_EQ(ask("SELECT count(*) FROM event WHERE type = 'alert.superseded'"), std::to_string(3 * kPromises));
    expect_feed_is_whole();
}

// ---- timers

class WatchTimers : public Watch {
protected:
    // A reply on its way: state as in message::DeliveryState, in the courier's hands unless it waits in an outbox.
    Uuid add_delivery(ConversationId conversation, AgentId author, int state, bool in_outbox = false) {
        const auto id = make_uuid_v7();
        look(
            "INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, author_id, state, due_at, "
            "body)"
            " VALUES ($1, $2, $3, $4, $2, $5, $6, CASE WHEN $7 THEN NULL ELSE clock_timestamp() END, '')",
            pqxx::params{to_string(account), to_string(id), to_string(channel), to_string(conversation),
                         to_string(author), state, in_outbox});
        look("INSERT INTO timer VALUES ($1, 1, $2, clock_timestamp())",
             pqxx::params{to_string(account), to_string(id)});
        return id;
    }

    void ring() { look("UPDATE timer SET due_at = clock_timestamp() WHERE kind = 1"); }

    // As somebody does who ends a wait. Returns how many alerts ended with it.
    std::size_t close_undelivered(ConversationId id) {
        return database.as_app(account, [&](Tx& tx) {
            desk::conversation::lock_one(tx, {.account = account, .id = id});
            const desk::alert::InConversation place{.account = account, .conversation = id};
            return desk::alert::close_undelivered(tx, std::span(&place, 1)).size();
        });
    }
};

TEST_F(WatchTimers, TheEndOfASnoozeBecomesACommandOnce) {
    const auto id = start();
    set_state(id, State::snoozed, system_now());
    look("DELETE FROM timer");
    look("INSERT INTO timer VALUES ($1, 0, $2, clock_timestamp())", pqxx::params{to_string(account), to_string(id)});
    const auto report = watch_timers();
    EXPECT_TRUE(report.queued);
    EXPECT_EQ(ask("SELECT kind || ' ' || subject_id FROM inbound"), "2 " + to_string(id));
    EXPECT_EQ(watch_timers().claimed, 0);
    route();
    EXPECT_EQ(load(id).state, State::open);
}

TEST_F(WatchTimers, AReplyThatDoesNotArriveIsToldToItsAuthorThenUpTheLadder) {
    support::make_agent(database, account, {.role = desk::agent::Role::lead});
    const auto author = support::make_agent(database, account, {.name = "author"});
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 0);
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("undelivered 1 firing agent"));
    EXPECT_EQ(ask("SELECT recipient_id FROM alert"), to_string(author));
    EXPECT_EQ(ask("SELECT round(extract(epoch FROM due_at - clock_timestamp()) / 60) FROM timer"), "10");
    ring();
    watch_timers();
    EXPECT_EQ(alerts(id).back(), "undelivered 2 firing leads");
    ring();
    watch_timers();
    EXPECT_THAT(alerts(id), ElementsAre("undelivered 1 superseded agent", "undelivered 2 superseded leads",
                                        "undelivered 3 firing account"));
    EXPECT_THAT(told(), ElementsAre("alert.raised 1", "alert.superseded 1", "alert.raised 2", "alert.superseded 2",
                                    "alert.raised 3"));
    ring();
    EXPECT_EQ(watch_timers().raised, 0);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0") << "everybody knows";
    expect_feed_is_whole();
}

TEST_F(WatchTimers, HoweverManyRingTheStatementsAreTheSame) {
    std::map<std::string, int> counts;
    const QueryObserver observer = [&](std::string_view query, std::chrono::nanoseconds, bool) {
        ++counts[std::string(query)];
    };
    Database watcher({.url = database.url("lupaus_worker"), .name = "test", .threads = 1, .observer = observer});
    const auto look_once = [&] {
        const auto work = [&](Tx& tx) { return router::watch_timers(tx, Timestamp{}, watch_options); };
        return watcher.run_blocking(Scope::queues(), work).raised;
    };
    const auto author = support::make_agent(database, account);
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 6);
    EXPECT_EQ(look_once(), 1);
    const auto for_one = std::exchange(counts, {});
    for (int i = 0; i < 5; ++i) {
        add_delivery(id, author, 6);
    }
    EXPECT_EQ(look_once(), 5);
    EXPECT_EQ(counts, for_one);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "6");
}

TEST_F(WatchTimers, AnAuthorWhoIsGoneIsPassedOver) {
    const auto author = support::make_agent(database, account, {.online = false});
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 6);
    watch_timers();
    EXPECT_THAT(alerts(id), ElementsAre("undelivered 3 firing account"));
}

TEST_F(WatchTimers, ARefusedReplyIsNoMatterAnyMoreOnceSomebodyHasDealtWithTheCustomer) {
    const auto author = support::make_agent(database, account);
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 5);
    EXPECT_EQ(watch_timers().raised, 1);
    add_delivery(id, author, 6);
    const auto under_way = add_delivery(id, author, 1);
    EXPECT_EQ(close_undelivered(id), 1U) << "of one nobody was told yet";
    EXPECT_THAT(alerts(id), ElementsAre("undelivered 1 resolved agent"));
    EXPECT_EQ(watch_timers().raised, 1) << "what is still tried is not closed";
    EXPECT_EQ(ask("SELECT string_agg(subject_id::text, ' ') FROM alert WHERE state = 0"), to_string(under_way));
    ring();
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_EQ(ask("SELECT string_agg(subject_id::text, ' ') FROM timer"), to_string(under_way));
}

TEST_F(WatchTimers, WhoeverEndsAWaitFindsWhatAWatcherIsTellingJustNow) {
    const auto author = support::make_agent(database, account);
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 5);
    std::future<std::size_t> closed;
    const auto telling = [&](Tx& tx) {
        const auto report = router::watch_timers(tx, Timestamp{}, watch_options);
        closed = std::async(std::launch::async, [&] { return close_undelivered(id); });
        await_blocked(closed);
        return report.raised;
    };
    EXPECT_EQ(database.worker().run_blocking(Scope::queues(), telling), 1);
    EXPECT_EQ(closed.get(), 1U);
    EXPECT_THAT(alerts(id), ElementsAre("undelivered 1 resolved agent"));
    ring();
    EXPECT_EQ(watch_timers().raised, 0);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
}

TEST_F(WatchTimers, ADeliveryThatSomebodyHoldsIsLookedAtAgain) {
    const auto author = support::make_agent(database, account);
    const auto id = start();
    look("DELETE FROM timer");
    add_delivery(id, author, 5);
    {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::work holder(connection);
        holder.exec("SELECT 1 FROM delivery FOR NO KEY UPDATE");
        EXPECT_EQ(watch_timers().raised, 0) << "it may be arriving";
    }
    EXPECT_EQ(ask("SELECT due_at < clock_timestamp() + interval '5 seconds' FROM timer"), "t");
    ring();
    EXPECT_EQ(watch_timers().raised, 1);
}

TEST_F(WatchTimers, AReplyThatArrivedOrWaitsToBeFetchedIsNotUndelivered) {
    const auto id = start();
    look("DELETE FROM timer");
    for (const int arrived : {2, 3, 4}) {
        add_delivery(id, AgentId::make(), arrived);
    }
    add_delivery(id, AgentId::make(), 0, true);
    EXPECT_EQ(watch_timers().raised, 0);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
    EXPECT_THAT(alerts(id), IsEmpty());
}

TEST_F(WatchTimers, SeveralWatchersRingEveryTimerOnce) {
    std::vector<ConversationId> sleepers;
    for (int i = 0; i < 40; ++i) {
        sleepers.push_back(start({.sender = "customer " + std::to_string(i)}));
    }
    look("DELETE FROM timer");
    look("INSERT INTO timer SELECT account_id, 0, id, clock_timestamp() FROM conversation");
    watch_options.batch_max = 3;
    std::vector<std::jthread> watchers;
    for (int i = 0; i < 4; ++i) {
        watchers.emplace_back([&] {
            while (watch_timers().claimed > 0) {
            }
        });
    }
    watchers.clear();
    EXPECT_EQ(ask("SELECT count(*) || ' ' || count(DISTINCT subject_id) FROM inbound WHERE kind = 2"), "40 40");
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
}

}  // namespace
}  // namespace lupaus::router
