#include "tests/store/catalogue/all_queries.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <set>
#include <string>

namespace lupaus {
namespace {

using support::TestDatabase;

// Parsing and name resolution against the migrated schema; nothing is executed.
TEST(Queries, EveryOneCanBePrepared) {
    const TestDatabase database;
    pqxx::connection connection(database.url("lupaus_owner"));
    std::size_t prepared = 0;
    for (const auto queries : kAllQueries) {
        for (const auto* query : queries) {
            try {
                connection.prepare(std::string(query->name), std::string(query->sql));
                ++prepared;
            } catch (const pqxx::sql_error& error) {
                ADD_FAILURE() << query->name << ": " << error.what();
            }
        }
    }
    EXPECT_GT(prepared, 40u);
}

// The name is prepared statement, metric label and log field.
TEST(Queries, NamesAreUnique) {
    std::set<std::string_view> names;
    for (const auto queries : kAllQueries) {
        for (const auto* query : queries) {
            EXPECT_TRUE(names.insert(query->name).second) << query->name;
        }
    }
}

}  // namespace
}  // namespace lupaus
