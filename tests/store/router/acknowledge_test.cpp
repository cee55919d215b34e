// Acknowledgements in the tables: what is written for a customer's first mail, to whom, and what keeps it back.
#include "tests/store/router/routing_fixture.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::router {
namespace {

using desk::inbound::MailHead;
using ::testing::ElementsAre;

class Acknowledging : public RoutingFixture {
protected:
    Acknowledging() { acknowledge(support_); }

    // Over the first email channel unless another is named.
    Saying mail(std::string id, std::string sender = "liisa@example.org") {
        return {.sender = std::move(sender),
                .channel = support_,
                .mail = MailHead{.id = std::move(id), .no_autoreply = ""}};
    }

    ChannelId add_mailbox(AccountId of, const std::string& address) {
        return support::make_channel(database, of, {.email = desk::channel::Email{.address = address}}).id;
    }

    void acknowledge(ChannelId id, const std::string& text = "Hei {{contact.name}}, nro {{conversation.number}}") {
        look(
            "INSERT INTO acknowledgement (account_id, channel_id, text) SELECT account_id, id, $2 FROM channel WHERE "
            "id = $1",
            pqxx::params{to_string(id), text});
    }

    std::vector<std::string> automatic() { return list("SELECT text FROM message WHERE kind = 2 ORDER BY seq"); }

    std::vector<std::string> withheld() {
        return list("SELECT data ->> 'rule' FROM event WHERE type = 'acknowledgement.withheld' ORDER BY seq");
    }

