// Replies of an email channel through the courier: what the mail server says, and what becomes of the delivery.

#include "common/crypto/encoding.hpp"
#include "tests/integration/courier/courier_fixture.hpp"
#include "tests/integration/courier/mail_relay.hpp"
#include "tests/integration/net/running_server.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <atomic>

namespace lupaus::courier {
namespace {

using namespace std::chrono_literals;
using desk::delivery::Reply;
using desk::delivery::State;

constexpr Query kAddMailServer{
    "test_add_mail_server",
    "INSERT INTO email_channel (account_id, channel_id, address, smtp_host, smtp_port, smtp_security) "
    "VALUES ($1, $2, 'support@shop.example', '127.0.0.1', $3, $4)"};
constexpr Query kGiveLogin{"test_give_login",
                           "UPDATE email_channel SET smtp_user = 'shop', smtp_password = $1, oauth_token_url = $2, "
                           "oauth_client_id = 'desk', oauth_refresh_token = $3"};
constexpr Query kMovePort{"test_move_port", "UPDATE email_channel SET smtp_port = $1"};
constexpr Query kSetBody{"test_set_body", "UPDATE delivery SET body = $2 WHERE id = $1"};
constexpr Query kMakeAutomatic{"test_make_automatic",
                               "WITH m AS (UPDATE message SET kind = 2, author_type = 2 WHERE id = $2) "
                               "UPDATE delivery SET author_id = NULL WHERE id = $1"};
constexpr Query kMove{"test_move",
                      "UPDATE conversation SET contact_id = (SELECT contact_id FROM conversation WHERE id = "
                      "$2) WHERE id = $1"};
constexpr Query kIsDue{"test_is_due", "SELECT due_at IS NOT NULL FROM delivery WHERE id = $1"};
constexpr Query kUndelivered{"test_undelivered", "SELECT count(*) FROM timer WHERE kind = 1 AND subject_id = $1"};
constexpr int kNone = 2;
constexpr int kStarttls = 1;

std::string read_command(net::test::PeerConnection& connection) {
    std::string line;
    char byte = 0;
    while (!line.ends_with("\r\n") && ::recv(connection.handle(), &byte, 1, 0) == 1) {
        line += byte;
    }
    return line.substr(0, line.size() - std::min<std::size_t>(line.size(), 2));
}

// Notes who wants to come in, and lets nobody.
void refuse_login(net::test::PeerConnection& connection, net::test::Notes& logins) {
    constexpr std::string_view kAuth = "AUTH XOAUTH2 ";
    connection.send("220 relay.example\r\n");
    for (auto line = read_command(connection); !line.empty(); line = read_command(connection)) {
        if (line.starts_with("EHLO")) {
            connection.send("250-relay.example\r\n250 AUTH XOAUTH2 PLAIN\r\n");
        } else if (line.starts_with(kAuth)) {
            logins.add(crypto::base64_decode(line.substr(kAuth.size())).value());
            connection.send("535 5.7.8 no\r\n");
        } else {
            connection.send("221 bye\r\n");
        }
    }
}

class CourierMailTest : public CourierTest {
protected:
    desk::ChannelId add_mail_channel(int security = kNone) {
        const auto channel = outbox.add_channel(std::nullopt, desk::channel::Kind::email);
        outbox.run(kAddMailServer, pqxx::params{to_string(outbox.account), to_string(channel),
                                                static_cast<int>(relay.port()), security});
        return channel;
    }

    Reply add_mail(desk::ChannelId channel, const std::string& to = "ada@example.org") {
        auto reply = outbox.add_reply(channel);
        const auto id = to_string(reply.delivery.message);
        outbox.run(kSetBody,
                   pqxx::params{to_string(reply.delivery.id),
                                R"({"text":"Hei!","created_at":"2026-11-26T04:45:06Z","mail":{"message_id":")" + id +
                                    R"(@shop.example","from":{"name":"","address":"support@shop.example"},)"
                                    R"("to":[{"address":")" +
                                    to + R"("}],"subject":"Re: Order"}})"});
        return reply;
    }

    bool is_due(const Reply& reply) { return outbox.ask_about(kIsDue, reply.delivery.id.value) == "t"; }

    MailRelay relay;
};

