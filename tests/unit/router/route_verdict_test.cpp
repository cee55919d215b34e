// What is no person's words to the desk is stored and threaded with its verdict, and nothing else.
#include "services/desk/message/store.hpp"
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::router {
namespace {

using desk::message::Judgement;
using desk::message::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Judgement kSpam{.verdict = Verdict::spam, .rule = "channel: spam"};
const Judgement kAutomatic{.verdict = Verdict::automatic, .rule = "channel: automatic"};

class RouteVerdict : public ::testing::TestWithParam<Judgement> {
protected:
    RouteVerdict() {
        desk.add_agent();
        desk.add_policy(PromiseKind::first_reply, 1h);
    }

    PaperDesk desk;
};

INSTANTIATE_TEST_SUITE_P(OfTheChannel, RouteVerdict, ::testing::Values(kSpam, kAutomatic),
                         [](const auto& info) { return std::string(to_string(info.param.verdict)); });

TEST_P(RouteVerdict, IsStoredWithTheMessageAndNothingIsOwed) {
    desk.say({.judgement = GetParam()});
    const auto changes = desk.route();
    const auto& message = changes.messages.front();
    ASSERT_TRUE(message.judgement);
    EXPECT_EQ(message.judgement->verdict, GetParam().verdict);
    EXPECT_EQ(message.judgement->rule, GetParam().rule);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_THAT(changes.nobody, IsEmpty());
    const auto& c = only_new(changes);
    EXPECT_EQ(c.state, State::resolved);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_EQ(c.spam, GetParam().verdict == Verdict::spam);
    EXPECT_THAT(happened(changes), ElementsAre("conversation.created", "message.created"));
}

TEST_P(RouteVerdict, ReopensAndWakesNothing) {
    const auto resolved = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 1h}).id;
    desk.say({.judgement = GetParam()});
    EXPECT_EQ(after(desk.route(), resolved).state, State::resolved);
    const auto asleep =
        desk.add_conversation({.sender = "pekka", .state = State::snoozed, .snoozed_until = kNow + 1h}).id;
    desk.say({.sender = "pekka", .judgement = GetParam()});
    EXPECT_EQ(after(desk.route(), asleep).snoozed_until, kNow + 1h);
}

TEST_P(RouteVerdict, MovesNoWait) {
    const auto id = desk.add_conversation({.waiting_since = kNow - 1h}).id;
    desk.say({.occurred_at = kNow - 3h, .judgement = GetParam()});
    const auto changes = desk.route();
    EXPECT_THAT(changes.moved, IsEmpty());
    EXPECT_EQ(after(changes, id).waiting_since, kNow - 1h);
}

TEST_P(RouteVerdict, AsksNoBot) {
    desk.snapshot.channels.at(desk.channel).bot = desk::TokenId::make();
    desk.say({.judgement = GetParam()});
    const auto changes = desk.route();
    EXPECT_TRUE(only_new(changes).bot.is_nil());
    EXPECT_THAT(changes.silences, IsEmpty());
}

TEST_P(RouteVerdict, OfWhomTheDeskBlockedIsTheDesksOwn) {
    desk.add_contact("liisa", true);
    desk.say({.judgement = GetParam()});
    const auto changes = desk.route();
    ASSERT_TRUE(changes.messages.front().judgement);
    EXPECT_EQ(changes.messages.front().judgement->verdict, Verdict::blocked);
    EXPECT_EQ(changes.messages.front().judgement->rule, "contact.blocked");
    EXPECT_FALSE(only_new(changes).spam);
}

TEST_P(RouteVerdict, APersonAfterItCountsAsEver) {
    desk.say({.judgement = GetParam()});
    desk.commit(desk.route());
    desk.say();
    const auto changes = desk.route();
    EXPECT_FALSE(changes.messages.front().judgement);
    ASSERT_EQ(changes.promises.size(), 1U);
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::next_reply) << "it is reopened";
    EXPECT_EQ(only_conversation(changes).conversation.state, State::open);
    EXPECT_EQ(only_conversation(changes).conversation.spam, GetParam().verdict == Verdict::spam) << "it holds it still";
}

TEST_P(RouteVerdict, IsKeptWithHistoryToo) {
    desk.snapshot.channels.at(desk.channel).live_since = kNow - 1h;
    desk.say({.occurred_at = kNow - 2h, .judgement = GetParam()});
    const auto changes = desk.route();
    EXPECT_TRUE(changes.messages.front().history);
    EXPECT_TRUE(changes.messages.front().judgement);
}

}  // namespace
}  // namespace lupaus::router
