// What the client of mail servers does on the network where servers and waits are at their worst.
#include "common/smtp/client.hpp"

#include "tests/integration/courier/mail_relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>

namespace lupaus::smtp {
namespace {

using courier::MailRelay;
using net::test::PeerConnection;
using net::test::ScriptedPeer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

bool read_line(PeerConnection& connection) {
    char byte = 0;
    while (::recv(connection.handle(), &byte, 1, 0) == 1) {
        if (byte == '\n') {
            return true;
        }
    }
    return false;
}

// Takes what comes before the mail, and refuses that before it has read much of it.
void refuse_early(PeerConnection& connection) {
    connection.send("220 relay.example\r\n");
    for (const auto* answer : {"250 hello\r\n", "250 from\r\n", "250 to\r\n", "354 go on\r\n"}) {
        read_line(connection);
        connection.send(answer);
    }
    read_line(connection);
    connection.send("552 5.3.4 too large\r\n");
    connection.reset();
}

class SmtpClientTest : public ::testing::Test {
protected:
    Outcome send(std::uint16_t port, Waits waits = {}, std::size_t bytes = 10) {
        Client client(io_.get_executor(), net::UrlGuard({net::parse_cidr("127.0.0.0/8").value()}),
                      {.is_held = [this] { return is_held_; }});
        Job job;
        job.hello = "shop.example";
        job.security = Security::none;
        job.from = "support@shop.example";
        job.recipients = {"ada@example.org"};
        job.message = "Subject: Hi\r\n\r\n" + std::string(bytes, 'x') + "\r\n";
        auto task = client.send({.host = "127.0.0.1", .port = port}, std::move(job), waits);
        auto outcome = boost::asio::co_spawn(io_, std::move(task), boost::asio::use_future);
        io_.restart();
        io_.run();
        return outcome.get();
    }

    boost::asio::io_context io_;
    bool is_held_ = false;
};

TEST_F(SmtpClientTest, SaysNothingToAnybodyWhileItIsHeld) {
    MailRelay relay;
    is_held_ = true;
    const auto held = send(relay.port());
    EXPECT_EQ(held.fate, Fate::unreachable);
    EXPECT_THAT(held.detail, HasSubstr("held"));
    EXPECT_THAT(relay.return_paths(), IsEmpty());
    is_held_ = false;
    EXPECT_EQ(send(relay.port()).fate, Fate::sent);
    EXPECT_THAT(relay.mails(), SizeIs(1));
}

TEST_F(SmtpClientTest, EndsNoMailThatThereIsNoTimeToHearOf) {
    MailRelay relay;
    const auto outcome = send(relay.port(), {.ending = 1h, .until = std::chrono::steady_clock::now() + 1min});
    EXPECT_EQ(outcome.fate, Fate::unreachable) << "the relay cannot have taken it";
    EXPECT_THAT(outcome.detail, HasSubstr("no time left"));
    EXPECT_THAT(relay.mails(), IsEmpty());
}

TEST_F(SmtpClientTest, HearsWhyAMailIsRefusedInItsMidst) {
    ScriptedPeer relay(refuse_early);
    const auto outcome = send(relay.port(), {}, 32 * 1024 * 1024);
    EXPECT_EQ(outcome.fate, Fate::refused);
    EXPECT_EQ(outcome.code, 552);
    EXPECT_THAT(outcome.detail, HasSubstr("5.3.4 too large"));
}

}  // namespace
}  // namespace lupaus::smtp
