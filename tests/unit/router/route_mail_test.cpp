// Where a mail belongs: its reply address, then what it refers to, then nowhere.
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::router {
namespace {

using desk::inbound::MailHead;
using desk::message::Judgement;
using desk::message::Verdict;
using ::testing::IsEmpty;

ConversationId place(const Changes& changes, std::size_t nth = 0) {
    return changes.messages.size() > nth ? changes.messages[nth].conversation : ConversationId{};
}

MailHead referring(std::vector<std::string> references, std::string id = "new@example.org") {
    return {.id = std::move(id), .references = std::move(references)};
}

const Judgement kAutomatic{.verdict = Verdict::automatic, .rule = "mail.auto_submitted"};

TEST(RouteMail, ANewOneBeginsAConversationHoweverWellItsSenderIsKnown) {
    PaperDesk desk;
    const auto open = desk.add_conversation().id;
    desk.say({.mail = MailHead{.id = "new@example.org"}});
    const auto changes = desk.route();
    EXPECT_NE(place(changes), open);
    EXPECT_TRUE(only_new(changes).previous.is_nil()) << "it is about something else";
    EXPECT_EQ(changes.messages.front().author.id, desk.add_contact("liisa").value) << "of the same customer";
}

TEST(RouteMail, GoesWhereTheNewestKnownReferenceIs) {
    PaperDesk desk;
    const auto older = desk.add_conversation({.sender = "olli"}).id;
    const auto newer = desk.add_conversation({.sender = "aino"}).id;
    desk.name_mail("older@example.org", older);
    desk.name_mail("newer@example.org", newer);
    desk.say({.mail = referring({"unknown@example.org", "newer@example.org", "older@example.org"})});
    EXPECT_EQ(place(desk.route()), newer);
}

TEST(RouteMail, AReplyAddressGoesBeforeReferences) {
    PaperDesk desk;
    const auto named = desk.add_conversation({.sender = "aino"});
    const auto referred = desk.add_conversation({.sender = "olli"}).id;
    desk.snapshot.by_number[NumberKey{desk.account, named.number}] = named.id;
    desk.name_mail("known@example.org", referred);
    auto mail = referring({"known@example.org"});
    mail.answers = named.number;
    desk.say({.mail = mail});
    EXPECT_EQ(place(desk.route()), named.id);
}

TEST(RouteMail, AStrangerJoinsAsOneMoreParticipant) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::next_reply, 1h);
    const auto c = desk.add_conversation({.sender = "liisa"});
    desk.name_mail("known@example.org", c.id);
    desk.say({.sender = "boss@example.org", .mail = referring({"known@example.org"})});
    const auto changes = desk.route();
    ASSERT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).contact, c.contact) << "it stays the first customer's";
    EXPECT_EQ(changes.messages.front().author.name, "boss@example.org");
    EXPECT_NE(changes.messages.front().author.id, c.contact.value);
    EXPECT_TRUE(after(changes, c.id).waiting_since) << "and waits for an answer";
}

TEST(RouteMail, FollowsTheReopenWindow) {
    PaperDesk desk;
    const auto c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 168h});
    desk.name_mail("known@example.org", c.id);
    desk.say({.mail = referring({"known@example.org"})});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).state, State::open);
}

TEST(RouteMail, LaterBeginsANewOneThatNamesThePrevious) {
    PaperDesk desk;
    const auto older = desk.add_conversation({.sender = "olli"}).id;
    const auto c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 168h - 1us});
    desk.name_mail("known@example.org", c.id);
    desk.name_mail("older@example.org", older);
    desk.say({.mail = referring({"known@example.org", "older@example.org"})});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), only_new(changes).id) << "an older reference says less than the newest";
    EXPECT_EQ(only_new(changes).previous, c.id);
}

