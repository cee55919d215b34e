#include "services/desk/agent/store.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::agent {
namespace {

using support::TestDatabase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr LeaseTerms kTerms{.away_after = std::chrono::minutes{2}, .offline_after = std::chrono::minutes{15}};

class AgentStore : public ::testing::Test {
protected:
    TestDatabase database_{};
    AccountId account_ = support::make_account(database_);

    std::optional<Agent> find(AgentId id) {
        return database_.as_app(account_, [&](Tx& tx) { return agent::find(tx, account_, id, kTerms); });
    }

    std::vector<std::string> names(const std::optional<After>& after, int limit) {
        std::vector<std::string> found;
        for (const auto& agent :
             database_.as_app(account_, [&](Tx& tx) { return agent::list(tx, account_, after, limit, kTerms); })) {
            found.push_back(agent.name);
        }
        return found;
    }
};

TEST_F(AgentStore, KeepsWhatItWasGiven) {
    const auto support_team = support::make_team(database_, account_, "Support");
    const auto billing = support::make_team(database_, account_, "Billing");
    const auto id = support::make_agent(database_, account_,
                                        {.name = "Maija \"M\" Ä",
                                         .role = Role::lead,
                                         .teams = {support_team, billing},
                                         .skills = {"bikes", "a,b", "{\"x\"}"},
                                         .capacity = 3});
    const auto agent = find(id);
    ASSERT_TRUE(agent);
    EXPECT_EQ(agent->name, "Maija \"M\" Ä");
    EXPECT_EQ(agent->role, Role::lead);
    EXPECT_EQ(agent->capacity, 3);
    EXPECT_EQ(agent->load, 0);
    EXPECT_THAT(agent->skills, ElementsAre("bikes", "a,b", "{\"x\"}"));
    EXPECT_THAT(agent->teams, UnorderedElementsAre(support_team, billing));
    EXPECT_EQ(agent->presence, Presence::online);
    EXPECT_EQ(agent->version, 1);
}

TEST_F(AgentStore, AnEmailAddressBelongsToOneAgentOfTheAccount) {
    Agent agent;
    agent.account = account_;
    agent.id = AgentId::make();
    agent.name = "Maija";
    agent.email = "maija@desk.example";
    const auto insert_agent = [&](Tx& tx) { return agent::insert(tx, agent); };
    ASSERT_TRUE(database_.as_app(account_, insert_agent));
    agent.id = AgentId::make();
    const auto again = database_.as_app(account_, insert_agent);
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().code, Errc::conflict);

    agent.account = support::make_account(database_, "Other desk");
    EXPECT_TRUE(database_.as_app(agent.account, insert_agent));
}

TEST_F(AgentStore, ATeamThatDoesNotExistIsNamedAsTheMistake) {
    const auto foreign = support::make_team(database_, support::make_account(database_), "Support");
    const auto id = support::make_agent(database_, account_);
    auto agent = *find(id);
    agent.teams = {foreign};
    const auto stored = database_.as_app(account_, [&](Tx& tx) { return agent::update(tx, agent); });
    ASSERT_TRUE(stored.has_error());
    EXPECT_EQ(stored.error().code, Errc::invalid);
    ASSERT_THAT(stored.error().fields, SizeIs(1));
    EXPECT_EQ(stored.error().fields[0].field, "/team_ids");
    EXPECT_THAT(find(id)->teams, IsEmpty());
}

TEST_F(AgentStore, AnEditReplacesTeamsAndRaisesTheVersion) {
    const auto old_team = support::make_team(database_, account_, "Support");
    const auto new_team = support::make_team(database_, account_, "Billing");
    const auto id = support::make_agent(database_, account_, {.teams = {old_team}});
    auto agent = *find(id);
    agent.teams = {new_team, new_team};
    agent.capacity = 7;
    ASSERT_TRUE(database_.as_app(account_, [&](Tx& tx) { return agent::update(tx, agent); }));
    EXPECT_THAT(find(id)->teams, ElementsAre(new_team));
    EXPECT_EQ(find(id)->capacity, 7);
    EXPECT_EQ(find(id)->version, 2);
}

