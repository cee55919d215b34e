#include "services/desk/conversation/rules.hpp"
#include "services/router/said.hpp"
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>

namespace lupaus::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---- the first message of somebody new

TEST(RouteMessage, SomebodyNewBecomesAContactWithTheirAddress) {
    PaperDesk desk;
    desk.say({.sender = "liisa", .received_at = kNow - 3s});
    desk.batch.front().message.sender_email = "liisa@example.com";
    const auto changes = desk.route();
    ASSERT_THAT(changes.contacts, SizeIs(1));
    const auto& contact = changes.contacts.front();
    EXPECT_EQ(contact.account, desk.account);
    EXPECT_EQ(contact.channel, desk.channel);
    EXPECT_EQ(contact.address, "liisa");
    EXPECT_EQ(contact.name, "liisa");
    EXPECT_EQ(contact.email, "liisa@example.com");
    EXPECT_EQ(contact.created_at, kNow - 3s);
}

TEST(RouteMessage, BeginsAConversationOnTheChannelsTermsThatIsNotAssignedYet) {
    PaperDesk desk;
    const auto team = desk.add_team();
    auto& channel = desk.snapshot.channels[desk.channel];
    channel.team = team;
    channel.weight = 2;
    desk.say({.thread = "t-1"});
    desk.batch.front().message.subject = "The part";
    desk.batch.front().message.visibility = desk::conversation::Visibility::public_;
    const auto changes = desk.route();
    const auto& c = only_new(changes);
    EXPECT_EQ(c.account, desk.account);
    EXPECT_EQ(c.contact, changes.contacts.front().id);
    EXPECT_EQ(c.contact_name, "liisa");
    EXPECT_EQ(c.channel, desk.channel);
    EXPECT_EQ(c.thread_id, "t-1");
    EXPECT_EQ(c.subject, "The part");
    EXPECT_EQ(c.visibility, desk::conversation::Visibility::public_);
    EXPECT_EQ(c.team, team);
    EXPECT_EQ(c.weight, 2);
    EXPECT_EQ(c.state, State::open);
    EXPECT_EQ(c.created_at, kNow);
    EXPECT_TRUE(c.previous.is_nil());
}

TEST(RouteMessage, StoresTheMessageAsItCame) {
    PaperDesk desk;
    desk.say({.occurred_at = kNow - 10min, .received_at = kNow - 1min, .text = "Where is it?"});
    auto& in = desk.batch.front().message;
    in.html = "<p>Where is it?</p>";
    in.attachments.push_back({.name = "a.png", .content_type = "image/png", .size_bytes = 7, .sha256 = "abc"});
    in.attachments.push_back({.name = "b.png", .content_type = "image/png", .url = "https://cdn.example/b"});
    const auto row = desk.batch.front().row;
    const auto changes = desk.route();
    ASSERT_THAT(changes.messages, SizeIs(1));
    const auto& message = changes.messages.front();
    EXPECT_EQ(message.account, desk.account);
    EXPECT_EQ(message.id, row.id);
    EXPECT_EQ(message.seq, row.seq) << "arrival orders, also across conversations";
    EXPECT_EQ(message.conversation, only_new(changes).id);
    EXPECT_EQ(message.author.type, desk::message::AuthorType::customer);
    EXPECT_EQ(message.author.id, changes.contacts.front().id.value);
    EXPECT_EQ(message.text, "Where is it?");
    EXPECT_EQ(message.html, "<p>Where is it?</p>");
    EXPECT_EQ(message.external_id, "ext-1");
    EXPECT_EQ(message.ordered_at, kNow - 10min);
    EXPECT_EQ(message.sent_at, kNow - 10min);
    EXPECT_EQ(message.created_at, kNow - 1min);
    EXPECT_FALSE(message.history);
    ASSERT_THAT(message.attachments, SizeIs(2));
    EXPECT_EQ(message.attachments.front().message, message.id);
    EXPECT_EQ(message.attachments.front().sha256, "abc");
    EXPECT_EQ(message.attachments.front().state, desk::message::AttachmentState::ready);
    EXPECT_EQ(message.attachments.back().url, "https://cdn.example/b");
    EXPECT_EQ(message.attachments.back().state, desk::message::AttachmentState::fetching);
}

