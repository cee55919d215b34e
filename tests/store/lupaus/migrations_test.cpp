// The ledger of migrations: which programs may go on after each, and what a program reads of it.
#include "common/postgres/migrate.hpp"
#include "services/lupaus/server/store.hpp"
#include "tests/support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace lupaus {
namespace {

using support::TestDatabase;

constexpr Query kNewer{"test_newer",
                       "INSERT INTO schema_migration (version, name, checksum, oldest_program) "
                       "VALUES (9001, '9001_later.sql', 'x', 1), (9002, '9002_breaking.sql', 'x', 9000)"};
constexpr Query kForgetColumn{"test_forget_column", "ALTER TABLE schema_migration DROP COLUMN oldest_program"};
constexpr Query kForgetLedger{"test_forget_ledger", "DROP TABLE schema_migration"};

server::ServerFacts facts_of(Database& database) {
    const auto look = [](Tx& tx) { return server::read_facts(tx); };
    return database.run_blocking(Scope::queues(), look);
}

void run(TestDatabase& database, const Query& query) {
    database.as_owner([&query](Tx& tx) { return tx.exec(query).affected_rows(); });
}

TEST(OldestProgram, IsALineOfTheOpeningComment) {
    EXPECT_EQ(oldest_program("-- oldest program: 3\nCREATE TABLE t ();"), 3);
    EXPECT_EQ(oldest_program("-- Renames a column.\n-- oldest program: 12\n"), 12);
    EXPECT_EQ(oldest_program("-- oldest program: 12"), 12);
    EXPECT_EQ(oldest_program("-- Adds a table.\nCREATE TABLE t ();\n-- oldest program: 3\n"), 1);
    EXPECT_EQ(oldest_program(""), 1);
    for (const auto* wrong : {"-- oldest program:", "-- oldest program: two\n", "-- oldest program: 0\n",
                              "-- oldest program: 3 or so\n", "-- oldest program: -1\n"}) {
        EXPECT_THROW(oldest_program(wrong), std::runtime_error) << wrong;
    }
}

TEST(Ledger, TellsBothRolesItsVersionAndWhoMayStay) {
    TestDatabase database;
    for (auto* role : {&database.app(), &database.worker()}) {
        const auto facts = facts_of(*role);
        EXPECT_EQ(facts.schema_version, migrations_known().back());
        EXPECT_THAT(facts.applied, ::testing::UnorderedElementsAreArray(migrations_known()));
        EXPECT_EQ(facts.oldest_program, 19);
    }
    run(database, kNewer);
    const auto facts = facts_of(database.app());
    EXPECT_EQ(facts.schema_version, 9002);
    EXPECT_EQ(facts.oldest_program, 9000);
    EXPECT_EQ(migrate(database.url("lupaus_owner")).version, 9002) << "an older program has nothing to add";
}

TEST(Ledger, OfAnEarlierProgramRefusesNobody) {
    TestDatabase database;
    run(database, kForgetColumn);
    EXPECT_EQ(facts_of(database.app()).oldest_program, 1);
    EXPECT_EQ(facts_of(database.app()).schema_version, migrations_known().back());
    migrate(database.url("lupaus_owner"));
    run(database, kNewer);
    EXPECT_EQ(facts_of(database.worker()).oldest_program, 9000);
}

TEST(Ledger, ThatIsMissingIsVersionZero) {
    TestDatabase database;
    run(database, kForgetLedger);
    EXPECT_EQ(facts_of(database.app()).schema_version, 0);
}

}  // namespace
}  // namespace lupaus
