// Binary columns arrive as the values that were added, whatever their text would have had to escape.
#include "common/postgres/columns.hpp"

#include "common/postgres/values.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

namespace lupaus {
namespace {

class Columns : public ::testing::Test {
protected:
    // The elements in order as PostgreSQL prints them; NULL is "-".
    template <class Column>
    std::vector<std::string> read(const std::string& type, const Column& column) {
        pqxx::nontransaction work(connection_);
        std::vector<std::string> values;
        const auto sql =
            "SELECT u.value FROM unnest($1::" + type + "[]) WITH ORDINALITY AS u (value, place) ORDER BY place";
        for (const auto& row : work.exec(sql, pqxx::params{column.param()})) {
            values.push_back(row[0].is_null() ? "-" : row[0].as<std::string>());
        }
        return values;
    }

    support::TestDatabase database_{};
    pqxx::connection connection_{database_.url("lupaus_worker")};
};

using Values = std::vector<std::string>;

TEST_F(Columns, UuidsArriveInOrderAndNilIdsAsNull) {
    const auto first = make_uuid_v7();
    const auto second = make_uuid_v7();
    UuidColumn column;
    column.add(first).add(StrongId<struct Sample>{}).add(StrongId<struct Sample>{second}).add_null().add(Uuid{});
    const Values expected{to_string(first), "-", to_string(second), "-", to_string(Uuid{})};
    EXPECT_EQ(read("uuid", column), expected);
    EXPECT_EQ(column.size(), 5U);
}

TEST_F(Columns, TextsNeedNoEscape) {
    const std::string long_text(100'000, 'x');
    TextColumn column;
    const Values values{"", "NULL", R"({"a":"\\ \" ,}")", "päivää \xF0\x9F\x99\x82\n\t", long_text};
    for (const auto& value : values) {
        column.add(value);
    }
    column.add(std::optional<std::string>{});
    auto expected = values;
    expected.emplace_back("-");
    EXPECT_EQ(read("text", column), expected);
}

TEST_F(Columns, TimesKeepTheirMicrosecondsOnBothSidesOfTheEpoch) {
    const auto before = read_timestamp("1987-06-05 04:03:02.000001+00");
    const auto after = read_timestamp("2262-04-11 23:47:16.854775+00");
    TimeColumn column;
    column.add(before).add(std::optional<Timestamp>{}).add(std::optional(after));
    connection_.set_session_var("TimeZone", std::string("UTC"));
    const Values expected{"1987-06-05 04:03:02.000001+00", "-", "2262-04-11 23:47:16.854775+00"};
    EXPECT_EQ(read("timestamptz", column), expected);
}

TEST_F(Columns, AnEmptyColumnHasNoElements) {
    EXPECT_EQ(read("uuid", UuidColumn{}), Values{});
    EXPECT_EQ(read("text", TextColumn{}), Values{});
    EXPECT_EQ(read("timestamptz", TimeColumn{}), Values{});
    EXPECT_TRUE(UuidColumn{}.empty());
}

}  // namespace
}  // namespace lupaus
