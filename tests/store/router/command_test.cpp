// Commands of the queue and automatic assignment, against agents and conversations in the tables.
#include "tests/store/router/routing_fixture.hpp"

namespace lupaus::router {
namespace {

using desk::agent::Presence;
using desk::conversation::State;
using desk::inbound::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Commands : public RoutingFixture {
protected:
    AgentId add_agent(const support::AgentSpec& spec = {}) { return support::make_agent(database, account, spec); }

    int assigned() { return std::stoi(ask("SELECT count(*) FROM conversation WHERE assignee_id IS NOT NULL")); }
};

// ---- drain

TEST_F(Commands, ADrainGivesWaitingWorkToWhoCameOnline) {
    const auto later = start({.sender = "a"});
    const auto sooner = start({.sender = "b", .ago = 10min});
    const auto agent = add_agent({.capacity = 1});
    command(Kind::drain);
    route();
    EXPECT_EQ(load(sooner).assignee, agent) << "the earliest due first";
    EXPECT_TRUE(load(later).assignee.is_nil());
    EXPECT_EQ(load(sooner).version, 2);
    EXPECT_EQ(load(later).version, 1) << "what was only looked at is not written";
    EXPECT_EQ(load_of(agent), 1);
    EXPECT_EQ(event_types().back(), "conversation.assigned");
    expect_feed_is_whole();
    expect_loads_are_true();
}

TEST_F(Commands, ADrainFillsARoomThatIsLargerThanOneLook) {
    for (int i = 0; i < 130; ++i) {
        say({.sender = "customer " + std::to_string(i)});
    }
    route();
    const auto agent = add_agent({.capacity = 125});
    command(Kind::drain);
    route();
    EXPECT_EQ(assigned(), 125);
    EXPECT_EQ(load_of(agent), 125);
    expect_loads_are_true();
}

TEST_F(Commands, ADrainThatCanGiveNothingEnds) {
    const auto team = support::make_team(database, account, "Slow");
    look("UPDATE team SET wrap_up_s = 3600");
    const auto tired = add_agent({.teams = {team}});
    look("UPDATE agent SET resolved_at = clock_timestamp()");
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    start();
    command(Kind::drain);
    const auto report = route_once();
    EXPECT_EQ(report.pushed, 0U);
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(load_of(tired), 0);
}

TEST_F(Commands, TheSkillOfAChannelIsAskedForWhateverTheBatchIsAbout) {
    const auto swedish = support::make_channel(database, account, {.name = "Swedish", .skill = "sv"}).id;
    const auto waiting = start({.channel = swedish});
    add_agent();
    command(Kind::drain);
    route();
    EXPECT_TRUE(load(waiting).assignee.is_nil()) << "the drain names no channel";
    const auto able = add_agent({.skills = {"sv"}});
    command(Kind::drain);
    route();
    EXPECT_EQ(load(waiting).assignee, able);
}

TEST_F(Commands, WorkThatNobodyFreeCanTakeHidesNoOther) {
    const auto team = support::make_team(database, account, "Support");
    const auto swedish = support::make_channel(database, account, {.name = "Swedish", .team = team, .skill = "sv"}).id;
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    for (int i = 0; i < 5; ++i) {
        start({.sender = "sven " + std::to_string(i), .ago = 1h, .channel = swedish});
    }
    const auto hidden = start({.sender = "liisa"});
    add_agent({.name = "elsewhere", .skills = {"sv"}});
    const auto agent = add_agent({.teams = {team}, .capacity = 1});
    command(Kind::drain);
    route();
    EXPECT_EQ(load(hidden).assignee, agent) << "though five others are more urgent";
    EXPECT_EQ(assigned(), 1);
}

TEST_F(Commands, OneSkilledAgentDoesNotHideTheRoomOfTheOthers) {
    const auto swedish = support::make_channel(database, account, {.name = "Swedish", .skill = "sv"}).id;
    for (int i = 0; i < 8; ++i) {
        start({.sender = "sven " + std::to_string(i), .ago = 1h, .channel = swedish});
    }
    for (int i = 0; i < 3; ++i) {
        start({.sender = "liisa " + std::to_string(i)});
    }
    const auto skilled = add_agent({.skills = {"sv"}, .capacity = 1});
    const auto plain = add_agent({.capacity = 3});
    command(Kind::drain);
    route();
    EXPECT_EQ(load_of(skilled), 1);
    EXPECT_EQ(load_of(plain), 3);
}

TEST_F(Commands, APullTeamsWorkIsLeftToIt) {
    const auto pull = support::make_team(database, account, "Pull", desk::agent::TeamMode::pull);
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(pull)});
    add_agent({.teams = {pull}});
    const auto id = start();
    command(Kind::drain);
    route();
    EXPECT_TRUE(load(id).assignee.is_nil());
}

