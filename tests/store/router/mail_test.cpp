// Mails through the queue and the tables: what is kept of them, and where those that refer to them go.
#include "services/desk/letter/store.hpp"
#include "tests/store/router/routing_fixture.hpp"

namespace lupaus::router {
namespace {

using desk::inbound::MailHead;
using desk::inbound::Role;
using ::testing::ElementsAre;

class MailRouting : public RoutingFixture {
protected:
    // Over the first email channel unless another is named.
    Saying mail(std::string id, std::vector<std::string> references = {}, std::string sender = "liisa@example.org") {
        return {.sender = std::move(sender),
                .channel = support_,
                .mail = MailHead{.id = std::move(id), .references = std::move(references)}};
    }

    ChannelId add_mailbox(AccountId of, const std::string& address) {
        return support::make_channel(database, of, {.email = desk::channel::Email{.address = address}}).id;
    }

    ChannelId support_ = add_mailbox(account, "support@shop.example");
};

TEST_F(MailRouting, AnAnswerFindsItsConversationLater) {
    const auto first = start(mail("m1@example.org"));
    const auto other = start(mail("m2@example.org"));
    EXPECT_NE(other, first) << "without a reference it is about something else";
    EXPECT_EQ(start(mail("m3@example.org", {"m1@example.org"})), first);
    EXPECT_EQ(start(mail("m4@example.org", {"unknown@example.org", "m3@example.org"}, "olli@example.org")), first);
    EXPECT_EQ(
        list("SELECT author_name FROM message WHERE conversation_id = $1 ORDER BY seq", pqxx::params{to_string(first)}),
        (std::vector<std::string>{"liisa@example.org", "liisa@example.org", "olli@example.org"}));
}

TEST_F(MailRouting, IsKeptWithItsHead) {
    auto saying = mail("m1@example.org", {"new@x", "old@x"});
    saying.mail->people = {{.role = Role::cc, .name = "Boss", .address = "boss@example.org"}};
    const auto message = say(saying);
    route();
    EXPECT_EQ(ask_about("SELECT header_id FROM mail_head WHERE message_id = $1", message.value), "m1@example.org");
    EXPECT_EQ(ask_about("SELECT refs FROM mail_head WHERE message_id = $1", message.value), "{old@x,new@x}")
        << "the oldest first, as an answer has them";
    EXPECT_EQ(ask_about("SELECT people #>> '{0,address}' FROM mail_head WHERE message_id = $1", message.value),
              "boss@example.org");
    const std::vector messages{message, MessageId::make()};
    const auto heads = database.as_app(account, [&](Tx& tx) { return desk::letter::heads_of(tx, account, messages); });
    ASSERT_EQ(heads.size(), 1u);
    EXPECT_EQ(heads.at(message).people.at(0).name, "Boss");
    say();
    route();
    EXPECT_EQ(ask("SELECT count(*) FROM mail_head"), "1") << "what is no mail has none";
}

TEST_F(MailRouting, AMissingIdNeverMatches) {
    const auto first = start(mail(""));
    EXPECT_NE(start(mail("", {""})), first);
    EXPECT_EQ(ask("SELECT count(*) FROM mail_id"), "0");
}

TEST_F(MailRouting, NobodyTakesAnIdByRepeatingIt) {
    const auto first = start(mail("m1@example.org"));
    EXPECT_NE(start(mail("m1@example.org", {}, "thief@example.org")), first);
    EXPECT_EQ(start(mail("m2@example.org", {"m1@example.org"})), first);
    EXPECT_EQ(ask("SELECT count(*) FROM mail_id"), "2");
}

TEST_F(MailRouting, OneMailInTwoMailboxesIsAnsweredWhereTheAnswerArrives) {
    const auto sales = add_mailbox(account, "sales@shop.example");
    const auto there = start(mail("m1@example.org"));
    auto copy = mail("m1@example.org");
    copy.channel = sales;
    const auto here = start(copy);
    EXPECT_NE(here, there);
    auto answer = mail("m2@example.org", {"m1@example.org"});
    answer.channel = sales;
    EXPECT_EQ(start(answer), here);
    answer.mail->id = "m3@example.org";
    answer.channel = add_mailbox(account, "info@shop.example");
    EXPECT_THAT((std::vector{here, there}), ::testing::Contains(start(answer))) << "else anywhere in the account";
}

TEST_F(MailRouting, OurOwnMailGoesBeforeTheirCopyOfIt) {
    const auto theirs = start(mail("m1@example.org"));
    const auto ours = start(mail("m2@example.org"));
    const auto sales = add_mailbox(account, "sales@shop.example");
    look(
        "INSERT INTO mail_id (account_id, hash, channel_id, message_id, direction) "
        "SELECT i.account_id, i.hash, $1, m.id, 1 FROM mail_id i JOIN message o ON o.id = i.message_id, message m "
        "WHERE o.conversation_id = $2 AND m.conversation_id = $3",
        pqxx::params{to_string(sales), to_string(theirs), to_string(ours)});
    auto answer = mail("m3@example.org", {"m1@example.org"});
    answer.channel = add_mailbox(account, "info@shop.example");
    EXPECT_EQ(start(answer), ours);
    EXPECT_NE(ours, theirs);
}

TEST_F(MailRouting, OfOneBatchTheFirstHasTheId) {
    const auto first = say(mail("m1@example.org"));
    say(mail("m1@example.org", {}, "thief@example.org"));
    route();
    const auto conversation = ask_about("SELECT conversation_id FROM message WHERE id = $1", first.value);
    EXPECT_EQ(to_string(start(mail("m2@example.org", {"m1@example.org"}))), conversation);
}

TEST_F(MailRouting, AnotherAccountsIdsAreNobodys) {
    const auto theirs = support::make_account(database, "Theirs");
    auto foreign = mail("m1@example.org");
    foreign.account = theirs;
    foreign.channel = add_mailbox(theirs, "support@other.example");
    const auto first = start(foreign);
    auto answer = mail("m2@example.org", {"m1@example.org"});
    answer.mail->answers = 1;
    EXPECT_NE(start(answer), first);
}

TEST_F(MailRouting, AReplyAddressNamesAConversation) {
    const auto first = start(mail("m1@example.org"));
    start(mail("m2@example.org"));
    auto answer = mail("m3@example.org", {"m2@example.org"});
    answer.mail->answers = std::stoll(ask_about("SELECT number FROM conversation WHERE id = $1", first.value));
    EXPECT_EQ(start(answer), first);
    answer.mail->answers = 99;
    answer.mail->id = "m4@example.org";
    EXPECT_NE(start(answer), first) << "a number that nobody has names nothing";
}

TEST_F(MailRouting, FollowsAMessageWhereverItIsNow) {
    const auto first = start(mail("m1@example.org"));
    const auto second = start(mail("m2@example.org"));
    look("UPDATE message SET conversation_id = $2 WHERE conversation_id = $1",
         pqxx::params{to_string(first), to_string(second)});
    look("UPDATE conversation SET merged_into = $2, state = 3, resolved_at = now() WHERE id = $1",
         pqxx::params{to_string(first), to_string(second)});
    EXPECT_EQ(start(mail("m3@example.org", {"m1@example.org"})), second);
    auto answer = mail("m4@example.org");
    answer.mail->answers = std::stoll(ask_about("SELECT number FROM conversation WHERE id = $1", first.value));
    EXPECT_EQ(start(answer), second) << "what was merged away leads on";
}

TEST_F(MailRouting, WhatWasLeftInAMergedOneLeadsOnToo) {
    const auto first = start(mail("m1@example.org"));
    const auto second = start(mail("m2@example.org"));
    look("UPDATE conversation SET merged_into = $2, state = 3, resolved_at = now() WHERE id = $1",
         pqxx::params{to_string(first), to_string(second)});
    EXPECT_EQ(start(mail("m3@example.org", {"m1@example.org"})), second);
}

TEST_F(MailRouting, ChannelsDoNotWriteToEachOther) {
    add_mailbox(account, "sales@shop.example");
    start(mail("m1@shop.example", {}, "sales@shop.example"));
    start(mail("m2@example.org"));
    EXPECT_THAT(list("SELECT coalesce(verdict_rule, '-') FROM message ORDER BY seq"),
                ElementsAre("mail.own_address", "-"));
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "1");
}

TEST_F(MailRouting, AMailboxIsFoundByItsAddressesBeforeItsAccount) {
    const auto theirs = support::make_account(database, "Theirs");
    add_mailbox(theirs, "support@shop.example");
    look("UPDATE email_channel SET other_addresses = '{help@shop.example}' WHERE channel_id = $1",
         pqxx::params{to_string(support_)});
    const auto find = [this](const std::string& address) {
        return ask("SELECT channel_id FROM find_mailbox($1)", pqxx::params{address});
    };
    EXPECT_EQ(find("Support@Shop.example"), to_string(support_)) << "whose channel is older";
    EXPECT_EQ(find("help@shop.example"), to_string(support_));
    EXPECT_EQ(find("nobody@shop.example"), "-");
    look("UPDATE channel SET disabled_at = now() WHERE id = $1", pqxx::params{to_string(support_)});
    EXPECT_EQ(find("support@shop.example"), "-") << "a disabled channel's mail is not handed to others";
}

}  // namespace
}  // namespace lupaus::router
