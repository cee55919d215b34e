// The home of a database: who finds itself elsewhere, and who may say that this is home now.
#include "services/desk/outbound/rules.hpp"
#include "services/desk/outbound/store.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace lupaus::desk::outbound {
namespace {

using support::TestDatabase;

bool is_held(Database& database) {
    const auto look = [](Tx& tx) { return is_copy(read_standing(tx)); };
    return database.run_blocking(Scope::queues(), look);
}

bool let_go(Database& database) {
    const auto work = [](Tx& tx) {
        release(tx);
        return true;
    };
    return database.run_blocking(Scope::queues(), work);
}

void run(TestDatabase& database, const Query& query) {
    database.as_owner([&query](Tx& tx) { return tx.exec(query).affected_rows(); });
}

TEST(Outbound, AMigratedDatabaseIsItsOwnHome) {
    TestDatabase database;
    EXPECT_FALSE(is_held(database.app()));
    EXPECT_FALSE(is_held(database.worker()));
}

TEST(Outbound, ADatabaseThatRemembersAnotherPlaceIsHeldUntilItIsReleased) {
    constexpr Query kMoved{"test_moved", "UPDATE outbound_home SET database_oid = 1"};
    constexpr Query kOtherServer{"test_other_server",
                                 "UPDATE outbound_home SET system_identifier = system_identifier - 1"};
    constexpr Query kForgotten{"test_forgotten", "DELETE FROM outbound_home"};
    TestDatabase database;
    for (const auto& query : {kMoved, kOtherServer, kForgotten}) {
        run(database, query);
        EXPECT_TRUE(is_held(database.worker())) << query.name;
        EXPECT_TRUE(let_go(database.owner()));
        EXPECT_FALSE(is_held(database.worker())) << query.name;
    }
}

TEST(Outbound, OnlyTheOwnerReleases) {
    TestDatabase database;
    EXPECT_THROW(let_go(database.app()), pqxx::insufficient_privilege);
    EXPECT_THROW(let_go(database.worker()), pqxx::insufficient_privilege);
}

}  // namespace
}  // namespace lupaus::desk::outbound