TEST_F(Commands, ADisabledAgentGetsNothing) {
    add_agent();
    look("UPDATE agent SET disabled_at = clock_timestamp()");
    EXPECT_TRUE(load(start()).assignee.is_nil());
}

// ---- wake

TEST_F(Commands, ASnoozeThatEndedComesBackToItsAgentOverCapacity) {
    const auto agent = add_agent({.capacity = 1});
    const auto id = start({.sender = "a"});
    ASSERT_EQ(load(id).assignee, agent);
    set_state(id, State::snoozed, system_now() - 1s);
    EXPECT_EQ(load_of(agent), 0) << "what sleeps costs nothing";
    start({.sender = "b"});
    EXPECT_EQ(load_of(agent), 1);
    command(Kind::wake, id.value);
    route();
    EXPECT_EQ(load(id).state, State::open);
    EXPECT_EQ(load(id).assignee, agent);
    EXPECT_FALSE(load(id).snoozed_until);
    EXPECT_EQ(load_of(agent), 2) << "over capacity if need be";
    EXPECT_EQ(event_types().back(), "conversation.woken");
    expect_loads_are_true();
}

TEST_F(Commands, ASnoozeThatEndedGoesToTheQueueIfItsAgentIsAway) {
    const auto agent = add_agent();
    const auto id = start();
    set_state(id, State::snoozed, system_now() - 1s);
    set_presence(agent, Presence::away);
    const auto colleague = add_agent();
    command(Kind::wake, id.value);
    route();
    EXPECT_EQ(load(id).assignee, colleague);
    EXPECT_EQ(load(id).previous_agent, agent);
    EXPECT_EQ(load_of(agent), 0);
    expect_loads_are_true();
}

TEST_F(Commands, ASnoozeSetAnewMeanwhileGoesOn) {
    const auto id = start();
    set_state(id, State::snoozed, system_now() + 1h);
    command(Kind::wake, id.value);
    route();
    EXPECT_EQ(load(id).state, State::snoozed);
}

TEST_F(Commands, ACustomersMessageWakesAndCountsAgain) {
    for (const auto state : {State::pending, State::resolved}) {
        const auto agent = add_agent({.name = std::string(state == State::pending ? "a" : "b"), .capacity = 1});
        const auto sender = "sender " + std::to_string(static_cast<int>(state));
        const auto id = start({.sender = sender});
        ASSERT_EQ(load(id).assignee, agent);
        set_state(id, state);
        EXPECT_EQ(load_of(agent), 0);
        EXPECT_EQ(start({.sender = sender}), id);
        EXPECT_EQ(load(id).assignee, agent);
        EXPECT_EQ(load_of(agent), 1);
    }
    expect_loads_are_true();
}

// ---- release

