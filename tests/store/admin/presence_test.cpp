#include "services/desk/agent/presence.hpp"

#include "services/desk/agent/store.hpp"
#include "tests/support/test_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::agent {
namespace {

using support::TestDesk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr LeaseTerms kTerms{.away_after = std::chrono::minutes{2}, .offline_after = std::chrono::minutes{15}};

class PresenceStore : public ::testing::Test {
protected:
    TestDesk desk_{};
    support::TestDatabase& database_ = desk_.database;
    AccountId account_ = support::make_account(database_);
    AgentId agent_ = support::make_agent(database_, account_, {.online = false});

    std::optional<PresenceChange> put_state(Presence state, const std::optional<Timestamp>& until = std::nullopt) {
        return database_.as_app(account_, [&](Tx& tx) {
            const auto change = put(tx, account_, agent_, state, until);
            if (change) {
                record(tx, desk_.context, std::span(&*change, 1), {});
            }
            return change;
        });
    }

    // As if nobody had been seen for so long.
    void age(std::chrono::seconds length) {
        database_.as_owner([&](Tx& tx) {
            return tx.exec({"age_leases",
                            "UPDATE presence SET seen_at = seen_at - make_interval(secs => $1), "
                            "until = until - make_interval(secs => $1)"},
                           pqxx::params{length.count()});
        });
    }

    std::vector<PresenceChange> watch() {
        return database_.as_worker({account_}, [&](Tx& tx) {
            const auto changes = claim_lapsed(tx, kTerms, 100);
            record(tx, desk_.context, changes, {});
            return changes;
        });
    }

    Presence effective_now() {
        return database_.as_app(account_, [&](Tx& tx) { return find(tx, account_, agent_, kTerms); })->presence;
    }

    // What stands in the queue, oldest first: 1 drain, 3 release.
    std::vector<int> commands() {
        std::vector<int> kinds;
        for (const auto& row : database_.as_owner(
                 [](Tx& tx) { return tx.exec({"read_commands", "SELECT kind FROM inbound ORDER BY seq"}); })) {
            kinds.push_back(row[0].as<int>());
        }
        return kinds;
    }

    std::vector<std::string> events() {
        std::vector<std::string> states;
        for (const auto& row : database_.as_owner([](Tx& tx) {
                 return tx.exec({"read_states",
                                 "SELECT data->'agent'->>'presence' FROM event "
                                 "WHERE type = 'agent.presence' ORDER BY seq"});
             })) {
            states.push_back(row[0].as<std::string>());
        }
        return states;
    }
};

TEST_F(PresenceStore, WhoNeverChoseIsOffline) {
    EXPECT_EQ(effective_now(), Presence::offline);
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return touch(tx, account_, agent_, kTerms); }));
    EXPECT_EQ(effective_now(), Presence::offline);
}

TEST_F(PresenceStore, ComingOnlineDrainsAndGoingOfflineReleases) {
    ASSERT_TRUE(put_state(Presence::online));
    EXPECT_EQ(effective_now(), Presence::online);
    EXPECT_THAT(commands(), ElementsAre(1));
    EXPECT_FALSE(put_state(Presence::online)) << "nothing changed";
    ASSERT_TRUE(put_state(Presence::away));
    EXPECT_THAT(commands(), ElementsAre(1)) << "who is away keeps their work";
    ASSERT_TRUE(put_state(Presence::offline));
    EXPECT_THAT(commands(), ElementsAre(1, 3));
    EXPECT_THAT(events(), ElementsAre("online", "away", "offline"));
}