TEST_F(AgentStore, PagesByNameAndIdWithoutGapsOrRepeats) {
    for (const auto* name : {"Pekka", "Aino", "Aino", "Zoe", "Örn"}) {
        support::make_agent(database_, account_, {.name = name});
    }
    EXPECT_THAT(names(std::nullopt, 2), ElementsAre("Aino", "Aino"));
    const auto all = database_.as_app(account_, [&](Tx& tx) { return list(tx, account_, std::nullopt, 10, kTerms); });
    ASSERT_THAT(all, SizeIs(5));
    EXPECT_THAT(names(After{.name = all[0].name, .id = all[0].id.value}, 2), ElementsAre("Aino", "Pekka"));
    EXPECT_THAT(names(After{.name = all[3].name, .id = all[3].id.value}, 2), ElementsAre("Örn"));
    EXPECT_THAT(names(After{.name = all[4].name, .id = all[4].id.value}, 2), IsEmpty());
}

TEST_F(AgentStore, SignaturesComeAndGo) {
    const auto id = support::make_agent(database_, account_, {.name = "Maija"});
    const auto team_id = support::make_team(database_, account_, "Support");
    const auto find_own_team = [&](Tx& tx) { return find_team(tx, account_, team_id).value(); };
    auto maija = find(id).value();
    auto team = database_.as_app(account_, find_own_team);
    EXPECT_FALSE(maija.signature || team.signature);
    for (const std::optional<Signature>& signature :
         {std::optional(Signature{.text = "Maija", .html = "<b>Maija</b>"}), std::optional(Signature{.text = "M."}),
          std::optional<Signature>()}) {
        maija.signature = team.signature = signature;
        ASSERT_TRUE(database_.as_app(account_, [&](Tx& tx) { return agent::update(tx, maija); }));
        ASSERT_TRUE(database_.as_app(account_, [&](Tx& tx) { return update_team(tx, team); }));
        EXPECT_EQ(find(id)->signature, signature);
        EXPECT_EQ(database_.as_app(account_, find_own_team).signature, signature);
    }
}

TEST_F(AgentStore, ASignatureGoesWithItsTeam) {
    const auto id = support::make_team(database_, account_, "Support");
    database_.as_app(account_, [&](Tx& tx) {
        auto team = find_team(tx, account_, id).value();
        team.signature = Signature{.text = "Support"};
        return update_team(tx, team).has_value() && delete_team(tx, account_, id).has_value();
    });
    const Query count{"test_count_signatures", "SELECT count(*) FROM signature"};
    EXPECT_EQ(database_.as_owner([&](Tx& tx) { return tx.exec(count).at(0, 0).as<int>(); }), 0);
}

TEST_F(AgentStore, TeamNamesAreUnique) {
    support::make_team(database_, account_, "Support");
    Team team;
    team.account = account_;
    team.id = TeamId::make();
    team.name = "Support";
    EXPECT_EQ(database_.as_app(account_, [&](Tx& tx) { return insert_team(tx, team); }).error().code, Errc::conflict);

    team.id = support::make_team(database_, account_, "Billing");
    EXPECT_EQ(database_.as_app(account_, [&](Tx& tx) { return update_team(tx, team); }).error().code, Errc::conflict);
    team.name = "Invoices";
    team.mode = TeamMode::pull;
    team.wrap_up = std::chrono::seconds{30};
    ASSERT_TRUE(database_.as_app(account_, [&](Tx& tx) { return update_team(tx, team); }));
    const auto stored = database_.as_app(account_, [&](Tx& tx) { return find_team(tx, account_, team.id); });
    EXPECT_EQ(stored->name, "Invoices");
    EXPECT_EQ(stored->mode, TeamMode::pull);
    EXPECT_EQ(stored->wrap_up, std::chrono::seconds{30});
    EXPECT_EQ(stored->version, 2);
}

TEST_F(AgentStore, ATeamThatIsUsedIsNotDeleted) {
    const auto team = support::make_team(database_, account_, "Support");
    const auto member = support::make_agent(database_, account_, {.teams = {team}});
    const auto remove = [&](Tx& tx) { return delete_team(tx, account_, team); };
    const auto policy = support::make_policy(database_, account_, {.team = team});
    EXPECT_EQ(database_.as_app(account_, remove).error().code, Errc::conflict);
    database_.as_owner([&](Tx& tx) {
        return tx.exec({"drop_policy", "DELETE FROM policy WHERE id = $1"}, pqxx::params{to_string(policy)});
    });
    EXPECT_TRUE(database_.as_app(account_, remove));
    EXPECT_THAT(find(member)->teams, IsEmpty());
    EXPECT_EQ(database_.as_app(account_, remove).error().code, Errc::not_found);
}

}  // namespace
}  // namespace lupaus::desk::agent
