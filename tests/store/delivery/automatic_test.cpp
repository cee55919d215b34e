// What holds machines back that write mails: those that may have reached the same customer within a day, and how many
// there are of one conversation.
#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::delivery {
namespace {

constexpr Query kAddMailServer{
    "test_add_mail_server",
    "INSERT INTO email_channel (account_id, channel_id, address, smtp_host, smtp_port, smtp_security) "
    "VALUES ($1, $2, 'support@shop.example', '127.0.0.1', 25, 2)"};
constexpr Query kMakeAutomatic{"test_make_automatic",
                               "WITH m AS (UPDATE message SET kind = 2, author_type = 2 WHERE id = $2) "
                               "UPDATE delivery SET author_id = NULL WHERE id = $1"};
constexpr Query kSayBefore{
    "test_say_before",
    "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, text,"
    " delivery_state, created_at) SELECT account_id, gen_random_uuid(), conversation_id, nextval('arrival_seq'),"
    " now() - $4::interval, 1, $3, 2, 'Hei!', $2, now() FROM delivery WHERE id = $1"};
constexpr Query kSameCustomer{
    "test_same_customer",
    "UPDATE conversation SET contact_id = (SELECT contact_id FROM conversation WHERE id = $2) "
    "WHERE id = $1"};
constexpr int kAutomatic = 2;
constexpr int kReply = 0;

class Automatic : public testing::Test {
protected:
    Automatic() { desk_.run(kAddMailServer, pqxx::params{to_string(desk_.account), to_string(mail_)}); }

    Reply add() {
        const auto reply = desk_.add_reply(mail_);
        desk_.run(kMakeAutomatic, pqxx::params{to_string(reply.delivery.id), to_string(reply.delivery.message)});
        return reply;
    }

    // In the conversation of the reply, which it then waits for no longer.
    void say_before(const Reply& reply, State state, const std::string& ago, int kind = kAutomatic) {
        desk_.run(kSayBefore, pqxx::params{to_string(reply.delivery.id), static_cast<int>(state), kind, ago});
    }

    // Another conversation of the same customer.
    Reply add_earlier(const Reply& of, ChannelId channel) {
        const auto earlier = desk_.add_reply(channel);
        desk_.run(kSameCustomer, pqxx::params{to_string(earlier.conversation), to_string(of.conversation)});
        return earlier;
    }

    bool may_go(const Reply& reply) {
        const auto claim = desk_.claim();
        return std::ranges::find(claim.jobs, reply.delivery.id, [](const Job& job) { return job.delivery.id; }) !=
               claim.jobs.end();
    }

    support::TestDatabase database_;
    OutboxFixture desk_{database_};
    ChannelId mail_ = desk_.add_channel(std::nullopt, channel::Kind::email);
};

TEST_F(Automatic, OnlyWhatMayHaveReachedTheCustomerWithinADayCounts) {
    const auto reply = add();
    const auto elsewhere = add_earlier(reply, mail_);
    say_before(elsewhere, State::failed, "1 hour");
    say_before(elsewhere, State::undone, "1 hour");
    say_before(elsewhere, State::queued, "1 hour");
    say_before(elsewhere, State::sent, "25 hours");
    say_before(elsewhere, State::sent, "1 hour", kReply);
    say_before(add_earlier(reply, desk_.add_channel("https://desk.example/out")), State::sent, "1 hour");
    EXPECT_TRUE(may_go(reply));
}

TEST_F(Automatic, WhatMayHaveReachedTheCustomerHoldsItBack) {
    for (const auto state : {State::sending, State::sent, State::uncertain}) {
        const auto reply = add();
        say_before(add_earlier(reply, mail_), state, "23 hours");
        EXPECT_FALSE(may_go(reply)) << static_cast<int>(state);
    }
}

TEST_F(Automatic, ThreeAreEnoughInAConversation) {
    const auto third = add();
    say_before(third, State::sent, "2 days");
    say_before(third, State::sent, "3 days");
    say_before(third, State::failed, "2 days");
    say_before(third, State::undone, "2 days");
    EXPECT_TRUE(may_go(third));
    const auto fourth = add();
    for (const auto* ago : {"2 days", "3 days", "1 year"}) {
        say_before(fourth, State::sent, ago);
    }
    EXPECT_FALSE(may_go(fourth));
    EXPECT_EQ(desk_.read(fourth).error, "Machines have written 3 mails in this conversation, and write no more.");
}

TEST_F(Automatic, AnotherConversationsAreItsOwn) {
    const auto reply = add();
    const auto elsewhere = add_earlier(reply, mail_);
    for (const auto* ago : {"2 days", "3 days", "4 days"}) {
        say_before(elsewhere, State::sent, ago);
    }
    EXPECT_TRUE(may_go(reply));
}

}  // namespace
}  // namespace lupaus::desk::delivery
