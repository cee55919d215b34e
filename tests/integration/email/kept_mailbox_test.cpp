// What the desk makes of a mailbox' batches, and how it signs in: against PostgreSQL and a provider's token endpoint.
#include "tests/integration/email/kept_mailbox_fixture.hpp"

#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::email::test {
namespace {

namespace asio = boost::asio;
using mailbox::Batch;
using mailbox::Checkpoint;
using mailbox::RawMail;
using net::test::Notes;
using net::test::PeerConnection;
using net::test::ScriptedPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(KeptMailboxTest, StoresAnswersBehindWhatTheyAnswerAndThenMovesTheCheckpoint) {
    Batch batch{.mails = {}, .checkpoint = {.uid_validity = 5, .uid = 40}};
    batch.mails = {mail_of(1, "question@x"), mail_of(2, "answer@x", "question@x"), mail_of(3, "thanks@x", "answer@x")};
    batch.mails.push_back({.uid = 40, .size = 99, .arrived = {}, .bytes = {}, .trouble = "The mail has 99 bytes."});
    auto again = batch;  // numbered anew
    again.checkpoint.uid_validity = 6;
    EXPECT_TRUE(store({batch, again}));
    EXPECT_EQ(kept(), (Checkpoint{.uid_validity = 6, .uid = 40}));
    EXPECT_EQ(ask("SELECT stored FROM mailbox"), "3");
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "4");
    EXPECT_EQ(ask("SELECT string_agg(payload::json ->> 'subject', ' ' ORDER BY seq) FROM inbound "
                  "WHERE payload::json ->> 'unreadable' IS NULL"),
              "question@x answer@x thanks@x");
    EXPECT_EQ(ask("SELECT payload::json ->> 'unreadable' FROM inbound WHERE payload LIKE '%unreadable%'"),
              "The mail has 99 bytes.");
}

TEST_F(KeptMailboxTest, LeavesInTheMailboxWhatTheAccountMayNotHaveToday) {
    limit_messages_per_day(2);
    Batch batch{.mails = {}, .checkpoint = {.uid_validity = 5, .uid = 3}};
    batch.mails = {mail_of(1, "a@x"), mail_of(2, "b@x"), mail_of(3, "c@x")};
    EXPECT_FALSE(store({batch}));
    EXPECT_EQ(kept(), Checkpoint{});
    EXPECT_THAT(box_.refusal(), HasSubstr("as many messages today"));
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "2");
}

