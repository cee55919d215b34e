// Which database may be served from, and what an operator is told of one that may not.
#include "services/lupaus/server/rules.hpp"

#include "services/desk/outbound/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace lupaus::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::array kKnown{1, 4};
constexpr Timestamp kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};

ServerFacts good() {
    ServerFacts facts;
    facts.clock = kNow;
    facts.fsync = true;
    facts.synchronous_commit = true;
    facts.full_page_writes = true;
    facts.schema_version = 4;
    facts.applied = {4, 1};
    return facts;
}

TEST(ServerRules, ServeAGoodServer) {
    EXPECT_THAT(reasons_to_refuse(good(), "app", kKnown), IsEmpty());
}

TEST(ServerRules, RefuseARoleThatSeesEverything) {
    for (const auto right : {&ServerFacts::is_superuser, &ServerFacts::bypasses_rls, &ServerFacts::owns_tables}) {
        auto facts = good();
        facts.*right = true;
        EXPECT_THAT(reasons_to_refuse(facts, "worker", kKnown), ElementsAre(HasSubstr("database.worker_url")));
    }
}

TEST(ServerRules, RefuseAServerThatForgets) {
    auto facts = good();
    facts.fsync = false;
    EXPECT_THAT(reasons_to_refuse(facts, "app", kKnown), ElementsAre(HasSubstr("fsync")));
    facts.synchronous_commit = false;
    EXPECT_THAT(reasons_to_refuse(facts, "app", kKnown),
                ElementsAre(HasSubstr("fsync"), HasSubstr("synchronous_commit")));
}

TEST(ServerRules, RefuseASchemaThatLacksWhatTheProgramNeeds) {
    constexpr std::array kNewer{1, 4, 5, 6};
    const auto fault = judge_schema(good(), kNewer);
    ASSERT_TRUE(fault);
    EXPECT_THAT(*fault, HasSubstr("version 4 and lacks 5, 6, which this program needs: run lupaus migrate"));
    auto with_a_gap = good();
    with_a_gap.applied = {1, 5};
    with_a_gap.schema_version = 5;
    EXPECT_THAT(*judge_schema(with_a_gap, kKnown), HasSubstr("version 5 and lacks 4"));
    EXPECT_THAT(*judge_schema(ServerFacts{}, kKnown), HasSubstr("version 0 and lacks 1, 4"));
}

TEST(ServerRules, ANewerSchemaIsRefusedOnlyWhenItSaysSo) {
    auto facts = good();
    facts.schema_version = 9;
    facts.applied = {1, 4, 5, 9};
    EXPECT_FALSE(judge_schema(facts, kKnown));
    facts.oldest_program = 4;
    EXPECT_FALSE(judge_schema(facts, kKnown));
    facts.oldest_program = 5;
    const auto fault = judge_schema(facts, kKnown);
    ASSERT_TRUE(fault);
    EXPECT_THAT(*fault, HasSubstr("programs older than 5 are too old for it; this one is 4"));
    EXPECT_FALSE(judge_schema(facts, std::array{1, 4, 5}));
}

TEST(ServerRules, ClocksMayDifferByTwoSeconds) {
    for (const auto& skew : {2000ms, -2000ms, 0ms}) {
        EXPECT_FALSE(judge_clock(good(), kNow + skew)) << skew.count();
    }
    EXPECT_THAT(*judge_clock(good(), kNow + 2001ms), HasSubstr("2001 ms ahead of"));
    EXPECT_THAT(*judge_clock(good(), kNow - 2001ms), HasSubstr("2001 ms behind"));
}

TEST(OutboundRules, OnlyTheHomeSends) {
    using desk::outbound::is_copy;
    using desk::outbound::Place;
    const Place here{.system_identifier = 7, .database_oid = 5};
    EXPECT_FALSE(is_copy({.here = here, .home = here}));
    EXPECT_TRUE(is_copy({.here = here, .home = Place{.system_identifier = 7, .database_oid = 6}}));
    EXPECT_TRUE(is_copy({.here = here, .home = Place{.system_identifier = 8, .database_oid = 5}}));
    EXPECT_TRUE(is_copy({.here = here, .home = std::nullopt}));
}

TEST(OutboundRules, AHoldSaysWhyAndHowItEnds) {
    using desk::outbound::explain_hold;
    EXPECT_THAT(explain_hold(false, false), IsEmpty());
    EXPECT_THAT(explain_hold(true, false), HasSubstr("--hold-outbound"));
    EXPECT_THAT(explain_hold(false, true), HasSubstr("lupaus outbound release"));
    EXPECT_THAT(explain_hold(true, true), HasSubstr("lupaus outbound release"));
}

}  // namespace
}  // namespace lupaus::server
