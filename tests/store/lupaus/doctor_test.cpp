// What the doctor asks the database, against tables in the state that it looks for.
#include "services/lupaus/doctor/store.hpp"

#include "services/lupaus/server/store.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <pqxx/pqxx>

namespace lupaus::doctor {
namespace {

using support::TestDatabase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class DoctorStore : public ::testing::Test {
protected:
    void run(const std::string& sql) {
        pqxx::connection connection(database_.url("lupaus_owner"));
        pqxx::nontransaction(connection).exec(sql);
    }

    QueueFacts queues() {
        const auto look = [](Tx& tx) { return read_queues(tx); };
        return database_.worker().run_blocking(Scope::queues(), look);
    }

    OwnerFacts as_owner() {
        return database_.as_owner([](Tx& tx) { return read_as_owner(tx, 72h); });
    }

    std::string channel_of(desk::AccountId account) { return to_string(support::make_channel(database_, account).id); }

    TestDatabase database_;
    desk::AccountId account_ = support::make_account(database_, "Shop");
    std::string id_ = to_string(account_);
};

TEST_F(DoctorStore, SeesAServerThatForgets) {
    const auto look = [](Tx& tx) { return server::read_facts(tx); };
    const auto facts = database_.worker().run_blocking(Scope::queues(), look);
    EXPECT_FALSE(facts.fsync);  // the tests' quick server
    EXPECT_FALSE(facts.full_page_writes);
    EXPECT_GE(facts.version_number, 150'000);
    EXPECT_EQ(facts.connections_max, 200);
}

TEST_F(DoctorStore, SeesWhatWaits) {
    EXPECT_EQ(queues().oldest_message, 0ms);
    run("INSERT INTO inbound (account_id, id, payload, received_at) VALUES ('" + id_ +
        "', gen_random_uuid(), '', now() - interval '5 minutes')");
    run("INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, body, due_at) SELECT '" + id_ +
        "', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', now() - interval '1 hour'");
    EXPECT_GE(queues().oldest_message, 5min);
    EXPECT_GE(queues().oldest_delivery, 1h);
    EXPECT_FALSE(queues().is_elsewhere);
    run("UPDATE outbound_home SET database_oid = 1");
    EXPECT_TRUE(queues().is_elsewhere);
}

TEST_F(DoctorStore, SeesRefusalsOnBothSides) {
    const auto channel = channel_of(account_);
    run("INSERT INTO rejection (account_id, id, channel_id, reason, detail, body, received_at, replayed_at) SELECT '" +
        id_ + "', gen_random_uuid(), '" + channel +
        "', 0, 'id is missing', '', now() - age, replayed FROM (VALUES "
        "(interval '1 hour', NULL::timestamptz), (interval '2 hours', NULL), (interval '25 hours', NULL), "
        "(interval '1 hour', now())) AS r (age, replayed)");
    run("INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, body, due_at, attempt, error) "
        "SELECT '" +
        id_ + "', gen_random_uuid(), '" + channel +
        "', gen_random_uuid(), gen_random_uuid(), '', now() + due, attempt, 'It said 401.' "
        "FROM (VALUES (interval '1 hour', 3), (interval '1 hour', 2), (NULL, 9)) AS d (due, attempt)");
    const auto facts = queues();
    ASSERT_EQ(facts.refused.size(), 1U);
    EXPECT_EQ(facts.refused[0].channel, channel);
    EXPECT_EQ(facts.refused[0].count, 2);
    EXPECT_EQ(facts.refused[0].example, "id is missing");
    ASSERT_EQ(facts.failing.size(), 1U);
    EXPECT_EQ(facts.failing[0].count, 1);
    EXPECT_EQ(facts.failing[0].example, "It said 401.");
}

TEST_F(DoctorStore, SeesWhoHoldsASnapshot) {
    pqxx::connection report(database_.url("lupaus_owner"));
    pqxx::transaction<pqxx::isolation_level::repeatable_read> work(report);
    work.exec("SELECT count(*) FROM message");
    run("CREATE TABLE later ()");  // a transaction that the snapshot does not see
    auto snapshot = queues().snapshot;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (snapshot && snapshot->holder.ends_with("the server") && std::chrono::steady_clock::now() < until) {
        snapshot = queues().snapshot;  // a worker of autovacuum began before us
    }
    ASSERT_TRUE(snapshot);
    EXPECT_THAT(snapshot->holder, HasSubstr("session " + std::to_string(report.backendpid()) + " of lupaus_owner"));
    EXPECT_GE(snapshot->age, 1);
}

TEST_F(DoctorStore, CountsTheQuarantine) {
    EXPECT_EQ(as_owner().quarantined, 0);
    run("INSERT INTO quarantine (account_id, id, payload, error, received_at) SELECT '" + id_ +
        "', gen_random_uuid(), '', 'x', now() FROM generate_series(1, 3)");
    EXPECT_EQ(as_owner().quarantined, 3);
}

TEST_F(DoctorStore, HearsWhichChannelsAreSilent) {
    const auto channel = channel_of(account_);
    EXPECT_THAT(as_owner().silent, IsEmpty()) << "it is new";
    run("UPDATE channel SET created_at = now() - interval '73 hours', name = 'Chat'");
    EXPECT_THAT(as_owner().silent, ElementsAre("Shop / Chat"));
    run("INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, last_message_at, created_at) "
        "SELECT '" +
        id_ + "', gen_random_uuid(), 1, gen_random_uuid(), '" + channel + "', 3, now() - interval '73 hours', now()");
    EXPECT_THAT(as_owner().silent, ElementsAre("Shop / Chat"));
    run("UPDATE conversation SET last_message_at = now() - interval '71 hours'");
    EXPECT_THAT(as_owner().silent, IsEmpty());
    run("DELETE FROM conversation");
    run("UPDATE channel SET disabled_at = now()");
    EXPECT_THAT(as_owner().silent, IsEmpty());
}

TEST_F(DoctorStore, FindsNobodyBetweenItselfAndTheServer) {
    const auto sessions = probe_sessions(database_.url("lupaus_app"));
    EXPECT_TRUE(sessions.is_direct);
}

}  // namespace
}  // namespace lupaus::doctor