TEST(RouteMessage, NamesItsConversationWhereBothAreFree) {
    PaperDesk desk;
    const auto named = [&desk](const std::string& sender, const std::string& ref) {
        desk.say({.sender = sender});
        desk.batch.back().message.external_ref = ref;
    };
    const auto known = desk.add_conversation({.sender = "pekka"}).id;
    desk.add_conversation({.sender = "eero"}).external_ref = "order-1";
    desk.snapshot.by_external_ref[{desk.account, "order-2"}] = known;
    named("liisa", "order-7");
    named("liisa", "order-8");
    named("pekka", "order-7");
    named("eero", "order-9");
    named("aino", "order-2");
    std::map<std::string, std::optional<std::string>> refs;
    for (const auto& [id, change] : desk.route().conversations) {
        refs[change.conversation.contact_name] = change.conversation.external_ref;
    }
    EXPECT_EQ(refs["liisa"], "order-7") << "the first of the batch, and of the conversation";
    EXPECT_EQ(refs["eero"], "order-1") << "it had one";
    EXPECT_EQ(refs["aino"], std::nullopt) << "another conversation has it";
    EXPECT_EQ(refs["pekka"], std::nullopt);
}

TEST(RouteMessage, SeveralMessagesOfSomebodyNewAreOneContactAndOneConversation) {
    PaperDesk desk;
    desk.say({.text = "Hei!"});
    desk.say({.text = "Are you there?"});
    desk.say({.text = "Hello??"});
    const auto changes = desk.route();
    EXPECT_THAT(changes.contacts, SizeIs(1));
    EXPECT_THAT(changes.conversations, SizeIs(1));
    EXPECT_THAT(changes.messages, SizeIs(3));
    EXPECT_THAT(changes.promises, SizeIs(1));
    EXPECT_THAT(happened(changes), ElementsAre("conversation.created", "message.created", "promise.opened",
                                               "message.created", "message.created"));
}

TEST(RouteMessage, TheSameAddressOnAnotherChannelIsAnotherContact) {
    PaperDesk desk;
    const auto mail = desk.add_channel();
    desk.say();
    desk.say({.channel = mail});
    const auto changes = desk.route();
    EXPECT_THAT(changes.contacts, SizeIs(2));
    EXPECT_THAT(changes.conversations, SizeIs(2));
}

TEST(RouteMessage, SomebodyKnownIsNotMadeAgain) {
    PaperDesk desk;
    const auto liisa = desk.add_contact("liisa");
    desk.say();
    const auto changes = desk.route();
    EXPECT_THAT(changes.contacts, IsEmpty());
    EXPECT_EQ(only_new(changes).contact, liisa);
}

TEST(RouteMessage, TellsWhoDidItAndWhatAboutIt) {
    PaperDesk desk;
    desk.say();
    const auto message = desk.batch.front().row.id;
    const auto changes = desk.route();
    ASSERT_THAT(changes.happenings, SizeIs(3));
    const auto customer = changes.contacts.front().id;
    EXPECT_EQ(changes.happenings[0].customer, customer);
    EXPECT_EQ(changes.happenings[1].customer, customer);
    EXPECT_EQ(changes.happenings[1].message, message);
    EXPECT_TRUE(changes.happenings[2].customer.is_nil()) << "the desk promises, not the customer";
    EXPECT_TRUE(changes.happenings[2].extra.starts_with("\"promise\":{"));
}

// ---- waits

TEST(RouteMessage, TheFirstMessageOpensTheWaitForAFirstReply) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::first_reply, 2h);
    desk.say({.received_at = kNow - 5s});
    const auto changes = desk.route();
    ASSERT_THAT(changes.promises, SizeIs(1));
    const auto& promise = changes.promises.front();
    const auto& c = only_new(changes);
    EXPECT_EQ(promise.kind, PromiseKind::first_reply);
    EXPECT_EQ(promise.conversation, c.id);
    EXPECT_EQ(promise.channel, desk.channel);
    EXPECT_EQ(promise.waiting_since, kNow - 5s);
    EXPECT_EQ(promise.opened_at, kNow - 5s);
    EXPECT_EQ(promise.due_at, kNow - 5s + 2h);
    EXPECT_EQ(c.waiting_since, kNow - 5s);
    ASSERT_TRUE(c.owed);
    EXPECT_EQ(c.owed->id, promise.id);
    EXPECT_EQ(c.rank_at, promise.due_at);
}

