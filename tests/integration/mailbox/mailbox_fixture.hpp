// A mailbox that runs against a server, and the store behind it, which remembers everything and can be told to refuse.
#pragma once

#include "common/async/task_group.hpp"
#include "services/email/mailbox/mailbox.hpp"
#include "tests/integration/mailbox/mail_user.hpp"
#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lupaus::email::mailbox::test {

class KeepingStore : public Store {
public:
    // What it does not do the first so many times.
    struct Refusals {
        int checkpoints = 0;  // it throws, as where the database is away
        int batches = 0;
        int logins = 0;
        Errc login_code = Errc::unavailable;  // for the moment, as where a provider of tokens is away
    };

    KeepingStore(imap::Login login, Refusals refusals) : login_(std::move(login)), refusals_(refusals) {}

    boost::asio::awaitable<Checkpoint> checkpoint() override;
    boost::asio::awaitable<Result<imap::Login>> login(bool is_refused) override;
    boost::asio::awaitable<void> make_room(std::size_t bytes) override;
    boost::asio::awaitable<bool> store(Batch batch) override;
    boost::asio::awaitable<std::vector<Wanted>> wanted(Checkpoint checkpoint) override;
    boost::asio::awaitable<bool> settle(RawMail mail) override;
    void tell(const Health& health) override;

    // From the test's thread. Each returns what was there when it came true, or fails the test after some seconds.
    std::vector<RawMail> wait_for_mails(std::size_t count);
    Health wait_for_health(const std::function<bool(const Health&)>& is_so, const char* what);
    Health wait_for_state(State state);
    Checkpoint kept();
    std::size_t batches();
    std::vector<bool> logins();  // whether the one before was refused, of each that was asked for
    void want(std::vector<Wanted> mails);
    std::size_t looks_for_wanted();
    std::vector<RawMail> wait_for_settled(std::size_t count);
    std::size_t room();  // that was asked for, all in all

private:
    bool wait(const std::function<bool()>& is_so);

    imap::Login login_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<RawMail> mails_;
    std::vector<Wanted> wanted_;
    std::size_t looks_for_wanted_ = 0;
    std::vector<RawMail> settled_;
    Checkpoint checkpoint_;
    std::deque<Health> told_;
    std::size_t batches_ = 0;
    std::vector<bool> logins_;
    std::size_t room_ = 0;
    Refusals refusals_;
};

class MailboxTest : public ::testing::Test {
protected:
    MailboxTest();
    ~MailboxTest() override;

    // A store for this user, and a mailbox that fills it until the test ends.
    KeepingStore& start(Settings settings, const std::string& user = "", const std::string& password = "");

    void ask_again(std::vector<Wanted> mails);  // of the mailbox that was started last

    static Settings over_tls();  // INBOX, through TLS from the start
    static Settings in_the_clear(std::uint16_t port);

    void trust(const std::string& ca_file);                                  // before start()
    net::test::ScriptedPeer& serve(net::test::ScriptedPeer::Script script);  // until the test ends

    KeepingStore::Refusals refusals_{};  // of the stores to come
    std::string user_ = unused_user();
    MailUser me_{user_};

private:
    struct Running {
        std::unique_ptr<KeepingStore> store;
        std::unique_ptr<Mailbox> mailbox;
    };

    net::test::IoThread io_;
    net::UrlGuard guard_;
    std::shared_ptr<net::Resolver> resolver_;
    std::shared_ptr<boost::asio::ssl::context> tls_;
    telemetry::Metrics metrics_;
    std::unique_ptr<TaskGroup> tasks_;
    std::vector<Running> running_;
    std::vector<std::unique_ptr<net::test::ScriptedPeer>> peers_;
};

std::string mail_named(std::string_view subject, std::size_t bytes = 0);  // a mail, padded to be this long at least
std::vector<std::string> subjects_of(const std::vector<RawMail>& mails);

}  // namespace lupaus::email::mailbox::test
