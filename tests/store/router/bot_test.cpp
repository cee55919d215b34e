// Bots through the queue: conversations that begin with one, its silence, and its end.
#include "services/desk/promise/store.hpp"
#include "services/desk/token/store.hpp"
#include "tests/store/router/routing_fixture.hpp"

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Bots : public RoutingFixture {
protected:
    Bots() {
        options.route.bot_silence = 2min;
        look("UPDATE channel SET bot_token_id = $1", pqxx::params{to_string(bot)});
    }

    void revoke() {
        database.as_app(account, [&](Tx& tx) { return desk::token::revoke(tx, account, bot); });
    }

    // As if so much of the bot's time had passed.
    void pass(ConversationId id, const std::string& time) {
        look(
            "UPDATE conversation SET bot_asked_at = bot_asked_at - $1::interval, waiting_since = waiting_since - "
            "$1::interval",
            pqxx::params{time});
        look("UPDATE timer SET due_at = due_at - $1::interval WHERE subject_id = $2",
             pqxx::params{time, to_string(id)});
    }

    std::string held() { return ask("SELECT count(*) FROM conversation WHERE bot_token_id IS NOT NULL"); }

    std::string open_promises() { return ask("SELECT count(*) FROM promise WHERE settled_at IS NULL"); }

    desk::TokenId bot = support::make_integrator_token(database, account, {"bot"}).principal.token;
    AgentId maija = support::make_agent(database, account, {.capacity = 1000});
};

TEST_F(Bots, AConversationBeginsWithOneAndIsNobodysWork) {
    const auto id = start();
    const auto c = load(id);
    EXPECT_EQ(c.bot, bot);
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_TRUE(c.waiting_since && c.bot_asked_at);
    EXPECT_EQ(open_promises(), "0");
    EXPECT_EQ(ask("SELECT kind || ' ' || round(extract(epoch FROM due_at - clock_timestamp())) FROM timer"), "4 120");
    command(desk::inbound::Kind::drain);
    route();
    EXPECT_TRUE(load(id).assignee.is_nil());
}

TEST_F(Bots, ItsSilenceGivesTheConversationToTheDesk) {
    const auto id = start();
    watch_timers();
    route();
    EXPECT_EQ(load(id).bot, bot) << "too early";
    pass(id, "125 seconds");
    EXPECT_TRUE(watch_timers().queued);
    route();
    const auto c = load(id);
    EXPECT_TRUE(c.bot.is_nil());
    EXPECT_EQ(c.assignee, maija);
    EXPECT_EQ(ask("SELECT round(extract(epoch FROM opened_at - waiting_since)) FROM promise"), "120");
    EXPECT_EQ(event_types().back(), "conversation.assigned");
    expect_feed_is_whole();
    expect_loads_are_true();
}

TEST_F(Bots, ATimerThatIsTooEarlyIsSetAnew) {
    const auto id = start();
    look("UPDATE timer SET due_at = clock_timestamp()");
    EXPECT_TRUE(watch_timers().queued);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
    route();
    EXPECT_EQ(load(id).bot, bot);
    EXPECT_EQ(ask("SELECT round(extract(epoch FROM due_at - clock_timestamp())) FROM timer"), "120");
}

TEST_F(Bots, ARevokedTokenLosesEverythingHoweverMuchItIs) {
    for (int i = 0; i < 230; ++i) {
        say({.sender = "customer " + std::to_string(i)});
    }
    route();
    ASSERT_EQ(held(), "230");
    revoke();
    route();
    EXPECT_EQ(held(), "0");
    EXPECT_EQ(open_promises(), "230");
    EXPECT_EQ(load_of(maija), 230);
    expect_feed_is_whole();
}

TEST_F(Bots, ATokenThatHasEndedBeginsNothing) {
    revoke();
    EXPECT_TRUE(load(start({.sender = "a"})).bot.is_nil());
    look("UPDATE token SET revoked_at = NULL, expires_at = clock_timestamp()");
    EXPECT_TRUE(load(start({.sender = "b"})).bot.is_nil());
    look("UPDATE token SET expires_at = clock_timestamp() + interval '1 hour'");
    EXPECT_EQ(load(start({.sender = "c"})).bot, bot);
}

TEST_F(Bots, AnExpiringTokenLosesEverythingWhenItsTimerRings) {
    const auto id = start();
    look("UPDATE conversation SET bot_asked_at = NULL");
    look("UPDATE timer SET kind = 5, subject_id = $1, due_at = clock_timestamp()", pqxx::params{to_string(bot)});
    EXPECT_TRUE(watch_timers().queued);
    route();
    EXPECT_TRUE(load(id).bot.is_nil());
    EXPECT_EQ(open_promises(), "1");
}

// Neither the drain nor the look for what is unattended may take it for work of the desk.
TEST_F(Bots, AWordThatIsOwedBesideItMakesItNobodysWork) {
    const auto id = start();
    look(
        "UPDATE conversation SET owed_id = gen_random_uuid(), owed_kind = 4, owed_opened_at = now(), due_at = now(), "
        "rank_at = now()");
    command(desk::inbound::Kind::drain);
    route();
    EXPECT_TRUE(load(id).assignee.is_nil());
    EXPECT_EQ(load(id).bot, bot);
    set_presence(maija, desk::agent::Presence::offline);
    route();
    look("UPDATE timer SET due_at = clock_timestamp() WHERE kind IN (2, 3)");
    watch_timers();
    EXPECT_THAT(alerts(id), IsEmpty());
}

// The reply came before the bot had the customer again; the desk owes it, not the bot.
TEST_F(Bots, ARefusedReplyTakesTheConversationBack) {
    const auto id = start();
    look("UPDATE conversation SET owed_id = NULL");
    look(
        "WITH p AS (INSERT INTO promise (account_id, id, conversation_id, kind, channel_id, waiting_since, opened_at, "
        "settled_at,"
        " outcome, settled_message_id) SELECT account_id, gen_random_uuid(), id, 0, channel_id, created_at, "
        "created_at, now(), 0,"
        " gen_random_uuid() FROM conversation RETURNING *)"
        " INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, "
        "settled_id, created_at)"
        " SELECT account_id, settled_message_id, conversation_id, 999, now(), 1, 0, 1, id, now() FROM p");
    const auto message = parse_id<MessageId>(ask("SELECT id FROM message WHERE direction = 1"));
    database.as_worker({account},
                       [&](Tx& tx) { return desk::promise::reopen_undelivered(tx, account, *message).has_value(); });
    EXPECT_TRUE(load(id).bot.is_nil());
    EXPECT_EQ(open_promises(), "1");
}

}  // namespace
}  // namespace lupaus::router