TEST(RouteMessage, WithoutAPolicyTheWaitIsMeasuredAllTheSame) {
    PaperDesk desk;
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises.front().due_at, std::nullopt);
    EXPECT_EQ(only_new(changes).waiting_since, kNow);
    EXPECT_EQ(only_new(changes).rank_at, kNow + 24h);
}

TEST(RouteMessage, AWaitDoesNotMoveWithLaterMessages) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.waiting_since = kNow - 1h, .due_at = kNow + 1h});
    desk.say();
    const auto changes = desk.route();
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_EQ(after(changes, c.id).waiting_since, kNow - 1h);
    EXPECT_EQ(after(changes, c.id).owed->due_at, kNow + 1h);
    EXPECT_EQ(after(changes, c.id).last_message_at, kNow);
}

TEST(RouteMessage, ALaterWaitIsForANextReply) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.add_policy(PromiseKind::next_reply, 4h);
    const auto& c = desk.add_conversation();
    desk.say();
    const auto changes = desk.route();
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises.front().kind, PromiseKind::next_reply);
    EXPECT_EQ(changes.promises.front().due_at, kNow + 4h);
    EXPECT_EQ(after(changes, c.id).owed->kind, 1);
}

TEST(RouteMessage, TheConversationsPriorityAndTeamChooseThePolicy) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::next_reply, 4h);
    desk.add_policy(PromiseKind::next_reply, 8h);
    desk.snapshot.policies[desk.account].back().priority = desk::conversation::Priority::urgent;
    desk.add_conversation().priority = desk::conversation::Priority::urgent;
    desk.say();
    EXPECT_EQ(desk.route().promises.front().due_at, kNow + 8h);
}

TEST(RouteMessage, AnotherAccountsPoliciesPromiseNothing) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.snapshot.policies = {{AccountId::make(), desk.snapshot.policies.at(desk.account)}};
    desk.say();
    EXPECT_EQ(desk.route().promises.front().due_at, std::nullopt);
}

TEST(RouteMessage, NobodyHasBegunANewWait) {
    PaperDesk desk;
    const auto maija = desk.add_agent();
    const auto& c = desk.add_conversation({.assignee = maija, .begun = true});
    desk.say();
    EXPECT_FALSE(after(desk.route(), c.id).begun);
}

// ---- when a wait starts

struct Occurrence {
    const char* name;
    std::optional<Timestamp> occurred_at;
    Timestamp starts_at;
};

class ClampOccurred : public ::testing::TestWithParam<Occurrence> {};

TEST_P(ClampOccurred, LiesInTheWeekBeforeArrival) {
    EXPECT_EQ(clamp_occurred(GetParam().occurred_at, kNow), GetParam().starts_at);
    PaperDesk desk;
    desk.say({.occurred_at = GetParam().occurred_at});
    const auto changes = desk.route();
    EXPECT_EQ(changes.promises.front().opened_at, GetParam().starts_at);
    EXPECT_EQ(changes.messages.front().ordered_at, GetParam().starts_at);
    EXPECT_EQ(changes.messages.front().sent_at, GetParam().occurred_at) << "the sender's own time is kept beside it";
}

INSTANTIATE_TEST_SUITE_P(Times, ClampOccurred,
                         ::testing::Values(Occurrence{"unknown", std::nullopt, kNow}, Occurrence{"now", kNow, kNow},
                                           Occurrence{"delayed", kNow - 3h, kNow - 3h},
                                           Occurrence{"justAWeekOld", kNow - 168h, kNow - 168h},
                                           Occurrence{"older", kNow - 168h - 1us, kNow - 168h},
                                           Occurrence{"inTheFuture", kNow + 1us, kNow}),
                         [](const auto& instance) { return instance.param.name; });

// ---- what was said before the wait began, and arrives after