TEST_F(KeptMailboxTest, TakesAServersTimeForTheEndOfItsSecondAndForNoneThatNobodyMeant) {
    const auto now = std::chrono::floor<std::chrono::seconds>(system_now());
    Batch batch{.mails = {mail_of(1, "a@x"), mail_of(2, "b@x"), mail_of(3, "c@x")},
                .checkpoint = {.uid_validity = 5, .uid = 3}};
    batch.mails[0].arrived = now - std::chrono::hours{1};
    batch.mails[1].arrived = now + std::chrono::hours{24};
    batch.mails[2].arrived = Timestamp{} - std::chrono::hours{24};
    EXPECT_TRUE(store({batch}));
    const auto heard = [&](const std::string& id) {
        return std::stoll(ask(
            "SELECT payload::json ->> 'occurred_us' FROM inbound WHERE payload::json ->> 'subject' = '" + id + "'"));
    };
    EXPECT_EQ(heard("a@x"), epoch_micros(now - std::chrono::hours{1}) + 999'000);
    EXPECT_LE(heard("b@x"), epoch_micros(system_now()));
    EXPECT_EQ(heard("c@x"), 0);
}

// A server tells no more than the second.
TEST_F(KeptMailboxTest, TakesAMailOfTheSecondInWhichTheChannelBeganForNoneFromBefore) {
    const auto begin = std::chrono::floor<std::chrono::seconds>(system_now()) - std::chrono::hours{1};
    ask("UPDATE channel SET live_since = to_timestamp(" +
        std::to_string(epoch_micros(begin + std::chrono::microseconds{999'500})) + " / 1e6) RETURNING 1");
    Batch batch{.mails = {mail_of(1, "a@x"), mail_of(2, "b@x")}, .checkpoint = {.uid_validity = 5, .uid = 4}};
    batch.mails.push_back({.uid = 3, .size = 99, .bytes = {}, .trouble = "It is too large."});
    batch.mails.push_back({.uid = 4, .size = 99, .bytes = {}, .trouble = "It is too large."});
    for (const std::size_t i : {0U, 2U}) {
        batch.mails[i].arrived = begin - std::chrono::seconds{1};
        batch.mails[i + 1].arrived = begin;
    }
    EXPECT_TRUE(store({batch}));
    EXPECT_EQ(ask("SELECT string_agg(coalesce(payload::json ->> 'subject', '') || ' ' || backlog, ', ' "
                  "ORDER BY payload::json ->> 'subject') "
                  "FROM inbound WHERE payload::json ->> 'unreadable' IS NULL"),
              "a@x true, b@x false");
    EXPECT_EQ(ask("SELECT string_agg(backlog::text, ', ' ORDER BY payload::json ->> 'occurred_us') FROM inbound "
                  "WHERE payload::json ->> 'unreadable' IS NOT NULL"),
              "true, false");
}

// The report is heeded before it is stored, which takes its time.
TEST_F(KeptMailboxTest, StoresAnAnswerToAReportBehindIt) {
    auto report = mail_of(1, "report@x");
    report.bytes =
        "From: <mailer-daemon@relay.example>\r\nMessage-ID: <report@x>\r\nSubject: report@x\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        "--x\r\n\r\nIt did not arrive.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        "From: support@shop.example\r\nMessage-ID: <" +
        to_string(make_uuid_v7()) + "@shop.example>\r\n\r\nHello\r\n--x--\r\n";
    Batch batch{.mails = {report, mail_of(2, "answer@x", "report@x")}, .checkpoint = {.uid_validity = 5, .uid = 2}};
    EXPECT_TRUE(store({batch}));
    EXPECT_EQ(ask("SELECT string_agg(payload::json ->> 'subject', ' ' ORDER BY seq) FROM inbound"),
              "report@x answer@x");
}

TEST_F(KeptMailboxTest, StoresNothingForAChannelThatIsDisabled) {
    ask("UPDATE channel SET disabled_at = now() RETURNING 1");
    Batch batch{.mails = {mail_of(1, "a@x")}, .checkpoint = {.uid_validity = 5, .uid = 1}};
    EXPECT_FALSE(store({batch}));
    EXPECT_THAT(box_.refusal(), HasSubstr("email channel"));
    EXPECT_EQ(kept(), Checkpoint{});
}

// A channel whose health is being written when the next word comes.
TEST_F(KeptMailboxTest, WritesTheNewestWordOfItsHealth) {
    run([&]() -> asio::awaitable<void> {
        constexpr std::chrono::milliseconds kPoll{2};
        TaskGroup tasks(desk.io.get_executor(), [](const std::string&, const std::exception_ptr&) {});
        tasks.spawn_endless("health", box_.run());
        pqxx::connection connection(desk.database.url("lupaus_owner"));
        pqxx::work lock(connection);
        lock.exec("SELECT FROM mailbox FOR UPDATE");
        box_.tell({.state = mailbox::State::failing, .reason = "The first."});
        const auto waits =
            "SELECT count(*) FROM pg_locks w JOIN pg_locks h USING (transactionid) "
            "WHERE NOT w.granted AND h.granted AND h.pid = " +
            std::to_string(connection.backendpid());
        while (ask(waits) != "1") {
            co_await pause(kPoll);
        }
        box_.tell({.state = mailbox::State::failing, .reason = "The second."});
        lock.commit();
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (ask("SELECT reason FROM mailbox") != "The second." && std::chrono::steady_clock::now() < until) {
            co_await pause(kPoll);
        }
        EXPECT_EQ(ask("SELECT reason FROM mailbox"), "The second.");
        tasks.stop();
        co_await tasks.join();
    });
}

TEST_F(KeptMailboxTest, KnowsAMailThatItCouldNotHaveByAllThatIsKnownOfIt) {
    const RawMail mail{.uid = 7, .size = 99, .arrived = system_now(), .bytes = {}, .trouble = "It is too large."};
    Batch batch{.mails = {mail, mail, mail, mail}, .checkpoint = {.uid_validity = 5, .uid = 7}};
    batch.mails[1].size = 100;
    batch.mails[3].arrived = *mail.arrived - std::chrono::hours{1};
    EXPECT_TRUE(store({batch, batch}));
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "3") << "the third is the first";
    EXPECT_EQ(ask("SELECT stored FROM mailbox"), "0");
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"known\"}"), 5) << "one at first, and then all";
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"quarantined\"}"), 3);
}

