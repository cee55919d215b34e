#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Where the only message of the batch went.
ConversationId place(const Changes& changes) {
    return changes.messages.size() == 1 ? changes.messages.front().conversation : ConversationId{};
}

// ---- without a thread id

TEST(RouteThread, JoinsTheContactsNewestConversationThatIsNotResolved) {
    for (const auto state : {State::open, State::pending, State::snoozed}) {
        PaperDesk desk;
        const auto& c = desk.add_conversation({.state = state});
        desk.say();
        EXPECT_EQ(place(desk.route()), c.id) << to_string(state);
    }
}

TEST(RouteThread, JoinsAResolvedOneInsideTheReopenWindow) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 168h});
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).state, State::open);
    EXPECT_FALSE(after(changes, c.id).resolved_at);
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::next_reply) << "a reopened one begins with a next reply";
    EXPECT_THAT(happened(changes), ElementsAre("message.created", "promise.opened", "conversation.reopened"));
}

TEST(RouteThread, LaterBeginsANewOneThatNamesThePrevious) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::away});
    const auto& c =
        desk.add_conversation({.state = State::resolved, .assignee = maija, .resolved_at = kNow - 168h - 1us});
    desk.say();
    const auto changes = desk.route();
    const auto& made = only_new(changes);
    EXPECT_EQ(place(changes), made.id);
    EXPECT_EQ(made.previous, c.id);
    EXPECT_EQ(made.previous_agent, maija) << "who knows the customer";
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::first_reply);
    EXPECT_FALSE(changes.conversations.contains(c.id) && changes.conversations.at(c.id).is_changed)
        << "the old one stays as it was";
}

TEST(RouteThread, ThePreviousAgentIsRememberedOverSeveralConversations) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::away});
    desk.add_conversation({.state = State::resolved, .previous_agent = maija, .resolved_at = kNow - 1000h});
    desk.say();
    EXPECT_EQ(only_new(desk.route()).previous_agent, maija);
}

TEST(RouteThread, WhoPassedTheLastOneOnIsNotRemembered) {
    PaperDesk desk;
    const auto maija = desk.add_agent({.presence = Presence::away});
    desk.add_conversation({.state = State::resolved, .previous_agent = maija, .resolved_at = kNow - 1000h}).passed_on =
        true;
    desk.say();
    EXPECT_TRUE(only_new(desk.route()).previous_agent.is_nil());
}

TEST(RouteThread, TheWindowIsMeasuredByTheMessagesOwnTime) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 170h});
    desk.say({.occurred_at = kNow - 3h});
    EXPECT_EQ(place(desk.route()), c.id) << "written in time, though it arrived too late";
}

TEST(RouteThread, AWindowOfNothingBeginsANewOneAtOnce) {
    PaperDesk desk;
    desk.options.reopen_window = 0s;
    const auto& c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 1s});
    desk.say();
    EXPECT_EQ(only_new(desk.route()).previous, c.id);
}

TEST(RouteThread, TheChannelsOwnWindowGoesBeforeTheConfiguredOne) {
    for (const bool is_inside : {true, false}) {
        PaperDesk desk;
        desk.snapshot.channels.at(desk.channel).reopen_window = 400h;
        const auto id =
            desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 400h - (is_inside ? 0us : 1us)}).id;
        desk.say();
        EXPECT_EQ(place(desk.route()) == id, is_inside);
    }
}

TEST(RouteThread, AWindowOfNothingIsNoneForWhatWasSaidBeforeTheResolutionEither) {
    PaperDesk desk;
    desk.snapshot.channels.at(desk.channel).reopen_window = 0s;
    const auto id = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 1h}).id;
    desk.say({.occurred_at = kNow - 2h});
    const auto changes = desk.route();
    EXPECT_EQ(only_new(changes).previous, id);
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::first_reply);
}

TEST(RouteThread, AWindowOfNothingJoinsWhatIsNotResolved) {
    PaperDesk desk;
    desk.snapshot.channels.at(desk.channel).reopen_window = 0s;
    const auto id = desk.add_conversation({.state = State::pending}).id;
    desk.say();
    EXPECT_EQ(place(desk.route()), id);
}

TEST(RouteThread, AnotherSendersConversationIsNotJoined) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.sender = "pekka"});
    desk.say({.sender = "liisa"});
    EXPECT_NE(place(desk.route()), c.id);
}

// ---- with a thread id

TEST(RouteThread, AThreadIdJoinsExactlyThatThread) {
    PaperDesk desk;
    const auto& one = desk.add_conversation({.thread = "t-1"});
    const auto& two = desk.add_conversation({.thread = "t-2"});
    desk.say({.thread = "t-1"});
    EXPECT_EQ(place(desk.route()), one.id) << "though " << to_string(two.id) << " is newer";
}

TEST(RouteThread, AThreadIsOneWhoeverWritesInIt) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.sender = "liisa", .thread = "t-1"});
    desk.say({.sender = "pekka", .thread = "t-1"});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).contact, c.contact);
    EXPECT_EQ(changes.messages.front().author.id, changes.contacts.front().id.value)
        << "but each message has its own author";
}