TEST(RouteMail, AMachinesStaysWithWhatItIsAboutAndReopensNothing) {
    PaperDesk desk;
    const auto c = desk.add_conversation({.state = State::resolved, .resolved_at = kNow - 5000h});
    desk.name_mail("known@example.org", c.id);
    desk.say({.judgement = kAutomatic, .mail = referring({"known@example.org"})});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes), c.id);
    EXPECT_EQ(after(changes, c.id).state, State::resolved);
    EXPECT_THAT(changes.promises, IsEmpty());
}

TEST(RouteMail, AnswersWithinOneBatchFindEachOther) {
    PaperDesk desk;
    desk.say({.mail = referring({}, "first@example.org")});
    desk.say({.sender = "olli", .mail = referring({"first@example.org"}, "second@example.org")});
    desk.say({.mail = referring({"second@example.org", "first@example.org"}, "third@example.org")});
    const auto changes = desk.route();
    EXPECT_EQ(place(changes, 1), place(changes, 0));
    EXPECT_EQ(place(changes, 2), place(changes, 0));
    ASSERT_EQ(changes.letters.size(), 3u);
    EXPECT_EQ(changes.letters[1].head.id, "second@example.org");
    EXPECT_EQ(changes.letters[1].message, changes.messages[1].id);
}

TEST(RouteMail, WithoutAnIdItIsNobodysReference) {
    PaperDesk desk;
    desk.say({.mail = MailHead{}});
    desk.say({.mail = MailHead{.id = "", .references = {""}}});
    const auto changes = desk.route();
    EXPECT_NE(place(changes, 0), place(changes, 1));
}

TEST(RouteMail, AnIdUsedTwiceIsItsFirstMails) {
    PaperDesk desk;
    desk.say({.mail = referring({}, "same@example.org")});
    desk.say({.sender = "thief", .mail = referring({}, "same@example.org")});
    desk.say({.mail = referring({"same@example.org"}, "answer@example.org")});
    const auto changes = desk.route();
    EXPECT_NE(place(changes, 1), place(changes, 0));
    EXPECT_EQ(place(changes, 2), place(changes, 0));
}

TEST(RouteMail, WaitsForAConversationThatSomebodyHolds) {
    PaperDesk desk;
    const auto c = desk.add_conversation().id;
    desk.name_mail("known@example.org", c);
    desk.make_busy(c);
    desk.say({.mail = referring({"known@example.org"})});
    EXPECT_EQ(desk.route().deferred.size(), 1u);
}

TEST(RouteMail, WhatTheDeskItselfSendsIsNoCustomers) {
    PaperDesk desk;
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.snapshot.own_addresses[desk.account] = {"sales@shop.example"};
    desk.say({.sender = "sales@shop.example", .mail = MailHead{.id = "own@shop.example"}});
    desk.say({.sender = "liisa@example.org", .mail = MailHead{.id = "hers@example.org"}});
    const auto changes = desk.route();
    ASSERT_TRUE(changes.messages[0].judgement);
    EXPECT_EQ(changes.messages[0].judgement->rule, "mail.own_address");
    EXPECT_EQ(after(changes, place(changes, 0)).state, State::resolved);
    EXPECT_FALSE(changes.messages[1].judgement);
    EXPECT_EQ(changes.promises.size(), 1u);
}

TEST(RouteMail, AChatThatIsCalledAsAnAddressIsSomebodys) {
    PaperDesk desk;
    desk.snapshot.own_addresses[desk.account] = {"sales@shop.example"};
    desk.say({.sender = "sales@shop.example"});
    EXPECT_FALSE(desk.route().messages.front().judgement);
}

TEST(RouteMail, KeepsTheSendersOwnTimeBesideTheServers) {
    PaperDesk desk;
    desk.say({.occurred_at = kNow - 1min, .mail = MailHead{}});
    desk.batch.back().message.sent_at = kNow - 40h;
    const auto changes = desk.route();
    EXPECT_EQ(changes.messages.front().ordered_at, kNow - 1min);
    EXPECT_EQ(changes.messages.front().sent_at, kNow - 40h);
}

}  // namespace
}  // namespace lupaus::router
