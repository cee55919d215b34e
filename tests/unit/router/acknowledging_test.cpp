// Which mails a machine answers at once, and that it changes nothing for the desk.
#include "tests/unit/router/paper_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace lupaus::router {
namespace {

using desk::inbound::MailHead;
using desk::message::Judgement;
using desk::message::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

MailHead answerable(std::string id = "new@example.org") {
    return {.id = std::move(id), .no_autoreply = ""};
}

class AcknowledgingTest : public ::testing::Test {
protected:
    AcknowledgingTest() {
        desk.snapshot.acknowledgements[desk.channel] = {.words = {.text = "Hei!"}, .address = "support@shop.example"};
    }

    PaperDesk desk{};
};

TEST_F(AcknowledgingTest, AnswersTheMailThatBeginsAConversation) {
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.say({.sender = "liisa@example.org", .mail = answerable()});
    const auto changes = desk.route();
    ASSERT_THAT(changes.acknowledgements, SizeIs(1));
    const auto& one = changes.acknowledgements[0];
    EXPECT_EQ(one.conversation, only_new(changes).id);
    EXPECT_EQ(one.item->message.sender_id, "liisa@example.org");
    EXPECT_THAT(changes.withheld, IsEmpty());
    const auto told = std::ranges::find(changes.happenings, one.id, &Happening::message);
    ASSERT_NE(told, changes.happenings.end());
    EXPECT_EQ(told->type, "message.created");
    EXPECT_TRUE(told->customer.is_nil()) << "the desk did it";
}

TEST_F(AcknowledgingTest, EndsNoWaitAndMovesNoDueTime) {
    desk.add_policy(PromiseKind::first_reply, 1h);
    desk.say({.sender = "liisa@example.org", .received_at = kNow - 10min, .mail = answerable()});
    const auto changes = desk.route();
    ASSERT_THAT(changes.acknowledgements, SizeIs(1));
    const auto& c = only_new(changes);
    EXPECT_EQ(c.waiting_since, kNow - 10min);
    ASSERT_THAT(changes.promises, SizeIs(1));
    EXPECT_EQ(changes.promises[0].due_at, kNow + 50min);
    EXPECT_FALSE(changes.promises[0].settled_at);
    EXPECT_FALSE(c.begun);
    EXPECT_EQ(c.last_message_at, kNow) << "which is when it was written";
}

TEST_F(AcknowledgingTest, IsNotNewerThanAMailOfTheFuture) {
    desk.say({.sender = "liisa@example.org", .received_at = kNow + 1min, .mail = answerable()});
    const auto changes = desk.route();
    ASSERT_THAT(changes.acknowledgements, SizeIs(1));
    EXPECT_EQ(only_new(changes).last_message_at, kNow + 1min) << "time does not run back";
}

TEST_F(AcknowledgingTest, AnswersOnceAConversation) {
    const auto known = desk.add_conversation().id;
    desk.name_mail("known@example.org", known);
    auto answer = answerable();
    answer.references = {"known@example.org"};
    desk.say({.mail = answer});
    desk.say({.sender = "liisa@example.org", .mail = answerable("first@example.org")});
    auto more = answerable("second@example.org");
    more.references = {"first@example.org"};
    desk.say({.sender = "olli@example.org", .mail = more});
    const auto changes = desk.route();
    ASSERT_THAT(changes.acknowledgements, SizeIs(1)) << "what joins is no beginning, of whomever it is";
    EXPECT_EQ(changes.acknowledgements[0].item->message.sender_id, "liisa@example.org");
    EXPECT_THAT(changes.withheld, IsEmpty());
}

TEST_F(AcknowledgingTest, AnswersAnAddressOnceADay) {
    desk.say({.sender = "liisa@example.org", .mail = answerable("1@example.org")});
    desk.say({.sender = "liisa@example.org", .mail = answerable("2@example.org")});
    desk.say({.sender = "olli@example.org", .mail = answerable("3@example.org")});
    desk.snapshot.written_before[{.account = desk.account, .address = "olli@example.org"}] = {.to_address_today = 1};
    const auto changes = desk.route();
    EXPECT_THAT(changes.acknowledgements, SizeIs(1));
    EXPECT_THAT(changes.withheld, ElementsAre("once_a_day", "once_a_day"));
}

TEST_F(AcknowledgingTest, TellsWhatItWithholds) {
    desk.say({.mail = MailHead{.id = "a@example.org", .no_autoreply = "list"}});
    const auto mail = desk.batch.back().row.id;
    const auto changes = desk.route();
    EXPECT_THAT(changes.acknowledgements, IsEmpty());
    EXPECT_THAT(changes.withheld, ElementsAre("list"));
    const auto told = std::ranges::find(changes.happenings, "acknowledgement.withheld", &Happening::type);
    ASSERT_NE(told, changes.happenings.end());
    EXPECT_EQ(told->message, mail);
    EXPECT_EQ(told->extra, R"("rule":"list")");
    EXPECT_TRUE(only_new(changes).waiting_since) << "somebody waits all the same";
}

TEST_F(AcknowledgingTest, LeavesItToABot) {
    desk.snapshot.channels.at(desk.channel).bot = desk::TokenId{make_uuid_v7()};
    desk.say({.mail = answerable()});
    EXPECT_THAT(desk.route().withheld, ElementsAre("bot"));
}

TEST_F(AcknowledgingTest, HasNothingToSayToMachinesAndHistory) {
    desk.snapshot.channels.at(desk.channel).live_since = kNow - 24h;
    desk.say({.judgement = Judgement{.verdict = Verdict::spam, .rule = "mail.spam_flag"}, .mail = answerable()});
    desk.say({.occurred_at = kNow - 24h * 400, .mail = answerable()});
    desk.add_contact("blocked@example.org", true);
    desk.say({.sender = "blocked@example.org", .mail = answerable()});
    const auto changes = desk.route();
    EXPECT_THAT(changes.acknowledgements, IsEmpty());
    EXPECT_THAT(changes.withheld, IsEmpty());
    EXPECT_THAT(happened(changes), Not(Contains("acknowledgement.withheld")));
}

TEST_F(AcknowledgingTest, AnswersOnlyWhereTheChannelSaysSo) {
    const auto other = desk.add_channel();
    desk.say({.channel = other, .mail = answerable()});
    desk.say({.sender = "no mail"});
    const auto changes = desk.route();
    EXPECT_THAT(changes.acknowledgements, IsEmpty());
    EXPECT_THAT(changes.withheld, IsEmpty());
}

}  // namespace
}  // namespace lupaus::router
