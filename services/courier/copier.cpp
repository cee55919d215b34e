#include "services/courier/copier.hpp"

#include "common/async/doorbell.hpp"
#include "common/base/limits.hpp"
#include "common/net/client_stream.hpp"
#include "common/telemetry/log.hpp"
#include "services/courier/insist.hpp"
#include "services/desk/context/loop.hpp"

#include <utility>
#include <vector>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
using delivery::CopyEnd;
using delivery::CopyJob;

namespace {

constexpr std::chrono::milliseconds kPoll{500};

constexpr std::string_view kCopied = "copied";
constexpr std::string_view kRetried = "retried";
constexpr std::string_view kFailed = "failed";

Error failed(std::string detail) {
    return {.code = Errc::internal, .detail = std::move(detail)};
}

imap::Server server_of(const desk::channel::MailServer& server) {
    imap::Server made{.host = server.host, .port = static_cast<std::uint16_t>(server.port)};
    switch (server.security) {
        case desk::channel::Security::tls:
            made.security = imap::Security::tls;
            break;
        case desk::channel::Security::starttls:
            made.security = imap::Security::starttls;
            break;
        case desk::channel::Security::none:
            made.security = imap::Security::none;
            break;
    }
    return made;
}

}  // namespace

// A place among the attempts under way, given back on whatever way the attempt ends.
class Copier::Slot {
public:
    Slot(Copier& owner, desk::ChannelId channel) : copier_(owner), channel_(channel) {
        copier_.under_way_.insert(channel_);
    }

    ~Slot() { copier_.under_way_.erase(channel_); }

    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    Copier& copier_;
    desk::ChannelId channel_;
};

Copier::Copier(desk::Context& desk, const Means& means, const asio::any_io_executor& executor)
    : desk_(desk),
      means_(means),
      guard_(net::networks(desk.config.egress.allow)),
      resolver_(net::make_system_resolver(executor)),
      network_{.executor = executor, .guard = guard_, .resolver = *resolver_, .tls = net::make_client_tls("")},
      tokens_(desk, means.http),
      schedule_{.first = desk.config.courier.retry_first, .longest = desk.config.courier.retry_max},
      tasks_(
          executor,
          [](const std::string& name, std::exception_ptr error) {
              log::error("a copier's task ended", {{"task", name}, {"error", log::describe(std::move(error))}});
          },
          desk.task_lost) {
    for (const auto result : {kCopied, kRetried, kFailed}) {
        results_[result] =
            desk.metrics.counter("lupaus_sent_copies_total", "Copies of sent mails into mailboxes, attempts by result.",
                                 {{"result", std::string(result)}});
    }
}

void Copier::start() {
    desk::Loop loop{.name = "copier", .turn = [this] { return take_turn(); }};
    tasks_.spawn_endless("copier", desk::run_loop(desk_.metrics, std::move(loop)));
}

void Copier::stop() {
    tasks_.stop();
}

asio::awaitable<void> Copier::join() {
    co_await tasks_.join();
}

asio::awaitable<void> Copier::take_turn() {
    auto jobs = co_await claim();
    for (auto& job : jobs) {
        auto slot = std::make_unique<Slot>(*this, job.mail.delivery.channel);
        tasks_.spawn("copy of a sent mail", run_attempt(std::move(job), std::move(slot)));
    }
    co_await pause(kPoll);
}

asio::awaitable<std::vector<CopyJob>> Copier::claim() {
    const std::vector<desk::ChannelId> busy(under_way_.begin(), under_way_.end());
    const delivery::CopyClaim claim{.limit = static_cast<int>(limits::kSentCopiesMax - under_way_.size()),
                                    .busy = busy,
                                    .lease = limits::kSentCopyLease};
    const auto work = [&claim, &hold = means_.hold](Tx& tx) {
        return hold.look(tx) ? std::vector<CopyJob>{} : delivery::claim_copies(tx, claim);
    };
    co_return co_await desk_.worker.run(Scope::queues(), work);
}

asio::awaitable<void> Copier::run_attempt(CopyJob job, std::unique_ptr<Slot> slot) {
    const auto done = co_await copy(job);
    CopyEnd end{.account = job.mail.delivery.account,
                .delivery = job.mail.delivery.id,
                .attempt = job.attempt,
                .is_there = done.has_value()};
    if (!done) {
        end.error = done.error().detail;
        end.wait = delivery::pause_of_copy(job.attempt, schedule_);
    }
    results_.at(end.is_there ? kCopied : end.wait ? kRetried : kFailed).add();
    co_await record(std::move(end));
}

asio::awaitable<Result<void>> Copier::copy(const CopyJob& job) {
    auto bytes = co_await means_.mailer.write(job.mail);
    if (!bytes) {
        co_return bytes.error();
    }
    auto login = co_await find_login(job);
    if (!login) {
        co_return login.error();
    }
    imap::Session session(*std::move(login), {.name = job.folder, .is_read_only = true});
    imap::Client client(network_, server_of(job.server), std::move(session), {.command = limits::kSentCopyWait});
    auto done = co_await put(client, job.mail.delivery.external_id.value_or(""), *std::move(bytes));
    const auto& failure = client.session().failure();
    if (failure && failure->kind == imap::FailureKind::login) {
        tokens_.forget(job.mail.delivery.channel);
    }
    co_return done;
}

asio::awaitable<Result<void>> Copier::put(imap::Client& client, const std::string& message_id, std::string bytes) {
    auto& session = client.session();
    bool is_alive = co_await client.open();
    if (is_alive) {
        session.find(message_id);
        is_alive = co_await client.run();
    }
    if (is_alive && !session.is_found()) {
        session.append(std::move(bytes));
        is_alive = co_await client.run();
    }
    if (!is_alive) {
        co_return failed(session.failure()->detail);
    }
    const auto refusal = session.take_refusal();
    co_return refusal.empty() ? Result<void>() : failed("The server did not take the copy: " + refusal);
}

asio::awaitable<Result<imap::Login>> Copier::find_login(const CopyJob& job) {
    imap::Login login{.user = job.server.user};
    if (job.server.has_password) {
        auto password = desk_.box.open(job.sealed_password);
        if (!password) {
            co_return failed("The channel's password cannot be opened with this program's key (secret.key_file).");
        }
        login.secret = Secret(*std::move(password));
        co_return login;
    }
    if (!job.mail.way.oauth) {
        co_return failed("The channel's imap has a user, and neither a password nor oauth.");
    }
    desk::mailtoken::Asked asked{.key = {job.mail.delivery.account, job.mail.delivery.channel},
                                 .grant = *job.mail.way.oauth};
    auto token = co_await tokens_.token(std::move(asked));
    if (!token) {
        co_return token.error();
    }
    login.secret = *std::move(token);
    login.proof = imap::Proof::xoauth2;
    co_return login;
}

// Whatever happens here, the attempt number keeps a late result from overwriting a newer one.
asio::awaitable<void> Copier::record(CopyEnd end) {
    const auto scope = Scope::accounts({&end.account.value, 1});
    const auto work = [&end](Tx& tx) {
        delivery::conclude_copy(tx, end);
        return true;
    };
    const auto write = [&]() -> asio::awaitable<void> { co_await desk_.worker.run(scope, work); };
    co_await insist("the copy of delivery " + to_string(end.delivery), write);
}

}  // namespace lupaus::courier
