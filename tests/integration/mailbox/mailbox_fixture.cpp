#include "tests/integration/mailbox/mailbox_fixture.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace lupaus::email::mailbox::test {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kPatience{20};

asio::awaitable<void> end(TaskGroup& tasks) {
    tasks.stop();
    co_await tasks.join();
}

}  // namespace

asio::awaitable<Checkpoint> KeepingStore::checkpoint() {
    const std::lock_guard lock(mutex_);
    if (refusals_.checkpoints > 0) {
        --refusals_.checkpoints;
        throw std::runtime_error("The database is away.");
    }
    co_return checkpoint_;
}

asio::awaitable<Result<imap::Login>> KeepingStore::login(bool is_refused) {
    const std::lock_guard lock(mutex_);
    logins_.push_back(is_refused);
    if (refusals_.logins > 0) {
        --refusals_.logins;
        co_return Error{.code = refusals_.login_code, .detail = "The provider is away."};
    }
    co_return login_;
}

asio::awaitable<void> KeepingStore::make_room(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    room_ += bytes;
    co_return;
}

asio::awaitable<bool> KeepingStore::store(Batch batch) {
    const std::lock_guard lock(mutex_);
    if (refusals_.batches > 0) {
        --refusals_.batches;
        changed_.notify_all();
        co_return false;
    }
    std::ranges::move(batch.mails, std::back_inserter(mails_));
    checkpoint_ = batch.checkpoint;
    ++batches_;
    changed_.notify_all();
    co_return true;
}

asio::awaitable<std::vector<Wanted>> KeepingStore::wanted(Checkpoint /*checkpoint*/) {
    const std::lock_guard lock(mutex_);
    ++looks_for_wanted_;
    co_return std::exchange(wanted_, {});
}

asio::awaitable<bool> KeepingStore::settle(RawMail mail) {
    const std::lock_guard lock(mutex_);
    const bool is_stored = mail.trouble.empty();
    settled_.push_back(std::move(mail));
    changed_.notify_all();
    co_return is_stored;
}

void KeepingStore::want(std::vector<Wanted> mails) {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(mails);
}

std::size_t KeepingStore::looks_for_wanted() {
    const std::lock_guard lock(mutex_);
    return looks_for_wanted_;
}

std::vector<RawMail> KeepingStore::wait_for_settled(std::size_t count) {
    EXPECT_TRUE(wait([&] { return settled_.size() >= count; })) << "waiting for " << count << " mails asked for again";
    const std::lock_guard lock(mutex_);
    return settled_;
}

void KeepingStore::tell(const Health& health) {
    const std::lock_guard lock(mutex_);
    told_.push_back(health);
    changed_.notify_all();
}

bool KeepingStore::wait(const std::function<bool()>& is_so) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, is_so);
}

std::vector<RawMail> KeepingStore::wait_for_mails(std::size_t count) {
    EXPECT_TRUE(wait([&] { return mails_.size() >= count; })) << "waiting for " << count << " mails";
    const std::lock_guard lock(mutex_);
    return mails_;
}

// Looks at everything that was told since the last such wait.
Health KeepingStore::wait_for_health(const std::function<bool(const Health&)>& is_so, const char* what) {
    Health found;
    const auto look = [&] {
        while (!told_.empty()) {
            found = told_.front();
            told_.pop_front();
            if (is_so(found)) {
                return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(wait(look)) << "waiting for " << what << ", and the last was " << found.reason;
    return found;
}

Health KeepingStore::wait_for_state(State state) {
    return wait_for_health([state](const Health& health) { return health.state == state; }, to_string(state).data());
}

Checkpoint KeepingStore::kept() {
    const std::lock_guard lock(mutex_);
    return checkpoint_;
}

std::size_t KeepingStore::batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
}

std::vector<bool> KeepingStore::logins() {
    const std::lock_guard lock(mutex_);
    return logins_;
}

std::size_t KeepingStore::room() {
    const std::lock_guard lock(mutex_);
    return room_;
}

MailboxTest::MailboxTest()
    : guard_({net::parse_cidr("127.0.0.0/8").value(), net::parse_cidr("::1").value()}),
      resolver_(net::make_system_resolver(io_.context().get_executor())) {
    trust(dovecot().certificate);
    const auto report = [](const std::string& name, std::exception_ptr) { ADD_FAILURE() << name << " ended"; };
    tasks_ = std::make_unique<TaskGroup>(io_.context().get_executor(), report, report);
}

MailboxTest::~MailboxTest() {
    io_.run(end(*tasks_));
    io_.drop(std::move(tasks_));
}

void MailboxTest::trust(const std::string& ca_file) {
    tls_ = net::make_client_tls(ca_file);
}

net::test::ScriptedPeer& MailboxTest::serve(net::test::ScriptedPeer::Script script) {
    return *peers_.emplace_back(std::make_unique<net::test::ScriptedPeer>(std::move(script)));
}

Settings MailboxTest::over_tls() {
    Settings settings;
    settings.server = {.host = "localhost", .port = dovecot().imaps, .security = imap::Security::tls};
    return settings;
}

Settings MailboxTest::in_the_clear(std::uint16_t port) {
    Settings settings;
    settings.server = {.host = "127.0.0.1", .port = port, .security = imap::Security::none};
    return settings;
}

KeepingStore& MailboxTest::start(Settings settings, const std::string& user, const std::string& password) {
    imap::Login login{.user = user.empty() ? user_ : user,
                      .secret = Secret(password.empty() ? dovecot().password : password)};
    imap::Network network{io_.context().get_executor(), guard_, *resolver_, tls_};
    auto& running = running_.emplace_back();
    running.store = std::make_unique<KeepingStore>(std::move(login), refusals_);
    running.mailbox = std::make_unique<Mailbox>(std::move(network), std::move(settings), *running.store, metrics_);
    auto& mailbox = *running.mailbox;
    asio::post(io_.context(), [this, &mailbox] { tasks_->spawn_endless("mailbox", mailbox.run()); });
    return *running.store;
}

void MailboxTest::ask_again(std::vector<Wanted> mails) {
    running_.back().store->want(std::move(mails));
    auto& mailbox = *running_.back().mailbox;
    asio::post(io_.context(), [&mailbox] { mailbox.look_for_wanted(); });
}

std::string mail_named(std::string_view subject, std::size_t bytes) {
    std::string mail = "From: Aino <aino@customer.example>\r\nSubject: " + std::string(subject) + "\r\n\r\nHei!\r\n";
    while (mail.size() < bytes) {
        mail += "Is my bicycle ready? It stands at your place since the day before yesterday.\r\n";
    }
    return mail;
}

std::vector<std::string> subjects_of(const std::vector<RawMail>& mails) {
    std::vector<std::string> subjects;
    for (const auto& mail : mails) {
        const auto at = mail.bytes.find("Subject: ");
        subjects.push_back(at == std::string::npos ? "trouble"
                                                   : mail.bytes.substr(at + 9, mail.bytes.find('\r', at) - at - 9));
    }
    return subjects;
}

}  // namespace lupaus::email::mailbox::test
