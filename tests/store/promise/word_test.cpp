// Given words beside the router, the watcher and the courier: alerts of a word, and what a conversation shows.
#include "services/desk/promise/word.hpp"
#include "tests/store/promise/ledger_fixture.hpp"

namespace lupaus::desk::promise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Words : public LedgerFixture {
protected:
    Promise make_word(Micros opened_ago, Micros due_in) {
        Promise word;
        word.account = account;
        word.id = PromiseId::make();
        word.agent = maija;
        word.text = "The part arrives by Friday.";
        word.opened_at = system_now() - opened_ago;
        word.due_at = system_now() + due_in;
        arm_word(word, options.route.ladder);
        return word;
    }

    Promise give_in(ConversationId id, Micros opened_ago, Micros due_in) {
        return database.as_app(account, [&](Tx& tx) {
            auto c = conversation::lock_one(tx, {.account = account, .id = id}).value();
            auto word = make_word(opened_ago, due_in);
            word.conversation = id;
            word.channel = c.channel;
            give(tx, word).value();
            conversation::owe_word(c, word);
            ++c.version;
            conversation::update(tx, std::span(&c, 1));
            return word;
        });
    }

    Promise give_to_contact(Micros opened_ago, Micros due_in) {
        auto word = make_word(opened_ago, due_in);
        word.contact = ContactId::make();
        database.as_app(account, [&](Tx& tx) { return give(tx, word); }).value();
        return word;
    }

    std::vector<std::string> alerts_of(PromiseId id) {
        return list(
            "SELECT concat_ws(' ', level, (ARRAY['firing', 'acknowledged', 'superseded', 'resolved'])[state + 1],"
            " (ARRAY['agent', 'team', 'leads', 'account'])[recipient_type + 1]) FROM alert WHERE promise_id = $1 ORDER "
            "BY level",
            pqxx::params{to_string(id)});
    }

    AgentId maija = support::make_agent(database, account, {.name = "Maija"});
};

// ---- the same watcher and ladder

TEST_F(Words, OneToAContactWarnsWhoeverGaveIt) {
    const auto word = give_to_contact(80min, 20min);
    watch_promises();
    EXPECT_THAT(alerts_of(word.id), ElementsAre("0 firing agent"));
    EXPECT_EQ(ask("SELECT recipient_id FROM alert"), to_string(maija));
    EXPECT_EQ(ask("SELECT data ? 'conversation' FROM (SELECT data::jsonb FROM event WHERE type = 'alert.raised') e"),
              "f");
    EXPECT_THAT(list("SELECT type || ' ' || (data -> 'promise' ->> 'text') FROM event WHERE type LIKE 'promise.%'"),
                ElementsAre("promise.due_soon The part arrives by Friday."));
}

TEST_F(Words, OneToAContactClimbsToTheAccount) {
    const auto word = give_to_contact(10h, -5h);
    watch_promises();
    EXPECT_THAT(alerts_of(word.id),
                ElementsAre("0 superseded agent", "1 superseded agent", "2 superseded leads", "3 firing account"));
    EXPECT_EQ(promise_row(word.id, "level, next_alert_at IS NULL"), "3 t");
    EXPECT_THAT(list("SELECT type || ' ' || (data -> 'promise' ->> 'id') FROM event WHERE type LIKE 'promise.%'"),
                ElementsAre("promise.overdue " + to_string(word.id)));
}

TEST_F(Words, OneInAConversationWarnsWhoHasTheConversation) {
    const auto id = start();
    answer(id);
    const auto assignee = load(id).assignee;
    const auto word = give_in(id, 80min, 20min);
    watch_promises();
    EXPECT_THAT(alerts_of(word.id), ElementsAre("0 firing agent"));
    EXPECT_EQ(ask("SELECT recipient_id FROM alert"), to_string(assignee));
}

