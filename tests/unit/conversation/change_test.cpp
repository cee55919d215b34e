#include "services/inbox/conversation_change.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lupaus::inbox {
namespace {

using desk::AgentId;
using desk::TeamId;
using desk::conversation::State;

const AgentId kMaija = AgentId::make();
const AgentId kPekka = AgentId::make();

Conversation conversation(State state, AgentId assignee, bool is_waiting = true) {
    Conversation c;
    c.state = state;
    c.assignee = assignee;
    c.weight = 3;
    if (is_waiting) {
        c.rank_at = Timestamp{};
    }
    return c;
}

// "Maija -3 Pekka +3"
std::string changes(const Conversation& before, const Conversation& after) {
    std::string text;
    for (const auto& change : capacity_changes(before, after)) {
        text += (text.empty() ? "" : " ") + std::string(change.agent == kMaija ? "Maija " : "Pekka ");
        text += (change.weight > 0 ? "+" : "") + std::to_string(change.weight);
    }
    return text;
}

TEST(CapacityChanges, FollowAssigneeAndState) {
    const auto open = [](AgentId agent) { return conversation(State::open, agent); };
    EXPECT_EQ(changes(open({}), open(kMaija)), "Maija +3");
    EXPECT_EQ(changes(open(kMaija), open({})), "Maija -3");
    EXPECT_EQ(changes(open(kMaija), open(kPekka)), "Maija -3 Pekka +3");
    EXPECT_EQ(changes(open(kMaija), open(kMaija)), "");
    EXPECT_EQ(changes(open(kMaija), conversation(State::snoozed, kMaija)), "Maija -3");
    EXPECT_EQ(changes(conversation(State::resolved, kMaija), open(kMaija)), "Maija +3");
    EXPECT_EQ(changes(conversation(State::pending, kMaija), open(kPekka)), "Pekka +3");
    EXPECT_EQ(changes(conversation(State::pending, kMaija), conversation(State::snoozed, kPekka)), "");
    EXPECT_EQ(changes(open({}), conversation(State::resolved, {})), "");
}

TEST(CapacityChanges, OnlyAResolutionBeginsAWrapUp) {
    const auto wraps_up = [](const Conversation& before, const Conversation& after) {
        const auto changes = capacity_changes(before, after);
        return std::ranges::any_of(changes, &desk::capacity::Change::resolves);
    };
    const auto of_maija = [](State state) { return conversation(state, kMaija); };
    EXPECT_TRUE(wraps_up(of_maija(State::open), of_maija(State::resolved)));
    EXPECT_TRUE(wraps_up(of_maija(State::pending), of_maija(State::resolved)));
    EXPECT_EQ(changes(of_maija(State::pending), of_maija(State::resolved)), "Maija 0") << "it cost nothing";
    EXPECT_FALSE(wraps_up(of_maija(State::open), of_maija(State::snoozed)));
    EXPECT_FALSE(wraps_up(of_maija(State::open), of_maija(State::pending)));
    EXPECT_FALSE(wraps_up(of_maija(State::open), conversation(State::open, {})));
    EXPECT_FALSE(wraps_up(of_maija(State::open), conversation(State::open, kPekka)));
    EXPECT_FALSE(wraps_up(of_maija(State::resolved), of_maija(State::resolved)));
    EXPECT_FALSE(wraps_up(conversation(State::open, {}), conversation(State::resolved, {}))) << "nobody's";
    EXPECT_TRUE(wraps_up(conversation(State::open, {}), of_maija(State::resolved))) << "taken and resolved in one";
    EXPECT_FALSE(wraps_up(of_maija(State::open), conversation(State::resolved, {}))) << "given up and resolved in one";
}

TEST(MakesWork, WhenCapacityIsFreedOrAWaitIsNobodys) {
    const auto open = [](AgentId agent) { return conversation(State::open, agent); };
    EXPECT_TRUE(makes_work(open(kMaija), conversation(State::resolved, kMaija, false)));
    EXPECT_TRUE(makes_work(open(kMaija), open({})));
    EXPECT_TRUE(makes_work(open(kMaija), open(kPekka)));
    EXPECT_TRUE(makes_work(conversation(State::snoozed, {}), open({})));
    EXPECT_FALSE(makes_work(conversation(State::snoozed, {}, false), conversation(State::open, {}, false)))
        << "nobody waits";
    EXPECT_FALSE(makes_work(conversation(State::snoozed, kMaija), open(kMaija)));
    EXPECT_FALSE(makes_work(open({}), open(kMaija)));
    EXPECT_FALSE(makes_work(open({}), open({}))) << "it was offered already";
    auto elsewhere = open({});
    elsewhere.team = TeamId::make();
    EXPECT_TRUE(makes_work(open({}), elsewhere)) << "another team may be able to take it";
}

TEST(EventMembers, ShowAPromiseAndItsEnd) {
    desk::promise::Promise promise;
    EXPECT_EQ(promise_member(promise).find(R"("outcome":null)") == std::string::npos, false);
    promise.outcome = desk::promise::Outcome::late;
    promise.settled_at = Timestamp{};
    const auto shown = promise_member(promise);
    EXPECT_NE(shown.find(R"("promise":{"id":)"), std::string::npos);
    EXPECT_NE(shown.find(R"("outcome":"late")"), std::string::npos);
    EXPECT_NE(shown.find(R"("settled_at":"1970-01-01T00:00:00.000Z")"), std::string::npos);
}

}  // namespace
}  // namespace lupaus::inbox