TEST_F(KeptMailboxTest, CountsAMailThatIsKnownForNoneOfTheDay) {
    limit_messages_per_day(2);
    Batch batch{.mails = {mail_of(1, "a@x")}, .checkpoint = {.uid_validity = 5, .uid = 1}};
    auto other = batch;
    other.mails = {mail_of(2, "b@x")};
    EXPECT_TRUE(store({batch, batch, batch, other}));
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "2");
}

TEST_F(KeptMailboxTest, SignsInWithAPasswordWhereThereIsOne) {
    pqxx::connection connection(desk.database.url("lupaus_owner"));
    pqxx::nontransaction(connection)
        .exec("UPDATE email_channel SET imap_password = $1",
              pqxx::params{pqxx::binary_cast(desk.context.box.seal("hunter2"))});
    const auto made = login();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->proof, imap::Proof::password);
    EXPECT_EQ(made->secret.reveal(), "hunter2");
}

TEST_F(KeptMailboxTest, MovesNothingThatAnotherProcessReads) {
    ask("UPDATE mailbox SET owner = gen_random_uuid() RETURNING 1");
    Batch batch{.mails = {mail_of(1, "a@x")}, .checkpoint = {.uid_validity = 5, .uid = 1}};
    EXPECT_FALSE(store({batch}));
    EXPECT_THAT(box_.refusal(), HasSubstr("Another process"));
    EXPECT_EQ(kept(), Checkpoint{});
}

TEST_F(KeptMailboxTest, SignsInWithTokensAndKeepsTheRefreshTokenThatComesWithThem) {
    Notes asked;
    ScriptedPeer provider([&asked](PeerConnection& connection) {
        const auto request = connection.read_request();
        asked.add(request.substr(request.find("\r\n\r\n") + 4));
        const auto number = std::to_string(asked.all().size());
        const auto body = R"({"access_token":"access)" + number + R"(","refresh_token":"refresh)" + number +
                          R"(","expires_in":3600})";
        connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    });
    put_oauth(provider.url("/token"));
    const auto first = login();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->user, "support");
    EXPECT_EQ(first->proof, imap::Proof::xoauth2);
    EXPECT_EQ(first->secret.reveal(), "access1");
    EXPECT_EQ(refresh_token(), "refresh1");
    EXPECT_EQ(login().value().secret.reveal(), "access1") << "it is good for an hour";
    EXPECT_EQ(login(true).value().secret.reveal(), "access2") << "the server refused the other one";
    EXPECT_EQ(refresh_token(), "refresh2");
    EXPECT_THAT(asked.all(), ElementsAre(HasSubstr("refresh_token=refresh0"), HasSubstr("refresh_token=refresh1")));
    put_oauth(provider.url("/token"));
    EXPECT_EQ(login().value().secret.reveal(), "access3") << "the channel has another grant now";
    EXPECT_THAT(asked.all().back(), HasSubstr("refresh_token=refresh0"));
}

TEST_F(KeptMailboxTest, SaysThatItHasNothingToSignInWith) {
    EXPECT_THAT(login().error().detail, HasSubstr("neither a password nor oauth"));
}

}  // namespace
}  // namespace lupaus::email::test