TEST(RouteMessage, AWaitBeginsWithTheOldestMessageHoweverLateItArrives) {
    PaperDesk desk;
    const auto maija = desk.add_agent();
    auto& known =
        desk.add_conversation({.assignee = maija, .waiting_since = kNow - 1h, .due_at = kNow + 1h, .begun = true});
    auto& before = desk.snapshot.promises.at(known.id);
    before.warn_at = kNow + 30min;
    before.next_alert_at = kNow + 30min;
    before.leads_at = kNow + 2h;
    before.level = -1;
    desk.say({.occurred_at = kNow - 3h});
    const auto changes = desk.route();
    EXPECT_THAT(changes.promises, IsEmpty());
    ASSERT_THAT(changes.moved, SizeIs(1));
    const auto& moved = changes.moved.begin()->second;
    EXPECT_EQ(moved.id, known.owed->id);
    EXPECT_EQ(moved.waiting_since, kNow - 3h);
    EXPECT_EQ(moved.opened_at, kNow - 3h);
    EXPECT_EQ(moved.due_at, kNow - 1h);
    EXPECT_EQ(moved.warn_at, kNow - 90min);
    EXPECT_EQ(moved.leads_at, kNow);
    EXPECT_EQ(moved.account_at, std::nullopt);
    EXPECT_EQ(moved.next_alert_at, kNow - 90min);
    const auto& c = after(changes, known.id);
    EXPECT_EQ(c.waiting_since, kNow - 3h);
    EXPECT_EQ(c.owed->opened_at, kNow - 3h);
    EXPECT_EQ(c.owed->due_at, kNow - 1h);
    EXPECT_EQ(c.rank_at, kNow - 1h);
    EXPECT_TRUE(c.begun) << "it is the same wait";
    EXPECT_THAT(happened(changes), ElementsAre("message.created", "promise.moved"));
    EXPECT_THAT(changes.happenings.back().extra, ::testing::HasSubstr(to_rfc3339(kNow - 1h)));
}

TEST(RouteMessage, AWordThatIsDueBeforeDoesNotKeepAWaitFromBeginningEarlier) {
    PaperDesk desk;
    auto& known = desk.add_conversation({.waiting_since = kNow - 1h, .due_at = kNow + 5h});
    const auto wait = known.owed->id;
    desk::promise::Promise word;
    word.id = desk::PromiseId{desk.options.make_id()};
    word.kind = PromiseKind::commitment;
    word.due_at = kNow + 1h;
    desk::conversation::owe_word(known, word);
    desk.say({.occurred_at = kNow - 3h});
    const auto changes = desk.route();
    ASSERT_THAT(changes.moved, SizeIs(1));
    EXPECT_EQ(changes.moved.begin()->second.id, wait);
    EXPECT_EQ(changes.moved.begin()->second.due_at, kNow + 3h);
    const auto& c = after(changes, known.id);
    EXPECT_EQ(c.waiting_since, kNow - 3h);
    EXPECT_EQ(c.owed->id, word.id);
    EXPECT_EQ(c.rank_at, kNow + 1h);
}

TEST(RouteMessage, ALaterOneMovesNothing) {
    for (const auto at : {kNow - 1h, kNow - 1h + 1us, kNow}) {
        PaperDesk desk;
        const auto& c = desk.add_conversation({.waiting_since = kNow - 1h, .due_at = kNow + 1h});
        desk.say({.occurred_at = at});
        const auto changes = desk.route();
        EXPECT_THAT(changes.moved, IsEmpty());
        EXPECT_EQ(after(changes, c.id).waiting_since, kNow - 1h);
        EXPECT_THAT(happened(changes), ElementsAre("message.created"));
    }
}

TEST(RouteMessage, AWaitThatBeganInTheSameBatchBeginsEarlierToo) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::first_reply, 4h);
    desk.say({.occurred_at = kNow - 1h});
    desk.say({.occurred_at = kNow - 3h});
    desk.say({.occurred_at = kNow - 2h});
    const auto changes = desk.route();
    EXPECT_THAT(changes.moved, IsEmpty());
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises.front().opened_at, kNow - 3h);
    EXPECT_EQ(changes.promises.front().due_at, kNow + 1h);
    EXPECT_EQ(changes.promises.front().warn_at, kNow);
    EXPECT_EQ(only_new(changes).owed->due_at, kNow + 1h);
}