    ChannelId support_ = add_mailbox(account, "support@shop.example");
};

TEST_F(Acknowledging, IsAMessageAMailAndADelivery) {
    const auto id = start(mail("m1@example.org"));
    const auto c = load(id);
    const auto number = std::to_string(c.number);
    EXPECT_THAT(automatic(), ElementsAre("Hei liisa@example.org, nro " + number));
    EXPECT_EQ(ask("SELECT concat_ws(' ', direction, author_type, delivery_state, author_id IS NULL, settled_id IS NULL)"
                  " FROM message WHERE kind = 2"),
              "1 3 0 t t");
    EXPECT_EQ(ask("SELECT count(*) FROM message m JOIN message a ON a.kind = 2 AND m.kind = 0"
                  " WHERE m.visible_seq < a.visible_seq AND (m.ordered_at, m.seq) < (a.ordered_at, a.seq)"),
              "1")
        << "it stands after the mail";
    const auto body =
        nlohmann::json::parse(ask("SELECT body FROM delivery WHERE author_id IS NULL AND due_at IS NULL"));
    EXPECT_EQ(body["mail"]["to"][0]["address"], "liisa@example.org");
    EXPECT_EQ(body["mail"]["in_reply_to"], "m1@example.org");
    EXPECT_EQ(start({.channel = support_,
                     .mail = MailHead{.id = "m2@example.org",
                                      .references = {body["mail"]["message_id"].get<std::string>()}}}),
              id)
        << "its answer finds the conversation";
    EXPECT_THAT(event_types(), ElementsAre("conversation.created", "message.created", "promise.opened",
                                           "message.created", "message.created"));
    expect_feed_is_whole();
}

TEST_F(Acknowledging, EndsNoWait) {
    const auto c = load(start(mail("m1@example.org")));
    ASSERT_TRUE(c.waiting_since);
    EXPECT_EQ(ask("SELECT count(*) FROM promise WHERE settled_at IS NULL AND kind = 0"), "1");
    EXPECT_FALSE(c.begun);
}

TEST_F(Acknowledging, LeavesAtOnceWhereThereIsAMailServer) {
    look("UPDATE email_channel SET smtp_host = 'smtp.shop.example', smtp_port = 465, smtp_security = 0");
    start(mail("m1@example.org"));
    EXPECT_EQ(ask("SELECT count(*) FROM delivery WHERE due_at <= clock_timestamp()"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM timer t JOIN delivery d ON d.id = t.subject_id WHERE t.kind = 1"), "1")
        << "and somebody is told where it does not";
}

TEST_F(Acknowledging, AnAddressIsWrittenToOnceADayOverAllChannels) {
    const auto sales = add_mailbox(account, "sales@shop.example");
    acknowledge(sales);
    start(mail("m1@example.org"));
    start(mail("m2@example.org"));
    auto there = mail("m3@example.org");
    there.channel = sales;
    start(there);
    start(mail("m4@example.org", "olli@example.org"));
    EXPECT_THAT(automatic(), ::testing::SizeIs(2));
    EXPECT_THAT(withheld(), ElementsAre("once_a_day", "once_a_day"));
    look("UPDATE acknowledged_address SET at = at - interval '1 day'");
    look("UPDATE message SET ordered_at = ordered_at - interval '1 day' WHERE kind = 2");
    start(mail("m5@example.org"));
    EXPECT_THAT(automatic(), ::testing::SizeIs(3)) << "the next day";
    EXPECT_EQ(ask("SELECT count(*) FROM acknowledged_address"), "2");
    EXPECT_EQ(ask("SELECT count(*) FROM acknowledged_address WHERE at > clock_timestamp() - interval '1 hour'"), "1");
}

TEST_F(Acknowledging, WhatOtherMachinesWroteTodayCounts) {
    look("DELETE FROM acknowledgement");
    const auto c = start(mail("m1@example.org"));
    look(
        "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, "
        "author_name,"
        " text, delivery_state, history, created_at)"
        " SELECT account_id, gen_random_uuid(), id, nextval('arrival_seq'), now(), 1, 2, 2, 'Bot', 'Hei', 2, false, "
        "now()"
        " FROM conversation WHERE id = $1",
        pqxx::params{to_string(c)});
    acknowledge(support_);
    start(mail("m2@example.org"));
    EXPECT_THAT(withheld(), ElementsAre("once_a_day"));
    look("UPDATE message SET delivery_state = 5 WHERE kind = 2");
    start(mail("m3@example.org"));
    EXPECT_THAT(automatic(), ::testing::SizeIs(2)) << "what failed reached nobody";
}

TEST_F(Acknowledging, WhatPeopleWroteOrMachinesElsewhereDoesNotCount) {
    look("DELETE FROM acknowledgement");
    const auto add_said = [&](ConversationId in, int kind) {
        look(
            "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, "
            "author_name, text, delivery_state, history, created_at)"
            " SELECT account_id, gen_random_uuid(), id, nextval('arrival_seq'), now(), 1, $2, 2, 'Bot', 'Hei', 2, "
            "false, now() FROM conversation WHERE id = $1",
            pqxx::params{to_string(in), kind});
    };
    add_said(start(mail("m1@example.org")), 0);
    const auto chat = start(mail("m2@example.org"));
    add_said(chat, 2);
    look("UPDATE conversation SET channel_id = $2 WHERE id = $1", pqxx::params{to_string(chat), to_string(channel)});
    acknowledge(support_);
    start(mail("m3@example.org"));
    EXPECT_THAT(withheld(), ::testing::IsEmpty());
    EXPECT_THAT(automatic(), ::testing::SizeIs(2));
}

TEST_F(Acknowledging, OneBatchIsNoWayAround) {
    for (int i = 0; i < 5; ++i) {
        say(mail("m" + std::to_string(i) + "@example.org"));
        say(mail("n" + std::to_string(i) + "@example.org", "olli" + std::to_string(i) + "@example.org"));
    }
    const auto report = route();
    EXPECT_EQ(report.messages, 10u) << "the customers'";
    EXPECT_EQ(ask("SELECT count(*) FROM message WHERE kind = 2"), "6");
    EXPECT_EQ(ask("SELECT count(*) FROM delivery"), "6");
    EXPECT_THAT(withheld(), ::testing::SizeIs(4));
}

TEST_F(Acknowledging, AnotherAccountsMachineHasWrittenNothingHere) {
    const auto theirs = support::make_account(database, "Theirs");
    const auto other = add_mailbox(theirs, "support@other.example");
    acknowledge(other);
    start(mail("m1@example.org"));
    auto foreign = mail("m1@example.org");
    foreign.account = theirs;
    foreign.channel = other;
    start(foreign);
    EXPECT_THAT(automatic(), ::testing::SizeIs(2));
}

TEST_F(Acknowledging, WhatIsNoMailOrForbidsItIsNotAnswered) {
    start({.sender = "chat"});
    auto list_mail = mail("m1@example.org");
    list_mail.mail->no_autoreply = "list";
    start(list_mail);
    EXPECT_THAT(automatic(), ::testing::IsEmpty());
    EXPECT_THAT(withheld(), ElementsAre("list"));
}

}  // namespace
}  // namespace lupaus::router