TEST(RouteThread, AnUnknownThreadBeginsOneAlthoughTheContactHasAnOpenConversation) {
    PaperDesk desk;
    desk.add_conversation();
    desk.say({.thread = "t-9"});
    const auto changes = desk.route();
    EXPECT_EQ(only_new(changes).thread_id, "t-9");
    EXPECT_TRUE(only_new(changes).previous.is_nil());
}

TEST(RouteThread, AThreadIsReopenedHoweverLongItWasResolved) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.state = State::resolved, .thread = "t-1", .resolved_at = kNow - 10000h});
    desk.say({.thread = "t-1"});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).state, State::open);
}

TEST(RouteThread, TheSameThreadIdOnAnotherChannelIsAnotherThread) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.thread = "t-1"});
    desk.say({.thread = "t-1", .channel = desk.add_channel()});
    EXPECT_NE(place(desk.route()), c.id);
}

TEST(RouteThread, MessagesOfANewThreadInOneBatchAreOneConversation) {
    PaperDesk desk;
    desk.say({.thread = "t-1"});
    desk.say({.thread = "t-1"});
    const auto changes = desk.route();
    EXPECT_THAT(changes.conversations, SizeIs(1));
    EXPECT_THAT(changes.messages, SizeIs(2));
}

TEST(RouteThread, AMessageWithoutAThreadJoinsTheNewestAlsoIfItHasOne) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.thread = "t-1"});
    desk.say();
    EXPECT_EQ(place(desk.route()), c.id);
}

// ---- history in the way

TEST(RouteThread, OldHistoryOfTheSameBatchDoesNotHideAnOpenConversation) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 720h;
    const auto& open = desk.add_conversation();
    desk.say({.thread = "old", .occurred_at = kNow - 2000h});
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.messages, SizeIs(2));
    EXPECT_EQ(changes.messages[1].conversation, open.id);
}

TEST(RouteThread, HistoryIsThreadedByItsOwnTime) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 720h;
    desk.say({.occurred_at = kNow - 2000h});
    desk.say({.occurred_at = kNow - 1999h});
    desk.say({.occurred_at = kNow - 1000h});
    const auto changes = desk.route();
    ASSERT_THAT(changes.messages, SizeIs(3));
    EXPECT_EQ(changes.messages[1].conversation, changes.messages[0].conversation) << "an hour later";
    EXPECT_NE(changes.messages[2].conversation, changes.messages[0].conversation) << "six weeks later";
    EXPECT_EQ(after(changes, changes.messages[2].conversation).previous, changes.messages[0].conversation);
}

TEST(RouteThread, WhoeverHadOnlyHistoryIsReopenedByTheirFirstLiveMessage) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 1h;
    desk.say({.occurred_at = kNow - 2h});
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(only_new(changes).state, State::open);
    EXPECT_EQ(only_new(changes).waiting_since, kNow);
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::next_reply);
}

// ---- conversations that somebody holds

TEST(RouteThread, AMessageForABusyConversationStaysInTheQueue) {
    PaperDesk desk;
    const auto id = desk.add_conversation().id;
    desk.make_busy(id);
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.deferred, SizeIs(1));
    EXPECT_EQ(changes.deferred.front()->row.seq, 1);
    EXPECT_THAT(changes.messages, IsEmpty());
    EXPECT_THAT(changes.conversations, IsEmpty());
    EXPECT_THAT(changes.happenings, IsEmpty());
}

TEST(RouteThread, ABusyThreadDefersItsRowsAndHoldsUpNobodyElse) {
    PaperDesk desk;
    const auto id = desk.add_conversation({.thread = "t-1"}).id;
    desk.make_busy(id);
    desk.say({.thread = "t-1"});
    desk.say({.sender = "pekka"});
    desk.say({.thread = "t-1"});
    const auto changes = desk.route();
    ASSERT_THAT(changes.deferred, SizeIs(2));
    EXPECT_EQ(changes.deferred[0]->row.seq, 1);
    EXPECT_EQ(changes.deferred[1]->row.seq, 3);
    EXPECT_THAT(changes.messages, SizeIs(1));
}

// Between the look for it and its lock; the next look finds what it was merged into.
TEST(RouteThread, AMessageForOneThatWasJustMergedAwayStaysInTheQueue) {
    for (const auto& thread : {std::optional<std::string>(), std::optional<std::string>("t-1")}) {
        PaperDesk desk;
        auto& c = desk.add_conversation({.state = State::resolved, .thread = thread, .resolved_at = kNow});
        c.merged_into = ConversationId::make();
        desk.say({.thread = thread});
        const auto changes = desk.route();
        EXPECT_THAT(changes.deferred, SizeIs(1));
        EXPECT_THAT(changes.messages, IsEmpty());
        EXPECT_THAT(changes.happenings, IsEmpty());
    }
}

TEST(RouteThread, AConversationThatIsGoneIsNotWaitedFor) {
    PaperDesk desk;
    const auto id = desk.add_conversation().id;
    desk.snapshot.held.erase(id);
    desk.say();
    const auto changes = desk.route();
    EXPECT_THAT(changes.deferred, IsEmpty());
    EXPECT_NE(only_new(changes).id, id);
}

}  // namespace
}  // namespace lupaus::router
