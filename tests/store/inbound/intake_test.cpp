#include "tests/store/inbound/intake_fixture.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>

#include <set>

namespace lupaus::desk::inbound {
namespace {

namespace asio = boost::asio;

using IntakeTest = IntakeFixture;

TEST_F(IntakeTest, AnswersAfterTheCommitAndWakesTheRouter) {
    const auto bell = desk.wakeups.subscribe(Topic::queue);
    run([&]() -> asio::awaitable<void> {
        const auto message = make("ext-1");
        const auto receipt = co_await intake.accept(message);
        EXPECT_TRUE(receipt);
        EXPECT_EQ(receipt->id, message.id);
        EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
        co_await bell->wait();
    });
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"accepted\"}"), 1);
    EXPECT_EQ(metric("lupaus_intake_accept_seconds_count"), 1);
    EXPECT_EQ(metric("lupaus_intake_queue"), 0);
}

TEST_F(IntakeTest, WritesABusyDesksMessagesTogether) {
    run([&]() -> asio::awaitable<void> {
        const auto sent = send(make_many(1000));
        co_await wait();
        std::set<Uuid> ids;
        for (const auto& one : *sent) {
            EXPECT_TRUE(one.receipt && *one.receipt && !(*one.receipt)->duplicate);
            ids.insert((*one.receipt)->id.value);
        }
        EXPECT_EQ(ids.size(), 1000U);
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1000");
    EXPECT_LE(metric("lupaus_intake_batch_size_count"), 12);
    EXPECT_EQ(metric("lupaus_intake_batch_size_bucket{le=\"200\"}"), metric("lupaus_intake_batch_size_count"));
}

TEST_F(IntakeTest, StoresARepeatedMessageOnce) {
    run([&]() -> asio::awaitable<void> {
        std::vector<Inbound> messages;
        for (int i = 0; i < 300; ++i) {
            messages.push_back(make("ext-1"));
        }
        messages.back().text = "something else";
        const auto sent = send(messages);
        co_await wait();
        for (const auto& one : *sent) {
            EXPECT_EQ((*one.receipt)->id, (*sent)[0].receipt->value().id);
        }
        EXPECT_TRUE(sent->back().receipt->value().conflict);
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"accepted\"}"), 1);
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"duplicate\"}"), 298);
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"conflict\"}"), 1);
    EXPECT_EQ(rejections().size(), 1U);
}

TEST_F(IntakeTest, OneBadRowDoesNotHoldUpTheOthers) {
    ask("ALTER TABLE inbound ADD CONSTRAINT no_poison CHECK (payload NOT LIKE '%poison%')");
    run([&]() -> asio::awaitable<void> {
        auto messages = make_many(150);
        for (const auto bad : {0U, 77U, 78U, 149U}) {
            messages[bad].text = "poison";
        }
        const auto sent = send(messages);
        co_await wait();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const auto& receipt = *(*sent)[i].receipt;
            EXPECT_EQ(receipt.has_value(), messages[i].text != "poison");
            EXPECT_TRUE(receipt || receipt.error().code == Errc::invalid);
        }
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "146");
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_key"), "146");
    EXPECT_EQ(rejections().size(), 4U);
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"rejected\"}"), 4);
}

TEST_F(IntakeTest, ADatabaseThatCannotWriteIsAnException) {
    ask("REVOKE INSERT ON inbound_raw FROM lupaus_worker");
    run([&]() -> asio::awaitable<void> {
        const auto sent = send(make_many(5));
        co_await wait();
        for (const auto& one : *sent) {
            EXPECT_TRUE(one.is_failed);
        }
        ask("GRANT INSERT ON inbound_raw TO lupaus_worker");
        const auto again = co_await intake.accept(make("ext-1"));
        EXPECT_TRUE(again);
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_key"), "1");
}

TEST_F(IntakeTest, ACommitThatBreaksIsRepeated) {
    // Kills its own connection at the first commit and lets the later ones pass; sequences do not roll back.
    ask("CREATE SEQUENCE breaks; GRANT USAGE ON SEQUENCE breaks TO lupaus_worker; "
        "CREATE FUNCTION break_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('breaks') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$; "
        "CREATE CONSTRAINT TRIGGER break_once AFTER INSERT ON inbound_key DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION break_once()");
    run([&]() -> asio::awaitable<void> {
        const auto receipt = co_await intake.accept(make("ext-1"));
        EXPECT_TRUE(receipt && !receipt->duplicate);
    });
    EXPECT_EQ(ask("SELECT last_value FROM breaks"), "2");
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
}

TEST_F(IntakeTest, RefusesWhatItCannotHold) {
    pqxx::connection connection(desk.database.url("lupaus_owner"));
    std::optional<pqxx::work> blocker(connection);
    blocker->exec("LOCK TABLE inbound_key IN ACCESS EXCLUSIVE MODE");
    run([&]() -> asio::awaitable<void> {
        const auto under_way_max = 2 * limits::kIntakeBatchMax;
        const auto many = make_many(static_cast<int>(limits::kIntakeQueueMax + under_way_max + 50));
        const auto sent = send(many);
        while (under_way == many.size()) {
            co_await answered.wait();  // until the first refusal
        }
        blocker.reset();
        co_await wait();
        std::size_t refused = 0;
        for (const auto& one : *sent) {
            const bool is_refused = one.receipt && one.receipt->has_error();
            refused += is_refused ? 1 : 0;
            EXPECT_TRUE(!is_refused ||
                        (one.receipt->error().code == Errc::unavailable && one.receipt->error().retry_after_s > 0));
            EXPECT_FALSE(one.is_failed);
        }
        EXPECT_GE(refused, 50U);
        EXPECT_EQ(ask("SELECT count(*) FROM inbound"), std::to_string(many.size() - refused));
    });
}

TEST_F(IntakeTest, StopsWhenEverythingWasAnswered) {
    run([&]() -> asio::awaitable<void> {
        const auto sent = send(make_many(700));
        while (intake.waiting() == 0) {
            co_await answered.wait();
        }
        co_await intake.stop();
        EXPECT_EQ(intake.waiting(), 0U);
        co_await wait();
        for (const auto& one : *sent) {
            EXPECT_TRUE(one.receipt && *one.receipt);
        }
        const auto late = co_await intake.accept(make("late"));
        EXPECT_TRUE(late.has_error());
        EXPECT_EQ(late.error().code, Errc::unavailable);
        co_await intake.stop();
    });
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "700");
}

TEST_F(IntakeTest, KeepsRefusedBodies) {
    run([&]() -> asio::awaitable<void> {
        const Rejection rejection{.account = account, .channel = channel.id, .detail = "no", .body = "{}"};
        co_await intake.refuse(rejection);
    });
    EXPECT_EQ(rejections().size(), 1U);
    EXPECT_EQ(metric("lupaus_inbound_messages_total{outcome=\"rejected\"}"), 1);
}

}  // namespace
}  // namespace lupaus::desk::inbound