TEST_F(Words, AWordThatEndsInTimeRaisesNothing) {
    const auto word = give_to_contact(10min, 1h);
    const EndingWord ending{
        .account = account, .word = word.id, .agent = maija, .team = {}, .successor = {}, .told_at = {}};
    const auto ended = database.as_app(account, [&](Tx& tx) { return promise::end(tx, ending); }).value();
    EXPECT_EQ(ended.promise.outcome, Outcome::kept);
    EXPECT_EQ(promise_row(word.id, "next_alert_at IS NULL, business_ms = elapsed_ms"), "t t");
    watch_promises();
    EXPECT_THAT(alerts_of(word.id), IsEmpty());
}

// ---- what the conversation shows

TEST_F(Words, ANewWaitStandsBesideTheWord) {
    support::make_policy(database, account, {.kind = Kind::next_reply, .target = 1h});
    const auto id = start();
    answer(id);
    const auto word = give_in(id, 0s, 30min);
    EXPECT_EQ(start(), id);
    const auto c = load(id);
    EXPECT_TRUE(c.waiting_since);
    EXPECT_EQ(c.owed->id, word.id);
    const auto settled = answer(id).settled;
    ASSERT_TRUE(settled && settled->next);
    EXPECT_EQ(settled->next->id, word.id);
    EXPECT_FALSE(load(id).waiting_since);
    EXPECT_EQ(load(id).rank_at, load(id).owed->due_at);
}

TEST_F(Words, AWaitThatBeganEarlierIsMovedThoughAWordIsShown) {
    support::make_policy(database, account, {.target = 5h});
    const auto id = start({.ago = 5min});
    const auto wait = load(id).owed->id;
    const auto word = give_in(id, 0s, 30min);
    say({.text = "And before that?", .ago = 100min});
    route_once();
    EXPECT_EQ(load(id).owed->id, word.id);
    EXPECT_EQ(promise_row(wait, "due_at - waiting_since, waiting_since < clock_timestamp() - interval '99 minutes'"),
              "05:00:00 t");
    EXPECT_LT(*load(id).waiting_since, system_now() - 99min);
}

TEST_F(Words, OfSeveralTheReplyLeavesTheOneDueFirst) {
    const auto id = start();
    give_in(id, 0s, 48h);
    const auto sooner = give_in(id, 0s, 24h);
    give_in(id, 0s, 72h);
    EXPECT_EQ(answer(id).settled->next->id, sooner.id);
}

TEST_F(Words, ARefusedReplyIsOwedBesideTheWordThatIsDueBefore) {
    support::make_policy(database, account, {.target = 2h});
    const auto id = start();
    const auto word = give_in(id, 0s, 1h);
    const auto reopened = refuse(answer(id).message);
    ASSERT_TRUE(reopened);
    auto c = load(id);
    EXPECT_TRUE(c.waiting_since);
    EXPECT_EQ(c.owed->id, word.id);
    EXPECT_EQ(c.rank_at, c.owed->due_at);
}

TEST_F(Words, ARefusedReplyIsShownWhereItIsDueBeforeTheWord) {
    support::make_policy(database, account, {.target = 2h});
    const auto id = start();
    give_in(id, 0s, 4h);
    const auto reopened = refuse(answer(id).message);
    const auto c = load(id);
    EXPECT_EQ(c.owed->id, reopened->promise.id);
    EXPECT_EQ(c.rank_at, reopened->promise.due_at);
}

TEST_F(Words, ARefusedReplyWithoutATargetRanksAsItsWaitDoes) {
    const auto id = start();
    const auto word = give_in(id, 0s, 48h);
    refuse(answer(id).message);
    const auto c = load(id);
    EXPECT_EQ(c.owed->id, word.id) << "the promise next due";
    EXPECT_EQ(c.rank_at, *c.waiting_since + 24h);
}

// Somebody has to keep it, also where nobody waits.
TEST_F(Words, AnOpenConversationThatIsNobodysIsGivenToSomebody) {
    const auto id = start();
    answer(id);
    look("UPDATE agent SET load = 0");
    look("UPDATE conversation SET assignee_id = NULL");
    give_in(id, 0s, 1h);
    command(inbound::Kind::drain);
    route();
    EXPECT_EQ(load(id).assignee, maija);
    expect_loads_are_true();
}

}  // namespace
}  // namespace lupaus::desk::promise
