#include "services/desk/conversation/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::conversation {
namespace {

using namespace std::chrono_literals;

const Timestamp kSince{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h};

promise::Promise owed(std::optional<Timestamp> due_at) {
    promise::Promise promise;
    promise.id = PromiseId::make();
    promise.kind = promise::Kind::next_reply;
    promise.waiting_since = kSince;
    promise.opened_at = kSince + 2min;
    promise.due_at = due_at;
    return promise;
}

TEST(Owe, ShowsThePromiseOnTheConversation) {
    Conversation c;
    c.begun = true;
    const auto promise = owed(kSince + 1h);
    owe(c, promise);
    EXPECT_EQ(c.waiting_since, kSince);
    ASSERT_TRUE(c.owed);
    EXPECT_EQ(c.owed->id, promise.id);
    EXPECT_EQ(c.owed->kind, 1);
    EXPECT_EQ(c.owed->opened_at, kSince + 2min);
    EXPECT_EQ(c.owed->due_at, kSince + 1h);
    EXPECT_FALSE(c.begun) << "nobody has done anything in this wait yet";
}

TEST(Owe, WorkIsOrderedByItsDueTime) {
    Conversation c;
    owe(c, owed(kSince + 1h));
    EXPECT_EQ(c.rank_at, kSince + 1h);
}

TEST(Owe, WithoutADueTimeAsIfItWereDueAfterADay) {
    Conversation c;
    owe(c, owed(std::nullopt));
    EXPECT_EQ(c.rank_at, kSince + 24h);
    EXPECT_EQ(c.owed->due_at, std::nullopt);
}

TEST(OweNothing, LeavesNoTraceOfTheWait) {
    Conversation c;
    owe(c, owed(kSince + 1h));
    owe_nothing(c);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_FALSE(c.owed);
    EXPECT_FALSE(c.rank_at);
}

TEST(CountsForAssignee, OnlyOpenConversationsCost) {
    Conversation c;
    EXPECT_FALSE(counts_for_assignee(c)) << "nobody has it";
    c.assignee = AgentId::make();
    EXPECT_TRUE(counts_for_assignee(c));
    for (const auto state : {State::pending, State::snoozed, State::resolved}) {
        c.state = state;
        EXPECT_FALSE(counts_for_assignee(c)) << to_string(state);
    }
}

}  // namespace
}  // namespace lupaus::desk::conversation
