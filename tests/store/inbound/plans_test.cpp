// A plan is made once and kept, often while the queue is empty; it must be right when a hundred thousand rows wait.
// Vacuuming an empty table is what makes the planner believe that reading all of it costs nothing.

#include "services/desk/inbound/queries.sql.hpp"
#include "tests/store/inbound/inbound_fixture.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::inbound {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Query kScans{"test_show_seqscan", "SHOW enable_seqscan"};

struct Planned {
    const Query* query;
    std::vector<const char*> parameters;
    const char* uses;
};

constexpr const char* kId = "01a20305-67b1-7729-a6a4-172fed8482c1";

class InboundPlans : public InboundFixture, public testing::WithParamInterface<Planned> {};

TEST_P(InboundPlans, UseTheirIndexThoughTheTableWasEmpty) {
    if (as_worker([](Tx& tx) { return tx.exec(kScans).at(0, 0).as<std::string>(); }) == "on") {
        GTEST_SKIP() << "this pool's sessions do not discourage sequential scans";
    }
    pqxx::connection connection(database.url("lupaus_owner"));
    pqxx::nontransaction vacuum(connection);
    for (const auto* table : {"inbound", "inbound_key", "rejection"}) {
        vacuum.exec(std::string("VACUUM ANALYZE ") + table);
    }
    const auto& [query, parameters, uses] = GetParam();
    const std::string name = "test_explain_" + std::string(query->name);
    const std::string sql = "EXPLAIN (COSTS OFF) " + std::string(query->sql);
    const auto plan = as_worker([&](Tx& tx) {
        pqxx::params values;
        values.append_multi(parameters);
        std::string lines;
        for (const auto& row : tx.exec(Query{name, sql}, values)) {
            lines += row[0].as<std::string>() + "\n";
        }
        return lines;
    });
    EXPECT_THAT(plan, HasSubstr(uses));
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan")));
}

INSTANTIATE_TEST_SUITE_P(
    Hot, InboundPlans,
    testing::Values(Planned{&sql::find_keys, {"{}", "{}", "{}"}, "using inbound_key_pkey"},
                    Planned{&sql::count_duplicates, {"{}", "{}", "{}"}, "Tid Scan on inbound_key"},
                    Planned{&sql::discover, {"1", "100"}, "using inbound_seq"},
                    Planned{&sql::discover_all, {"100"}, "using inbound_pkey"},
                    Planned{&sql::claim, {"{}", "{}", "{}", "100"}, "using inbound_pkey"},
                    Planned{&sql::remove, {"{}", "{}", "{}"}, "Tid Scan on inbound"},
                    Planned{&sql::quarantine, {"{}", "{}", "{}", "{}", "{}"}, "Tid Scan on inbound"},
                    Planned{&sql::measure_depth, {"1", "100"}, "using inbound_seq"},
                    Planned{&sql::list_rejections, {kId, kId, "infinity", kId, "25", "100"}, "using rejection_channel"},
                    Planned{&sql::delete_old_rejections, {"1000", "100"}, "using rejection_age"}),
    [](const auto& info) { return std::string(info.param.query->name); });

}  // namespace
}  // namespace lupaus::desk::inbound
