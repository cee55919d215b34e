#include "services/router/recipients.hpp"
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using desk::alert::RecipientType;
using ::testing::ElementsAre;

class Recipients : public ::testing::Test {
protected:
    void expect_told(int level, RecipientType type, const Uuid& id) {
        const auto recipient = recipient_of(conversation, level);
        EXPECT_EQ(recipient.type, type) << level;
        EXPECT_EQ(recipient.id, id) << level;
    }

    auto reachable() { return reachable_levels(paper.snapshot.agents, conversation); }

    PaperDesk paper{};
    TeamId team = paper.add_team();
    AgentId maija = AgentId::make();
    Conversation conversation = paper.add_conversation();
};

TEST_F(Recipients, WarningAndDueGoToTheAssignee) {
    conversation.assignee = maija;
    conversation.team = team;
    expect_told(0, RecipientType::agent, maija.value);
    expect_told(1, RecipientType::agent, maija.value);
}

TEST_F(Recipients, UnassignedTheTeamIsTold) {
    conversation.team = team;
    expect_told(0, RecipientType::team, team.value);
    expect_told(1, RecipientType::team, team.value);
}

TEST_F(Recipients, WithoutATeamEitherTheAccountIs) {
    expect_told(0, RecipientType::account, {});
    expect_told(1, RecipientType::account, {});
}

TEST_F(Recipients, ThenTheLeadsThenTheAccountWhoeverHasIt) {
    conversation.assignee = maija;
    conversation.team = team;
    expect_told(2, RecipientType::leads, team.value);
    expect_told(3, RecipientType::account, {});
}

TEST_F(Recipients, OnlyWhoIsOnlineIsReachable) {
    for (const auto presence : {Presence::online, Presence::away, Presence::break_}) {
        PaperDesk other;
        conversation.assignee = other.add_agent({.presence = presence});
        conversation.account = other.account;
        const bool online = presence == Presence::online;
        EXPECT_THAT(reachable_levels(other.snapshot.agents, conversation), ElementsAre(online, online, false, true))
            << to_string(presence);
    }
}

TEST_F(Recipients, NobodyIsReachableOfAnEmptyDeskButTheAccount) {
    conversation.assignee = maija;
    EXPECT_THAT(reachable(), ElementsAre(false, false, false, true));
}

TEST_F(Recipients, ATeamIsReachableThroughAnyOfItsMembers) {
    conversation.team = team;
    paper.add_agent();
    EXPECT_THAT(reachable(), ElementsAre(false, false, false, true)) << "somebody else is no member";
    paper.add_agent({.teams = {team}});
    EXPECT_THAT(reachable(), ElementsAre(true, true, false, true)) << "a member is no lead";
    paper.add_agent({.teams = {team}, .role = Role::lead});
    EXPECT_THAT(reachable(), ElementsAre(true, true, true, true));
}

TEST_F(Recipients, AnotherTeamsLeadIsNotThisTeams) {
    conversation.team = team;
    paper.add_agent({.teams = {paper.add_team()}, .role = Role::lead});
    EXPECT_THAT(reachable(), ElementsAre(false, false, false, true));
}

TEST_F(Recipients, WithoutATeamAnyLeadIsAskedAndAnAdminIsOne) {
    paper.add_agent({.role = Role::admin});
    EXPECT_THAT(reachable(), ElementsAre(true, true, true, true));
}

TEST_F(Recipients, AnotherAccountsPeopleDoNotCount) {
    conversation.team = team;
    paper.add_agent({.teams = {team}, .role = Role::lead});
    paper.snapshot.agents.front().account = AccountId::make();
    EXPECT_THAT(reachable(), ElementsAre(false, false, false, true));
}

}  // namespace
}  // namespace lupaus::router