TEST_F(Commands, WhatAnOfflineAgentHadNotBegunGoesToOthers) {
    const auto agent = add_agent();
    const auto fresh = start({.sender = "a"});
    const auto begun = start({.sender = "b"});
    const auto resting = start({.sender = "c"});
    look("UPDATE conversation SET begun = true WHERE id = $1", pqxx::params{to_string(begun)});
    set_state(resting, State::pending);
    ASSERT_EQ(load_of(agent), 2);
    set_presence(agent, Presence::offline);
    const auto colleague = add_agent();
    command(Kind::release, agent.value);
    route();
    EXPECT_EQ(load(fresh).assignee, colleague);
    EXPECT_EQ(load(fresh).previous_agent, agent);
    EXPECT_EQ(load(begun).assignee, agent);
    EXPECT_EQ(load(resting).assignee, agent);
    EXPECT_EQ(load_of(agent), 1);
    EXPECT_EQ(load_of(colleague), 1);
    EXPECT_THAT(event_types(), Contains("conversation.unassigned"));
    expect_loads_are_true();
}

TEST_F(Commands, WhoCameBackInTimeKeepsTheirWork) {
    const auto agent = add_agent();
    const auto id = start();
    command(Kind::release, agent.value);
    route();
    EXPECT_EQ(load(id).assignee, agent);
}

TEST_F(Commands, AReleaseReachesMoreConversationsThanOneLookTakes) {
    const auto agent = add_agent({.capacity = 300});
    for (int i = 0; i < 230; ++i) {
        say({.sender = "customer " + std::to_string(i)});
    }
    route();
    ASSERT_EQ(load_of(agent), 230);
    set_presence(agent, Presence::offline);
    command(Kind::release, agent.value);
    route();
    EXPECT_EQ(load_of(agent), 0);
    EXPECT_EQ(assigned(), 0);
    expect_loads_are_true();
}

TEST_F(Commands, AReleaseThatSomebodyHoldsUpIsFinishedLater) {
    const auto agent = add_agent();
    const auto held = start({.sender = "a"});
    const auto free = start({.sender = "b"});
    set_presence(agent, Presence::offline);
    command(Kind::release, agent.value);
    {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::work holder(connection);
        holder.exec("SELECT 1 FROM conversation WHERE id = $1 FOR NO KEY UPDATE", pqxx::params{to_string(held)});
        route_once();
        EXPECT_TRUE(load(free).assignee.is_nil());
        EXPECT_EQ(load(held).assignee, agent);
    }
    route();
    EXPECT_TRUE(load(held).assignee.is_nil());
    expect_loads_are_true();
}

// ---- nobody is able

TEST_F(Commands, WhatNobodyCanTakeIsToldToTheAccountAfterAWhile) {
    const auto id = start();
    EXPECT_EQ(ask("SELECT count(*) FROM timer WHERE kind = 2"), "1");
    EXPECT_EQ(watch_timers().claimed, 0) << "patience first";
    look("UPDATE timer SET due_at = clock_timestamp()");
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(id), ElementsAre("unattended 3 firing account"));
    EXPECT_EQ(event_types().back(), "alert.raised");
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
}

TEST_F(Commands, ToTheLeadsIfOneIsThere) {
    const auto team = support::make_team(database, account, "Support");
    look("UPDATE channel SET team_id = $1, skill = 'sv'", pqxx::params{to_string(team)});
    add_agent({.role = desk::agent::Role::lead, .teams = {team}});
    const auto id = start();
    look("UPDATE timer SET due_at = clock_timestamp()");
    watch_timers();
    EXPECT_THAT(alerts(id), ElementsAre("unattended 2 firing leads"));
}

TEST_F(Commands, AnotherLookDoesNotSilenceWhatFires) {
    const auto id = start();
    look("UPDATE timer SET due_at = clock_timestamp()");
    watch_timers();
    start();
    ASSERT_EQ(ask("SELECT count(*) FROM timer WHERE kind = 2"), "1") << "the customer wrote again";
    look("UPDATE timer SET due_at = clock_timestamp()");
    EXPECT_EQ(watch_timers().raised, 0);
    EXPECT_THAT(alerts(id), ElementsAre("unattended 3 firing account"));
}