TEST(RouteMessage, ItMovesOnlyToTheWeekBeforeItsArrival) {
    PaperDesk desk;
    const auto& c = desk.add_conversation({.waiting_since = kNow - 1h});
    desk.say({.occurred_at = kNow - 1000h});
    EXPECT_EQ(after(desk.route(), c.id).waiting_since, kNow - 168h);
}

TEST(RouteMessage, WhatAnAnswerHadNotSeenWaitsSinceItWasSaid) {
    PaperDesk desk;
    desk.add_conversation({.begun = true});  // answered a moment ago
    desk.say({.occurred_at = kNow - 3h});
    const auto changes = desk.route();
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises.front().opened_at, kNow - 3h);
}

// ---- history and blocked senders

TEST(RouteMessage, WhatIsOlderThanTheChannelIsHistory) {
    PaperDesk desk;
    desk.add_agent();
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.snapshot.channels[desk.channel].live_since = kNow - 1h;
    desk.say({.occurred_at = kNow - 1h - 1us});
    const auto changes = desk.route();
    EXPECT_TRUE(changes.messages.front().history);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_THAT(changes.nobody, IsEmpty());
    const auto& c = only_new(changes);
    EXPECT_EQ(c.state, State::resolved);
    EXPECT_EQ(c.resolved_at, kNow - 1h - 1us);
    EXPECT_FALSE(c.waiting_since);
    EXPECT_THAT(happened(changes), ElementsAre("conversation.created", "message.created"))
        << "stored and threaded all the same";
}

TEST(RouteMessage, WhatIsAsOldAsTheChannelIsNotHistory) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 1h;
    desk.say({.occurred_at = kNow - 1h});
    EXPECT_THAT(desk.route().promises, SizeIs(1));
}

TEST(RouteMessage, ABackfillOfAnOldChannelIsHistoryHoweverOldItIs) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 720h;
    desk.say({.occurred_at = kNow - 8760h, .text = "two"});
    desk.say({.occurred_at = kNow - 17520h, .text = "one"});
    const auto changes = desk.route();
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_TRUE(changes.messages[0].history);
    EXPECT_EQ(changes.messages[0].ordered_at, kNow - 8760h) << "history stands where it happened";
    EXPECT_EQ(changes.messages[1].ordered_at, kNow - 17520h);
}

TEST(RouteMessage, HistoryEndsNoWaitAndOpensNone) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 1h;
    const auto& c = desk.add_conversation({.waiting_since = kNow - 30min});
    desk.say({.occurred_at = kNow - 2h});
    const auto changes = desk.route();
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.moved, IsEmpty());
    EXPECT_EQ(after(changes, c.id).state, State::open);
    EXPECT_EQ(after(changes, c.id).waiting_since, kNow - 30min);
}

TEST(RouteMessage, HistoryWakesNothing) {
    PaperDesk desk;
    desk.snapshot.channels[desk.channel].live_since = kNow - 1h;
    const auto& c = desk.add_conversation({.state = State::snoozed, .snoozed_until = kNow + 1h});
    desk.say({.occurred_at = kNow - 2h});
    EXPECT_EQ(after(desk.route(), c.id).state, State::snoozed);
}

TEST(RouteMessage, ABlockedSenderIsStoredAndNothingElse) {
    PaperDesk desk;
    desk.add_agent();
    desk.add_contact("liisa", true);
    desk.say();
    const auto changes = desk.route();
    EXPECT_THAT(changes.messages, SizeIs(1));
    EXPECT_FALSE(changes.messages.front().history);
    EXPECT_THAT(changes.promises, IsEmpty());
    EXPECT_THAT(changes.assignments, IsEmpty());
    EXPECT_EQ(only_new(changes).state, State::resolved);
}

TEST(RouteMessage, ABlockedSenderReopensNothing) {
    PaperDesk desk;
    desk.add_contact("liisa", true);
    const auto& c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 1h});
    desk.say();
    const auto changes = desk.route();
    EXPECT_EQ(after(changes, c.id).state, State::resolved);
    EXPECT_EQ(after(changes, c.id).resolved_at, kNow - 1h);
    EXPECT_EQ(after(changes, c.id).last_message_at, kNow);
}

}  // namespace
}  // namespace lupaus::router