TEST_F(CourierMailTest, AReplyIsDueAtOnceAndSent) {
    const auto reply = add_mail(add_mail_channel());
    EXPECT_TRUE(reply.delivery.due_at);
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent)) << outbox.read(reply).error.value_or("");
    const auto mails = relay.mails();
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_NE(mails[0].find("Message-ID: <" + to_string(reply.delivery.message) + "@shop.example>"), std::string::npos);
    EXPECT_EQ(outbox.read(reply).external_id, to_string(reply.delivery.message) + "@shop.example");
    EXPECT_EQ(relay.return_paths(), std::vector<std::string>{"<support@shop.example>"});
}

TEST_F(CourierMailTest, WithoutAMailServerItWaitsInTheOutbox) {
    const auto reply = outbox.add_reply(outbox.add_channel(std::nullopt, desk::channel::Kind::email));
    EXPECT_FALSE(reply.delivery.due_at);
}

TEST_F(CourierMailTest, ARefusalFailsAndAPostponementIsTriedAgain) {
    const auto channel = add_mail_channel();
    desk.config.courier.retry_max = 20ms;
    relay.expect({{.command = "RCPT", .answer = "550 5.1.1 no such user\r\n"}});
    const auto refused = add_mail(channel);
    start();
    ASSERT_TRUE(run_until_state(refused, State::failed));
    EXPECT_NE(outbox.read(refused).error->find("550 5.1.1 no such user"), std::string::npos);
    relay.expect({{.command = ".", .answer = "452 4.3.1 disk full\r\n"}, {.command = "MAIL", .answer = ""}});
    const auto postponed = add_mail(channel);
    desk.wakeups.announce(desk::Topic::delivery);
    ASSERT_TRUE(run_until_state(postponed, State::sent));
    EXPECT_EQ(outbox.read(postponed).attempt, 3);
}

TEST_F(CourierMailTest, WhatMayHaveArrivedIsShownAsUncertainAndSentOnceMore) {
    const auto reply = add_mail(add_mail_channel());
    relay.expect({{.command = ".", .answer = ""}});
    start(3s);
    ASSERT_TRUE(run_until_state(reply, State::uncertain));
    EXPECT_TRUE(is_due(reply));
    EXPECT_EQ(outbox.ask_about(desk::delivery::kMessageState, reply.delivery.message.value), "6");
    EXPECT_EQ(outbox.ask_about(kUndelivered, reply.delivery.id.value), "1") << "its author is told";
    ASSERT_TRUE(run_until_state(reply, State::sent));
    const auto mails = relay.mails();
    ASSERT_EQ(mails.size(), 2U);
    EXPECT_EQ(mails[0], mails[1]) << "byte for byte the same mail";
    EXPECT_EQ(outbox.ask_about(kUndelivered, reply.delivery.id.value), "0");
}

TEST_F(CourierMailTest, NothingIsSentAThirdTime) {
    const auto reply = add_mail(add_mail_channel());
    relay.expect({{.command = ".", .answer = ""},
                  {.command = "RCPT", .answer = "450 later\r\n"},
                  {.command = "DATA", .answer = ""},
                  {.command = ".", .answer = ""}});
    desk.config.courier.retry_max = 20ms;
    start();
    ASSERT_TRUE(run_until([&] { return outbox.read(reply).attempt == 4 && !is_due(reply); }));
    EXPECT_EQ(outbox.read(reply).state, State::uncertain);
    EXPECT_EQ(relay.mails().size(), 2U);
    EXPECT_EQ(outbox.ask_about(desk::delivery::kEvents, reply.delivery.message.value),
              "message.delivery:uncertain message.delivery:uncertain message.delivery:uncertain "
              "message.delivery:uncertain");
}

TEST_F(CourierMailTest, ACourierThatVanishedWhileItSentRepeatsNothing) {
    const auto reply = add_mail(add_mail_channel());
    outbox.claim();
    outbox.expire_leases();
    start();
    ASSERT_TRUE(run_until_state(reply, State::uncertain));
    EXPECT_FALSE(is_due(reply));
    EXPECT_TRUE(relay.mails().empty());
}

TEST_F(CourierMailTest, AServerThatTakesStarttlsAwayIsTriedAgainLater) {
    const auto reply = add_mail(add_mail_channel(kStarttls));
    start(10min);
    ASSERT_TRUE(run_until_attempts(reply, 1));
    EXPECT_EQ(outbox.read(reply).state, State::queued);
    EXPECT_NE(outbox.read(reply).error->find("STARTTLS"), std::string::npos);
    EXPECT_TRUE(relay.return_paths().empty());
}