TEST_F(Commands, AssigningEndsIt) {
    const auto id = start();
    look("UPDATE timer SET due_at = clock_timestamp()");
    watch_timers();
    add_agent();
    command(Kind::drain);
    route();
    EXPECT_THAT(alerts(id), ElementsAre("unattended 3 resolved account"));
    EXPECT_THAT(event_types(), Contains("alert.resolved"));
    expect_feed_is_whole();
}

TEST_F(Commands, WhoeverCameMeanwhileIsOfferedItInstead) {
    const auto id = start();
    const auto agent = add_agent();
    look("UPDATE timer SET due_at = clock_timestamp()");
    const auto report = watch_timers();
    EXPECT_EQ(report.raised, 0);
    EXPECT_TRUE(report.queued);
    route();
    EXPECT_EQ(load(id).assignee, agent);
}

// ---- nobody is left

class Coverage : public Commands {
protected:
    Coverage() { look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)}); }

    // What presence puts when somebody leaves, after the patience.
    void ring(TeamId place) {
        look("INSERT INTO timer VALUES ($1, 3, $2, clock_timestamp())",
             pqxx::params{to_string(account), to_string(place)});
    }

    TeamId team = support::make_team(database, account, "Support");
};

TEST_F(Coverage, WhatWaitsAlreadyIsToldOnceWhenTheLastWhoCouldTakeItHasLeft) {
    const auto agent = add_agent({.teams = {team}, .capacity = 1});
    const auto taken = start({.sender = "a"});
    const auto waiting = start({.sender = "b"});
    ASSERT_EQ(load(taken).assignee, agent);
    ASSERT_EQ(ask("SELECT count(*) FROM timer"), "0") << "it waits for room, not for somebody";
    set_presence(agent, Presence::away);
    ring(team);
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 firing account"));
    EXPECT_THAT(alerts(taken), IsEmpty()) << "who is away keeps what they have";
    EXPECT_EQ(event_types().back(), "alert.raised");
    ring(team);
    EXPECT_EQ(watch_timers().raised, 0);
    EXPECT_EQ(ask("SELECT count(*) FROM timer"), "0");
    set_presence(agent, Presence::online);
    look("UPDATE agent SET capacity = 2");
    command(Kind::drain);
    route();
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 resolved account"));
    expect_feed_is_whole();
}

TEST_F(Coverage, WhoeverIsThereCoversItHoweverFull) {
    add_agent({.teams = {team}, .capacity = 0});
    start();
    ring(team);
    const auto report = watch_timers();
    EXPECT_EQ(report.claimed, 1);
    EXPECT_EQ(report.raised, 0);
    EXPECT_FALSE(report.queued) << "what waits for room is not even looked at";
}

TEST_F(Coverage, IsAMatterOfSkillsToo) {
    look("UPDATE channel SET skill = 'sv'");
    const auto other = support::make_channel(database, account, {.name = "Finnish", .team = team}).id;
    add_agent({.teams = {team}, .capacity = 0});
    add_agent({.teams = {team}, .skills = {"sv"}, .online = false});
    const auto swedish = start({.sender = "a"});
    look("DELETE FROM timer");
    const auto finnish = start({.sender = "b", .channel = other});
    ring(team);
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(swedish), ElementsAre("unattended 3 firing account"));
    EXPECT_THAT(alerts(finnish), IsEmpty());
}

TEST_F(Coverage, OfWhatBelongsToNoTeamIsAnybody) {
    look("UPDATE channel SET team_id = NULL");
    const auto agent = add_agent({.capacity = 0});
    const auto waiting = start();
    ring({});
    EXPECT_EQ(watch_timers().raised, 0);
    set_presence(agent, Presence::offline);
    ring({});
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 firing account"));
}

TEST_F(Coverage, WhatIsFetchedByHandIsUnattendedWhenNobodyIsThereToFetchIt) {
    const auto agent = add_agent({.teams = {team}});
    look("UPDATE team SET mode = 1");
    const auto waiting = start();
    ring(team);
    EXPECT_EQ(watch_timers().raised, 0);
    set_presence(agent, Presence::offline);
    ring(team);
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 firing account"));
}

