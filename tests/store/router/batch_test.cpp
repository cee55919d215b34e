// One routing transaction: what stands in the tables after it, and that it is one.
#include "tests/store/router/routing_fixture.hpp"

#include "services/desk/inbound/store.hpp"

namespace lupaus::router {
namespace {

using desk::conversation::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Somebody who has a conversation locked for as long as this lives.
class Holder {
public:
    Holder(const std::string& url, ConversationId id) : connection_(url), work_(connection_) {
        work_.exec("SELECT 1 FROM conversation WHERE id = $1 FOR NO KEY UPDATE", pqxx::params{to_string(id)});
    }

private:
    pqxx::connection connection_;
    pqxx::work work_;
};

class RouteBatch : public RoutingFixture {
protected:
    std::unique_ptr<Holder> hold(ConversationId id) {
        return std::make_unique<Holder>(database.url("lupaus_owner"), id);
    }
};

TEST_F(RouteBatch, AMessageBecomesAConversationAWaitAndEventsInOneTransaction) {
    support::make_policy(database, account, {.target = 2h});
    const auto agent = support::make_agent(database, account);
    const auto message = say({.text = "Where is it?"});
    const auto report = route_once();
    EXPECT_EQ(report.messages, 1U);
    EXPECT_EQ(report.conversations, 1U);
    EXPECT_EQ(report.promises, 1U);
    EXPECT_EQ(report.assigned, 1U);
    EXPECT_EQ(report.finished.size(), 1U);
    EXPECT_EQ(queued(), 0);

    EXPECT_EQ(ask("SELECT concat_ws(' ', k.name, a.address) FROM contact k JOIN address a ON a.contact_id = k.id"),
              "liisa liisa");
    const auto c = load(*parse_id<ConversationId>(ask("SELECT id FROM conversation")));
    EXPECT_EQ(c.number, 1);
    EXPECT_EQ(c.version, 1);
    EXPECT_EQ(c.state, State::open);
    EXPECT_EQ(c.assignee, agent);
    EXPECT_EQ(c.contact_name, "liisa");
    ASSERT_TRUE(c.owed);
    EXPECT_EQ(c.owed->due_at, *c.waiting_since + 2h);
    EXPECT_EQ(c.rank_at, c.owed->due_at);
    EXPECT_EQ(ask("SELECT concat_ws(' ', id, conversation_id, text) FROM message"),
              to_string(message) + " " + to_string(c.id) + " Where is it?");
    EXPECT_EQ(
        ask("SELECT id FROM promise WHERE kind = 0 AND settled_at IS NULL AND level = -1 AND next_alert_at = warn_at"),
        to_string(c.owed->id));
    EXPECT_EQ(load_of(agent), 1);
    EXPECT_NE(ask_about("SELECT assigned_at FROM agent WHERE id = $1", agent.value), "-");
    EXPECT_THAT(event_types(),
                ElementsAre("conversation.created", "message.created", "promise.opened", "conversation.assigned"));
    EXPECT_THAT(list("SELECT xmin FROM message UNION SELECT xmin FROM conversation UNION SELECT xmin FROM promise"
                     " UNION SELECT xmin FROM event UNION SELECT xmin FROM contact UNION SELECT xmin FROM agent"),
                ::testing::SizeIs(1));
}

TEST_F(RouteBatch, EventsShowTheConversationAsItIsAfterTheBatch) {
    const auto agent = support::make_agent(database, account);
    say();
    route();
    EXPECT_THAT(list("SELECT DISTINCT data -> 'conversation' ->> 'assignee_id' FROM event"),
                ElementsAre(to_string(agent)));
    EXPECT_THAT(list("SELECT DISTINCT data -> 'conversation' ->> 'version' FROM event"), ElementsAre("1"));
    say();
    route();
    EXPECT_EQ(ask("SELECT data -> 'conversation' ->> 'version' FROM event ORDER BY seq DESC LIMIT 1"), "2");
    EXPECT_EQ(ask("SELECT version FROM conversation"), "2");
    expect_feed_is_whole();
}

TEST_F(RouteBatch, ALaterMessageJoinsAndOpensNoSecondWait) {
    const auto id = start({.ago = 5min});
    const auto since = load(id).waiting_since;
    EXPECT_EQ(start(), id);
    EXPECT_EQ(load(id).waiting_since, since);
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM contact"), "1");
}

TEST_F(RouteBatch, WhatWaitedInTheQueueIsSeenAfterWhatWasSaidMeanwhile) {
    const auto id = start();
    say({.text = "late"});
    look(
        "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, text,"
        " created_at) VALUES ($1, gen_random_uuid(), $2, nextval('arrival_seq'), clock_timestamp(), 1, 0, 1, 'answer',"
        " clock_timestamp())",
        pqxx::params{to_string(account), to_string(id)});
    say({.text = "later"});
    route_once();
    EXPECT_EQ(ask("SELECT string_agg(text, ' ' ORDER BY seq) FROM message"), "Hei! late answer later");
    EXPECT_EQ(ask("SELECT string_agg(text, ' ' ORDER BY visible_seq) FROM message"), "Hei! answer late later");
}

TEST_F(RouteBatch, AnOlderMessageThatArrivesLaterMovesTheWaitAndItsPromiseBack) {
    support::make_policy(database, account, {.target = 2h});
    const auto agent = support::make_agent(database, account);
    const auto id = start({.ago = 5min});
    const auto other = start({.sender = "pekka", .ago = 5min});
    const auto before = load(id);
    const auto untouched = load(other);
    say({.text = "And before that?", .ago = 100min});
    EXPECT_EQ(route_once().promises, 1U) << "the watcher has to look sooner";
    const auto c = load(id);
    EXPECT_LT(*c.waiting_since, *before.waiting_since - 90min);
    EXPECT_EQ(c.owed->id, before.owed->id);
    EXPECT_EQ(c.owed->opened_at, *c.waiting_since);
    EXPECT_EQ(c.owed->due_at, *c.waiting_since + 2h);
    EXPECT_EQ(c.rank_at, c.owed->due_at);
    EXPECT_EQ(ask("SELECT count(*) FROM promise p JOIN conversation c ON c.owed_id = p.id WHERE p.opened_at ="
                  " c.waiting_since AND p.waiting_since = c.waiting_since AND p.due_at = c.due_at AND p.warn_at ="
                  " p.opened_at + interval '90 minutes' AND p.leads_at >= p.due_at AND p.account_at >= p.leads_at"),
              "2");
    EXPECT_EQ(ask_about("SELECT next_alert_at BETWEEN warn_at + interval '5 minutes' AND clock_timestamp() FROM promise"
                        " WHERE id = $1",
                        c.owed->id.value),
              "t")
        << "the warning is due already, and the watcher's watermark does not look back so far";
    EXPECT_EQ(event_types().back(), "promise.moved");
    EXPECT_EQ(ask("SELECT data -> 'promise' ->> 'id' FROM event WHERE type = 'promise.moved'"), to_string(c.owed->id));
    EXPECT_EQ(ask("SELECT (data -> 'promise' ->> 'due_at')::timestamptz = (data -> 'conversation' -> 'owed' ->> "
                  "'due_at')::timestamptz FROM event WHERE type = 'promise.moved'"),
              "t");
    EXPECT_EQ(load(other).owed->due_at, untouched.owed->due_at);
    EXPECT_EQ(watch_promises().raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("promise 0 firing agent"));
    EXPECT_EQ(load_of(agent), 2);
    expect_feed_is_whole();
}

TEST_F(RouteBatch, AnOlderMessageWaitsForAWatcherWhoHasThePromise) {
    support::make_policy(database, account, {.target = 2h});
    const auto id = start({.ago = 5min});
    say({.ago = 60min});
    std::future<BatchReport> routed;
    {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::work watcher(connection);
        watcher.exec("SELECT 1 FROM promise FOR NO KEY UPDATE");
        routed = std::async(std::launch::async, [this] { return route_once(); });
        await_blocked(routed);
        watcher.exec("UPDATE promise SET level = 0, held_until = clock_timestamp() + interval '1 hour'");
        watcher.commit();
    }
    EXPECT_EQ(routed.get().promises, 1U);
    EXPECT_EQ(ask("SELECT level || ' ' || (held_until > clock_timestamp()) FROM promise"), "0 true");
    EXPECT_EQ(ask("SELECT opened_at < clock_timestamp() - interval '59 minutes' FROM promise"), "t");
    EXPECT_EQ(load(id).owed->opened_at, load(id).waiting_since);
}

TEST_F(RouteBatch, NothingIsLeftOfATransactionThatFails) {
    say();
    const auto work = [&](Tx& tx) -> bool {
        route_batch(tx, desk::inbound::discover_all(tx, 10).lanes, options);
        throw std::runtime_error("the process died");
    };
    EXPECT_THROW(database.worker().run_blocking(Scope::queues(), work), std::runtime_error);
    EXPECT_EQ(queued(), 1);
    EXPECT_EQ(ask("SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM conversation) + (SELECT count(*) FROM "
                  "message)"
                  " + (SELECT count(*) FROM promise) + (SELECT count(*) FROM event) + (SELECT sum(number) FROM "
                  "account_number)"),
              "0");
    route();
    EXPECT_EQ(ask("SELECT count(*) FROM message"), "1");
}

TEST_F(RouteBatch, NumbersFollowTheOrderOfArrivalNotTheSendersTime) {
    say({.sender = "first", .ago = 1min});
    say({.sender = "second", .ago = 60min});
    say({.sender = "third", .ago = 30min});
    route_once();
    EXPECT_THAT(list("SELECT k.name FROM conversation c JOIN contact k ON k.id = c.contact_id ORDER BY c.number"),
                ElementsAre("first", "second", "third"));
}

TEST_F(RouteBatch, SeveralAccountsInOneTransactionStayApart) {
    const auto other = support::make_account(database, "Other");
    const auto their_channel = support::make_channel(database, other).id;
    const auto their_agent = support::make_agent(database, other);
    support::make_policy(database, other, {.target = 60s});
    say();
    say({.channel = their_channel, .account = other});
    const auto report = route_once();
    EXPECT_EQ(report.locked.size(), 2U);
    EXPECT_EQ(report.messages, 2U);
    EXPECT_EQ(ask_about("SELECT count(*) FROM contact WHERE account_id = $1", account.value), "1");
    EXPECT_EQ(ask_about("SELECT due_at IS NULL AND next_alert_at IS NOT NULL FROM promise WHERE account_id = $1",
                        account.value),
              "t");
    EXPECT_EQ(ask_about("SELECT due_at IS NOT NULL FROM promise WHERE account_id = $1", other.value), "t");
    EXPECT_EQ(ask_about("SELECT assignee_id FROM conversation WHERE account_id = $1", account.value), "-");
    EXPECT_EQ(ask_about("SELECT assignee_id FROM conversation WHERE account_id = $1", other.value),
              to_string(their_agent));
    EXPECT_THAT(list("SELECT number FROM conversation"), ElementsAre("1", "1"));
    expect_feed_is_whole();
}

TEST_F(RouteBatch, RowsMaxIsSharedByTheLanes) {
    const auto other = support::make_account(database, "Other");
    const auto their_channel = support::make_channel(database, other).id;
    for (int i = 0; i < 6; ++i) {
        say();
        say({.channel = their_channel, .account = other});
    }
    auto few = options;
    few.rows_max = 4;
    const auto report = route_once(few);
    EXPECT_EQ(report.claimed.size(), 4U);
    EXPECT_EQ(report.finished.size(), 4U);
    EXPECT_EQ(queued(), 8);
}

// ---- threading against what the tables know

TEST_F(RouteBatch, JoinsAnOpenConversationAlthoughANewerOneIsResolved) {
    const auto open = start({.sender = "liisa"});
    const auto newer = start({.sender = "liisa", .thread = "t-1"});
    ASSERT_NE(open, newer);
    set_state(newer, State::resolved);
    EXPECT_EQ(start({.sender = "liisa"}), newer) << "inside the reopen window";
    set_state(newer, State::resolved);
    look("UPDATE conversation SET resolved_at = resolved_at - interval '8 days' WHERE id = $1",
         pqxx::params{to_string(newer)});
    EXPECT_EQ(start({.sender = "liisa"}), open);
}

TEST_F(RouteBatch, AfterTheWindowANewOneNamesThePrevious) {
    const auto old = start();
    set_state(old, State::resolved);
    look("UPDATE conversation SET resolved_at = resolved_at - interval '8 days'");
    const auto made = start();
    EXPECT_NE(made, old);
    EXPECT_EQ(load(made).previous, old);
    EXPECT_EQ(load(made).number, 2);
}

TEST_F(RouteBatch, AThreadIdIsAsGoodAsTheThread) {
    const auto one = start({.sender = "liisa", .thread = "t-1"});
    const auto two = start({.sender = "liisa", .thread = "t-2"});
    EXPECT_NE(one, two);
    EXPECT_EQ(start({.sender = "pekka", .thread = "t-1"}), one);
}

TEST_F(RouteBatch, HistoryOpensNothing) {
    look("UPDATE channel SET live_since = clock_timestamp() - interval '30 days'");
    support::make_agent(database, account);
    const auto id = start({.ago = std::chrono::days{400}});
    EXPECT_EQ(load(id).state, State::resolved);
    EXPECT_TRUE(load(id).assignee.is_nil());
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "0");
    EXPECT_EQ(ask("SELECT history AND ordered_at < clock_timestamp() - interval '399 days' FROM message"), "t");
}

TEST_F(RouteBatch, WhatCameLiveIsRoutedBeforeTheHistoryThatWaits) {
    look("UPDATE channel SET live_since = clock_timestamp() - interval '30 days'");
    const auto agent = support::make_agent(database, account);
    for (int i = 0; i < 5; ++i) {
        say({.sender = "old " + std::to_string(i), .ago = std::chrono::days{400}, .backlog = true});
    }
    const auto live = say({.sender = "new"});
    auto few = options;
    few.rows_max = 2;
    const auto report = route_once(few);
    ASSERT_EQ(report.claimed.size(), 2U);
    EXPECT_EQ(report.claimed.front().id, live);
    EXPECT_TRUE(report.claimed.back().backlog) << "and fills up";
    EXPECT_EQ(ask("SELECT count(*) FROM conversation WHERE assignee_id = $1", pqxx::params{to_string(agent)}), "1");
    route();
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM conversation WHERE state = 3"), "5");
    EXPECT_EQ(
        ask("SELECT bool_and(old.seq < new.seq) FROM message old, message new WHERE old.history AND NOT new.history"),
        "t")
        << "the order of arrival stays what it was";
}

// ---- conversations that somebody holds

TEST_F(RouteBatch, ABusyConversationIsSkippedAndItsRowsStay) {
    const auto busy = start({.sender = "liisa"});
    auto holder = hold(busy);
    const auto first = say({.sender = "liisa", .text = "one"});
    const auto other = say({.sender = "pekka"});
    const auto second = say({.sender = "liisa", .text = "two"});
    const auto report = route_once();
    EXPECT_EQ(report.deferred, 2U);
    EXPECT_EQ(report.messages, 1U);
    EXPECT_THAT(list("SELECT id FROM inbound ORDER BY seq"), ElementsAre(to_string(first), to_string(second)));
    EXPECT_EQ(ask_about("SELECT count(*) FROM message WHERE id = $1", other.value), "1");
    holder.reset();
    route();
    EXPECT_THAT(list("SELECT text FROM message WHERE conversation_id = $1 ORDER BY ordered_at, seq",
                     pqxx::params{to_string(busy)}),
                ElementsAre("Hei!", "one", "two"));
}

TEST_F(RouteBatch, AWaitingConversationThatIsHeldIsOfferedAgain) {
    const auto waiting = start();
    const auto agent = support::make_agent(database, account);
    auto holder = hold(waiting);
    command(desk::inbound::Kind::drain);
    const auto report = route_once();
    EXPECT_EQ(report.assigned, 0U);
    EXPECT_EQ(report.pushed, 1U) << "the next batch looks again";
    EXPECT_EQ(queued(), 1);
    holder.reset();
    route();
    EXPECT_EQ(load(waiting).assignee, agent);
}

TEST_F(RouteBatch, AWakeOfAConversationThatIsGoneLeavesTheQueue) {
    command(desk::inbound::Kind::wake, make_uuid_v7());
    route_once();
    EXPECT_EQ(queued(), 0);
}

// ---- what cannot be routed

TEST_F(RouteBatch, APayloadThatCannotBeReadIsSetAsideAndOthersGoOn) {
    const auto poison = say({.sender = "mallory"});
    const auto good = say({.sender = "liisa"});
    look("UPDATE inbound SET payload = '{' WHERE id = $1", pqxx::params{to_string(poison)});
    const auto report = route_once();
    EXPECT_EQ(report.quarantined, 1U);
    EXPECT_EQ(report.messages, 1U);
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(ask("SELECT id FROM message"), to_string(good));
    EXPECT_EQ(ask("SELECT id FROM quarantine WHERE payload = '{' AND error <> ''"), to_string(poison));
}

TEST_F(RouteBatch, AChannelThatIsGoneIsAReason) {
    const auto lost = say({.channel = ChannelId::make()});
    route_once();
    EXPECT_EQ(ask("SELECT id FROM quarantine WHERE error LIKE '%channel%'"), to_string(lost));
}

TEST_F(RouteBatch, WhatWasSetAsideCanBeTriedAgain) {
    const auto poison = say();
    const auto payload = ask("SELECT payload FROM inbound");
    look("UPDATE inbound SET payload = '{'");
    route_once();
    database.as_worker({account}, [&](Tx& tx) {
        const auto held = desk::inbound::lock_quarantined(tx, account, poison);
        desk::inbound::requeue(tx, held.value(), payload);
        return true;
    });
    route();
    EXPECT_EQ(ask("SELECT id FROM message"), to_string(poison));
    EXPECT_EQ(ask("SELECT count(*) FROM quarantine"), "0");
}

TEST_F(RouteBatch, WhatWasMergedAwayLeadsOn) {
    const auto merge = [this](ConversationId source, ConversationId target) {
        look(
            "UPDATE conversation SET merged_into = $2, state = 3, resolved_at = now(), waiting_since = NULL, owed_id = "
            "NULL, "
            "owed_kind = NULL, owed_opened_at = NULL, rank_at = NULL WHERE id = $1",
            pqxx::params{to_string(source), to_string(target)});
    };
    const auto target = start({.thread = "a"});
    const auto source = start({.thread = "b"});
    merge(source, target);
    EXPECT_EQ(start({.thread = "b"}), target);
    EXPECT_EQ(start({.thread = "a"}), target);
    EXPECT_EQ(start(), target) << "the newest of all leads there";
    EXPECT_EQ(load(source).state, State::resolved);
    const auto sms = support::make_channel(database, account, {.name = "SMS"}).id;
    const auto there = start({.thread = "c", .channel = sms});
    merge(there, target);
    EXPECT_EQ(start({.text = "By SMS", .thread = "c", .channel = sms}), target);
    EXPECT_EQ(ask("SELECT channel_id FROM message WHERE text = 'By SMS'"), to_string(sms));
    EXPECT_EQ(ask("SELECT count(channel_id) FROM message"), "1") << "the others came over their conversation's own";
}

}  // namespace
}  // namespace lupaus::router
