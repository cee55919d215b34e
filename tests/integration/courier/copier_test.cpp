// Copies of sent mails into a mailbox whose server does what few do.
#include "services/courier/copier.hpp"

#include "services/desk/delivery/copies.hpp"
#include "tests/integration/courier/courier_fixture.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>

#include <atomic>
#include <mutex>

namespace lupaus::courier {
namespace {

using desk::delivery::Reply;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Query kGiveServers{
    "test_give_servers",
    "INSERT INTO email_channel (account_id, channel_id, address, smtp_host, smtp_port, smtp_security, imap_host, "
    "imap_port, imap_security, imap_user, imap_password, imap_sent_folder) "
    "VALUES ($1, $2, 'support@shop.example', 'smtp', 25, 2, '127.0.0.1', $3, 2, 'shop', $4, 'Sent')"};
constexpr Query kGiveGrant{"test_give_grant",
                           "UPDATE email_channel SET imap_password = NULL, oauth_token_url = $1, "
                           "oauth_client_id = 'desk', oauth_refresh_token = $2"};
constexpr Query kSetBody{
    "test_set_body",
    "UPDATE delivery SET body = '{\"text\":\"Hei!\",\"created_at\":\"2026-11-26T04:45:06Z\",\"mail\":{"
    "\"message_id\":\"m@shop.example\",\"from\":{\"name\":\"\",\"address\":\"support@shop.example\"},"
    "\"to\":[{\"address\":\"ada@example.org\"}],\"subject\":\"Re: Order\"}}' WHERE id = $1"};
constexpr Query kWaits{"test_waits", "SELECT count(*) FROM sent_copy WHERE due_at IS NOT NULL"};

// Refuses the first token, and the first mail that is put into its folder.
class Mailbox {
public:
    void operator()(net::test::PeerConnection& connection) {
        connection.send("* OK ready\r\n");
        for (auto line = read_line(connection); !line.empty(); line = read_line(connection)) {
            const auto space = line.find(' ');
            const auto command = line.substr(space + 1);
            note(command);
            connection.send(answer(connection, command) + line.substr(0, space) + end_of(command));
        }
    }

    std::vector<std::string> heard(std::string_view word) const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        for (const auto& command : heard_) {
            if (command.find(word) != std::string::npos) {
                found.push_back(command);
            }
        }
        return found;
    }

private:
    static std::string read_line(net::test::PeerConnection& connection) {
        std::string line;
        char c = 0;
        while (::recv(connection.handle(), &c, 1, 0) == 1) {
            if (c == '\n') {
                return line;
            }
            line += c == '\r' ? "" : std::string(1, c);
        }
        return {};
    }

    void note(const std::string& command) {
        const std::lock_guard lock(mutex_);
        heard_.push_back(command);
    }

    static std::string answer(net::test::PeerConnection& connection, const std::string& command) {
        if (command == "CAPABILITY") {
            return "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\r\n";
        }
        if (command.starts_with("EXAMINE") || command.starts_with("SELECT")) {
            return "* 0 EXISTS\r\n* OK [UIDVALIDITY 5]\r\n* OK [UIDNEXT 1]\r\n";
        }
        if (command.starts_with("APPEND")) {
            connection.send("+ go on\r\n");
            std::string mail(std::stoul(command.substr(command.find('{') + 1)) + 2, '\0');
            ::recv(connection.handle(), mail.data(), mail.size(), MSG_WAITALL);
        }
        return "";
    }

    std::string end_of(const std::string& command) {
        const bool is_first_mail = command.starts_with("APPEND") && heard("APPEND").size() == 1;
        const bool is_first_token = command.find("XOAUTH2") != std::string::npos && heard("XOAUTH2").size() == 1;
        return is_first_mail ? " NO It is full.\r\n" : is_first_token ? " NO It is over.\r\n" : " OK\r\n";
    }

    mutable std::mutex mutex_;
    std::vector<std::string> heard_;
};

class CopierTest : public CourierTest {
protected:
    CopierTest() {
        desk.config.courier.retry_first = std::chrono::milliseconds{1};
        desk.config.egress.allow = {"127.0.0.0/8"};
    }

    // A reply whose relay has it.
    Reply send() {
        const auto channel = outbox.add_channel(std::nullopt, desk::channel::Kind::email);
        outbox.run(kGiveServers,
                   pqxx::params{to_string(outbox.account), to_string(channel), static_cast<int>(peer_.port()),
                                pqxx::binary_cast(desk.context.box.seal("secret"))});
        auto reply = outbox.add_reply(channel);
        outbox.run(kSetBody, pqxx::params{to_string(reply.delivery.id)});
        for (const auto& job : outbox.claim().jobs) {
            outbox.conclude(job.delivery, {.state = desk::delivery::State::sent, .wait = {}, .error = ""}, 250,
                            "m@shop.example");
        }
        return reply;
    }

    void end(Copier& copier) {
        bool is_over = false;
        copier.stop();
        boost::asio::co_spawn(desk.io, copier.join(), [&is_over](std::exception_ptr) { is_over = true; });
        EXPECT_TRUE(run_until([&] { return is_over; }));
    }

    std::string error_of(const Reply& reply) {
        const auto find = [&](Tx& tx) {
            return desk::delivery::find_copy_error(tx, outbox.account, reply.delivery.id);
        };
        return desk.database.as_app(outbox.account, find).value_or("");
    }

    Mailbox mailbox_;
    net::test::ScriptedPeer peer_{[this](net::test::PeerConnection& connection) { mailbox_(connection); }};
    Mailer mailer_{desk.context, mail_client, client};
};

TEST_F(CopierTest, SaysWhyACopyWasNotTakenAndTriesAgain) {
    const auto reply = send();
    Copier copier(desk.context, {.mailer = mailer_, .http = client, .hold = hold}, desk.io.get_executor());
    copier.start();
    EXPECT_TRUE(run_until([&] { return !error_of(reply).empty(); }));
    EXPECT_THAT(error_of(reply), HasSubstr("did not take the copy: It is full."));
    EXPECT_TRUE(run_until([&] { return outbox.ask(kWaits) == "0"; }));
    EXPECT_EQ(error_of(reply), "");
    EXPECT_THAT(mailbox_.heard("APPEND"), ElementsAre(StartsWith("APPEND"), StartsWith("APPEND")));
    EXPECT_THAT(mailbox_.heard("Sent"),
                ElementsAre("EXAMINE \"Sent\"", HasSubstr("APPEND"), "EXAMINE \"Sent\"", HasSubstr("APPEND")))
        << "the folder stays as it is but for the copy";
    end(copier);
}

TEST_F(CopierTest, AsksForAnotherTokenWhereTheMailboxTookNone) {
    std::atomic<int> tokens = 0;
    net::test::ScriptedPeer provider([&tokens](net::test::PeerConnection& connection) {
        connection.read_request();
        const auto body = R"({"access_token":"access)" + std::to_string(++tokens) + R"(","expires_in":3600})";
        connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    });
    const auto reply = send();
    outbox.run(kGiveGrant, pqxx::params{provider.url("/token"), pqxx::binary_cast(desk.context.box.seal("refresh"))});
    Copier copier(desk.context, {.mailer = mailer_, .http = client, .hold = hold}, desk.io.get_executor());
    copier.start();
    EXPECT_TRUE(run_until([&] { return mailbox_.heard("APPEND").size() == 1; }));
    const auto logins = mailbox_.heard("XOAUTH2");
    ASSERT_GE(logins.size(), 2U);
    EXPECT_NE(logins[0], logins[1]);
    end(copier);
}

}  // namespace
}  // namespace lupaus::courier