TEST_F(CourierMailTest, WhatTheOperatorMendsIsTriedAgain) {
    const auto reply = add_mail(add_mail_channel());
    outbox.run(kGiveLogin, pqxx::params{pqxx::binary_cast(std::string("sealed by nobody")), nullptr, nullptr});
    start(10min);
    ASSERT_TRUE(run_until_attempts(reply, 1));
    EXPECT_EQ(outbox.read(reply).state, State::queued);
    EXPECT_NE(outbox.read(reply).error->find("secret.key_file"), std::string::npos);
}

TEST_F(CourierMailTest, WaitsForAnAnswerNoLongerThanItsLease) {
    desk.config.courier.lease = 2s;
    desk.config.courier.attempt_wait = 1s;
    const auto reply = add_mail(add_mail_channel());
    net::test::ScriptedPeer silent([](net::test::PeerConnection& connection) {
        connection.send("220 relay.example\r\n");
        for (const auto* answer : {"250 hello\r\n", "250 from\r\n", "250 to\r\n", "354 go on\r\n"}) {
            read_command(connection);
            connection.send(answer);
        }
        connection.wait_for_end();
    });
    outbox.run(kMovePort, pqxx::params{static_cast<int>(silent.port())});
    start(10min);
    ASSERT_TRUE(run_until_attempts(reply, 1));
    EXPECT_NE(outbox.read(reply).error.value_or("").find("took too long"), std::string::npos);
}

// A relay that wants to know who it is, and a provider of tokens of which the first one is too old.
TEST_F(CourierMailTest, AsksForAnotherTokenWhereTheRelayTookNone) {
    std::atomic<int> tokens = 0;
    net::test::ScriptedPeer provider([&tokens](net::test::PeerConnection& connection) {
        connection.read_request();
        const auto body = R"({"access_token":"access)" + std::to_string(++tokens) + R"(","expires_in":3600})";
        connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    });
    net::test::Notes logins;
    net::test::ScriptedPeer wary(
        [&logins](net::test::PeerConnection& connection) { refuse_login(connection, logins); });
    const auto reply = add_mail(add_mail_channel());
    outbox.run(kGiveLogin,
               pqxx::params{nullptr, provider.url("/token"), pqxx::binary_cast(desk.context.box.seal("refresh"))});
    outbox.run(kMovePort, pqxx::params{static_cast<int>(wary.port())});
    start();
    ASSERT_TRUE(run_until([&] { return logins.all().size() >= 2; }));
    EXPECT_EQ(logins.all()[0], "user=shop\1auth=Bearer access1\1\1");
    EXPECT_EQ(logins.all()[1], "user=shop\1auth=Bearer access2\1\1");
}

TEST_F(CourierMailTest, MachinesWriteOnceADayAndNeverToMachines) {
    const auto channel = add_mail_channel();
    const auto make_automatic = [this](const Reply& reply) {
        outbox.run(kMakeAutomatic, pqxx::params{to_string(reply.delivery.id), to_string(reply.delivery.message)});
    };
    const auto first = add_mail(channel);
    make_automatic(first);
    start();
    ASSERT_TRUE(run_until_state(first, State::sent));
    EXPECT_EQ(relay.return_paths(), std::vector<std::string>{"<>"});
    EXPECT_NE(relay.mails().at(0).find("Auto-Submitted: auto-generated\r\n"), std::string::npos);
    kill();
    const auto second = add_mail(channel);
    outbox.run(kMove, pqxx::params{to_string(second.conversation), to_string(first.conversation)});
    make_automatic(second);
    const auto daemon = add_mail(channel, "mailer-daemon@example.org");
    make_automatic(daemon);
    const auto person = add_mail(channel);
    start();
    ASSERT_TRUE(run_until_state(second, State::failed));
    ASSERT_TRUE(run_until_state(daemon, State::failed));
    ASSERT_TRUE(run_until_state(person, State::sent));
    EXPECT_NE(outbox.read(second).error->find("within the last day"), std::string::npos);
    EXPECT_EQ(relay.mails().size(), 2U);
}

}  // namespace
}  // namespace lupaus::courier
