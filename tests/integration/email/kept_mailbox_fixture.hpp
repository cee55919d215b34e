// A mailbox that is kept in PostgreSQL and read by nobody: tests hand it what the loop would.
#pragma once

#include "services/email/kept_mailbox.hpp"

#include "services/desk/channel/email_store.hpp"
#include "tests/store/inbound/intake_fixture.hpp"

#include <string>
#include <vector>

namespace lupaus::email::test {

inline mailbox::RawMail mail_of(std::uint32_t uid, const std::string& id, const std::string& answers = "") {
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
    bool store(std::vector<mailbox::Batch> batches) {
        bool is_stored = true;
        run([&]() -> boost::asio::awaitable<void> {
            for (auto& batch : batches) {
                const bool is_taken = co_await box_.store(std::move(batch));
                is_stored = is_stored && is_taken;
            }
        });
        return is_stored;
    }

    mailbox::Checkpoint kept() {
        mailbox::Checkpoint found;
        run_on(desk.io, [&]() -> boost::asio::awaitable<void> { found = co_await box_.checkpoint(); });
        return found;
    }

    void limit_messages_per_day(int most) {
        const auto id = to_string(account);
        ask("INSERT INTO quota (account_id, subject_id, name, value) VALUES ('" + id + "', '" + id +
            "', 'messages_per_day', " + std::to_string(most) + ") RETURNING 1");
    }

    Result<imap::Login> login(bool is_refused = false) {
        std::optional<Result<imap::Login>> found;
        run_on(desk.io, [&]() -> boost::asio::awaitable<void> { found = co_await box_.login(is_refused); });
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

}  // namespace lupaus::email::test