TEST_F(PresenceStore, WhoLeavesHasTheirTeamsLookedAtAndWhatBelongsToNone) {
    const auto team = support::make_team(database_, account_, "Support");
    support::make_team(database_, account_, "Somebody else's");
    const auto member = support::make_agent(database_, account_, {.name = "member", .teams = {team}, .online = false});
    const auto looks = [&] {
        std::vector<std::string> rows;
        for (const auto& row : database_.as_owner([](Tx& tx) {
                 return tx.exec(
                     {"read_looks",
                      "SELECT concat_ws(' ', subject_id, round(extract(epoch FROM due_at - clock_timestamp())))"
                      " FROM timer WHERE kind = 3 ORDER BY subject_id"});
             })) {
            rows.push_back(row[0].as<std::string>());
        }
        return rows;
    };
    agent_ = member;
    put_state(Presence::online);
    EXPECT_THAT(looks(), IsEmpty());
    put_state(Presence::away);
    const std::vector<std::string> both{to_string(Uuid{}) + " 60", to_string(team) + " 60"};
    EXPECT_EQ(looks(), both);
    database_.as_owner([](Tx& tx) { return tx.exec({"ring_looks", "UPDATE timer SET due_at = clock_timestamp()"}); });
    put_state(Presence::offline);
    EXPECT_EQ(looks().front(), to_string(Uuid{}) + " 0") << "they had left before";
    put_state(Presence::online);
    age(std::chrono::minutes{3});
    ASSERT_THAT(watch(), SizeIs(1));
    EXPECT_EQ(looks(), both) << "a lease that ran out is a departure, and the latest counts";
}

TEST_F(PresenceStore, ALeaseThatIsNotRenewedRunsOutInTwoSteps) {
    put_state(Presence::online);
    EXPECT_THAT(watch(), IsEmpty());
    age(std::chrono::seconds{121});
    EXPECT_EQ(effective_now(), Presence::away);
    const auto lapsed = watch();
    ASSERT_THAT(lapsed, SizeIs(1));
    EXPECT_EQ(lapsed[0].agent, agent_);
    EXPECT_EQ(lapsed[0].after, Presence::away);
    EXPECT_THAT(watch(), IsEmpty()) << "acted on once";
    EXPECT_THAT(commands(), ElementsAre(1));
    age(std::chrono::minutes{15});
    EXPECT_THAT(watch(), SizeIs(1));
    EXPECT_EQ(effective_now(), Presence::offline);
    EXPECT_THAT(watch(), IsEmpty());
    EXPECT_THAT(commands(), ElementsAre(1, 3));
    EXPECT_THAT(events(), ElementsAre("online", "away", "offline"));
}

TEST_F(PresenceStore, ARequestBringsBackWhoHadLapsed) {
    put_state(Presence::online);
    age(std::chrono::minutes{20});
    watch();
    const auto change = database_.as_app(account_, [&](Tx& tx) { return touch(tx, account_, agent_, kTerms); });
    ASSERT_TRUE(change);
    EXPECT_EQ(change->before, Presence::offline);
    EXPECT_EQ(change->after, Presence::online);
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return touch(tx, account_, agent_, kTerms); }));
}

TEST_F(PresenceStore, ATouchNeverOverrulesAChoice) {
    put_state(Presence::offline);
    age(std::chrono::minutes{1});
    EXPECT_FALSE(database_.as_app(account_, [&](Tx& tx) { return touch(tx, account_, agent_, kTerms); }));
    EXPECT_EQ(effective_now(), Presence::offline);
}

TEST_F(PresenceStore, ABreakLastsUntilItsEnd) {
    const auto until = system_now() + std::chrono::minutes{30};
    put_state(Presence::break_, until);
    EXPECT_EQ(effective_now(), Presence::break_);
    age(std::chrono::minutes{29});
    EXPECT_THAT(watch(), IsEmpty()) << "nobody is expected to ask for anything during a break";
    EXPECT_EQ(effective_now(), Presence::break_);
    age(std::chrono::minutes{2});
    EXPECT_THAT(watch(), SizeIs(1));
    EXPECT_EQ(effective_now(), Presence::away) << "not seen again yet";
    EXPECT_TRUE(database_.as_app(account_, [&](Tx& tx) { return touch(tx, account_, agent_, kTerms); }));
    EXPECT_EQ(effective_now(), Presence::online);
}

TEST_F(PresenceStore, LeasesOfAllAccountsAreWatchedAtOnce) {
    put_state(Presence::online);
    const auto other = support::make_account(database_, "Other desk");
    const auto colleague = support::make_agent(database_, other);
    age(std::chrono::minutes{3});
    const auto changes = database_.as_worker({}, [](Tx& tx) { return claim_lapsed(tx, kTerms, 100); });
    ASSERT_THAT(changes, SizeIs(2));
    EXPECT_EQ(changes[0].account, account_);
    EXPECT_EQ(changes[1].agent, colleague);
}

}  // namespace
}  // namespace lupaus::desk::agent