TEST_F(Coverage, WhatIsLeftASecondTimeInOneWaitIsToldASecondTime) {
    const auto waiting = start();
    look("UPDATE timer SET due_at = clock_timestamp()");
    watch_timers();
    const auto agent = add_agent({.teams = {team}});
    command(Kind::drain);
    route();
    ASSERT_EQ(load(waiting).assignee, agent);
    ASSERT_THAT(alerts(waiting), ElementsAre("unattended 3 resolved account"));
    set_presence(agent, Presence::offline);
    command(Kind::release, agent.value);
    route();
    ASSERT_TRUE(load(waiting).assignee.is_nil());
    look("UPDATE timer SET due_at = clock_timestamp()");
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 firing account"));
    EXPECT_EQ(std::ranges::count(event_types(), "alert.raised"), 2);
    EXPECT_EQ(watch_timers().raised, 0);
    expect_feed_is_whole();
}

TEST_F(Coverage, HoweverManyWaitEachIsToldOnce) {
    for (int i = 0; i < 8; ++i) {
        say({.sender = "customer " + std::to_string(i)});
    }
    route();
    look("DELETE FROM timer");
    watch_options.batch_max = 3;
    ring(team);
    int raised = 0;
    for (auto report = watch_timers(); report.claimed > 0; report = watch_timers()) {
        EXPECT_LE(report.raised, 3);
        raised += report.raised;
    }
    EXPECT_EQ(raised, 8);
    EXPECT_EQ(ask("SELECT count(DISTINCT conversation_id) FROM alert"), "8");
}

TEST_F(Coverage, WhatSomebodyHoldsIsLookedAtAgain) {
    const auto waiting = start();
    look("DELETE FROM timer");
    ring(team);
    {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::work holder(connection);
        holder.exec("SELECT 1 FROM conversation FOR NO KEY UPDATE");
        EXPECT_EQ(watch_timers().raised, 0) << "they may be taking it";
        EXPECT_EQ(watch_timers().claimed, 0) << "not at once";
    }
    look("UPDATE timer SET due_at = clock_timestamp()");
    EXPECT_EQ(watch_timers().raised, 1);
    EXPECT_THAT(alerts(waiting), ElementsAre("unattended 3 firing account"));
}

TEST_F(Coverage, WhatIsHandedBackWithNobodyThereIsWatched) {
    const auto agent = add_agent({.teams = {team}});
    const auto id = start();
    ASSERT_EQ(load(id).assignee, agent);
    set_presence(agent, Presence::away);
    look("UPDATE conversation SET assignee_id = NULL");
    command(Kind::wake, id.value);
    route();
    EXPECT_EQ(ask("SELECT count(*) FROM timer WHERE kind = 2"), "1");
}

TEST_F(Commands, AWrapUpThatEndsBringsTheNextConversation) {
    const auto team = support::make_team(database, account, "Support");
    look("UPDATE team SET wrap_up_s = 60");
    look("UPDATE channel SET team_id = $1", pqxx::params{to_string(team)});
    const auto agent = add_agent({.teams = {team}});
    look("UPDATE agent SET resolved_at = clock_timestamp() - interval '20 seconds'");
    const auto id = start();
    EXPECT_TRUE(load(id).assignee.is_nil());
    EXPECT_EQ(ask("SELECT round(extract(epoch FROM t.due_at - a.resolved_at)) FROM timer t, agent a"), "60");
    look("UPDATE timer SET due_at = clock_timestamp()");
    look("UPDATE agent SET resolved_at = clock_timestamp() - interval '60 seconds'");
    EXPECT_TRUE(watch_timers().queued);
    route();
    EXPECT_EQ(load(id).assignee, agent);
}

}  // namespace
}  // namespace lupaus::router
