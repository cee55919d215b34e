// What the desk makes of a mailbox' batches, and how it signs in: against PostgreSQL and a provider's token endpoint.
#include "services/email/kept_mailbox.hpp"

#include "services/desk/channel/email_store.hpp"
#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"
#include "tests/store/inbound/intake_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::email {
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

RawMail mail_of(std::uint32_t uid, const std::string& id, const std::string& answers = "") {
    const auto bytes = "From: Aino <aino@customer.example>\r\nTo: support@shop.example\r\nMessage-ID: <" + id +
                       ">\r\nSubject: " + id + "\r\n" + (answers.empty() ? "" : "In-Reply-To: <" + answers + ">\r\n") +
                       "\r\nHei!\r\n";
    return {.uid = uid, .size = bytes.size(), .arrived = system_now(), .bytes = bytes};
}

class KeptMailboxTest : public desk::inbound::IntakeFixture {
protected:
    ~KeptMailboxTest() override { room_.stop(); }

    desk::ChannelId make_box() {
        desk::channel::Email email{.address = "support@shop.example"};
        email.imap = desk::channel::Mailbox{.server = {.host = "127.0.0.1", .port = 143, .user = "support"}};
        const auto made = support::make_channel(desk.database, account, {.name = "Mail", .email = email});
        desk.database.worker().run_blocking(Scope::queues(), claim_);
        return made.id;
    }

    void put_oauth(const std::string& url) {
        const auto sealed = desk.context.box.seal("refresh0");
        pqxx::connection connection(desk.database.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        work.exec("UPDATE email_channel SET oauth_token_url = $1, oauth_client_id = 'desk', oauth_refresh_token = $2",
                  pqxx::params{url, pqxx::binary_cast(sealed)});
    }

    // Once: the intake runs as long as this does.
    bool store(std::vector<Batch> batches) {
        bool is_stored = true;
        run([&]() -> asio::awaitable<void> {
            for (auto& batch : batches) {
                const bool is_taken = co_await box_.store(std::move(batch));
                is_stored = is_stored && is_taken;
            }
        });
        return is_stored;
    }

    Checkpoint kept() {
        Checkpoint found;
        run_on(desk.io, [&]() -> asio::awaitable<void> { found = co_await box_.checkpoint(); });
        return found;
    }

    Result<imap::Login> login(bool is_refused = false) {
        std::optional<Result<imap::Login>> found;
        run_on(desk.io, [&]() -> asio::awaitable<void> { found = co_await box_.login(is_refused); });
        return *found;
    }

    std::string refresh_token() {
        const desk::channel::ChannelKey key{.account = account, .id = channel_};
        const auto find = [&](Tx& tx) { return desk::channel::find_mail_secrets(tx, desk.context.box, key).value(); };
        return desk.database.as_app(account, find).oauth_refresh_token.value_or("");
    }

    Uuid owner_ = make_uuid_v7();
    std::function<bool(Tx&)> claim_ = [this](Tx& tx) {
        return !claim_mailboxes(tx, {.owner = owner_, .lease = limits::kMailboxLease, .new_max = 1}).empty();
    };
    desk::door::Doors doors_{desk.context, desk.io.get_executor()};
    Mailroom room_{desk.context, intake, doors_};
    net::HttpClient http_{desk.io.get_executor(), net::UrlGuard({net::parse_cidr("127.0.0.0/8").value()})};
    MailboxCore core_{desk.context, room_, http_};
    desk::ChannelId channel_ = make_box();
    KeptMailbox box_{core_,
                     {.key = {.account = account, .id = channel_}, .owner = owner_, .source = "here"},
                     desk.io.get_executor()};
};

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
    ask("INSERT INTO quota (account_id, subject_id, name, value) VALUES ('" + to_string(account) + "', '" +
        to_string(account) + "', 'messages_per_day', 2) RETURNING 1");
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

TEST_F(KeptMailboxTest, KnowsAMailThatItCouldNotHaveByAllThatIsKnownOfIt) {
    const RawMail mail{.uid = 7, .size = 99, .arrived = system_now(), .bytes = {}, .trouble = "It is too large."};
    Batch batch{.mails = {mail, mail, mail}, .checkpoint = {.uid_validity = 5, .uid = 7}};
    batch.mails[1].size = 100;
    EXPECT_TRUE(store({batch}));
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "2") << "the third is the first";
    EXPECT_EQ(ask("SELECT stored FROM mailbox"), "0");
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"known\"}"), 1);
    EXPECT_EQ(metric("lupaus_mailbox_mails_total{outcome=\"quarantined\"}"), 2);
}

TEST_F(KeptMailboxTest, CountsAMailThatIsKnownForNoneOfTheDay) {
    ask("INSERT INTO quota (account_id, subject_id, name, value) VALUES ('" + to_string(account) + "', '" +
        to_string(account) + "', 'messages_per_day', 2) RETURNING 1");
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
}

TEST_F(KeptMailboxTest, SaysThatItHasNothingToSignInWith) {
    EXPECT_THAT(login().error().detail, HasSubstr("neither a password nor oauth"));
}

}  // namespace
}  // namespace lupaus::email
