#include "services/courier/mailer.hpp"

#include "common/async/offload.hpp"
#include "services/courier/mail_attempt.hpp"
#include "services/desk/autoreply/rules.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
using delivery::Outcome;

namespace {

// The answer to the mail has to be recorded before the lease is over.
constexpr std::chrono::seconds kRecordWait{2};

Error impossible(std::string detail) {
    return {.code = Errc::unprocessable, .detail = std::move(detail)};
}

Error not_now(std::string detail) {
    return {.code = Errc::internal, .detail = std::move(detail)};
}

MailResult unsent(const Error& error) {
    const bool is_final = error.code == Errc::unprocessable;
    return {.report = {.outcome = is_final ? Outcome::impossible : Outcome::not_sent,
                       .retry_after = {},
                       .detail = error.detail}};
}

// Whatever is wrong with the store may be mended.
Result<std::string> read_file(const blob::BlobStore& blobs, const delivery::SentFile& file) {
    try {
        auto bytes = blobs.read(file.sha256);
        return bytes ? std::move(bytes) : not_now("The file " + file.name + " is not in the store.");
    } catch (const std::exception& error) {
        return not_now("The file " + file.name + " cannot be read: " + error.what());
    }
}

smtp::Waits waits_of(const config::Courier& courier, std::chrono::steady_clock::time_point claimed_at) {
    const auto lease = courier.lease - std::min<config::Milliseconds>(kRecordWait, courier.lease / 4);
    return {.connect = std::min<config::Milliseconds>(limits::kConnectWait, courier.attempt_wait),
            .step = courier.attempt_wait,
            .ending = std::min<config::Milliseconds>(limits::kMailEndingWait, lease / 2),
            .until = claimed_at + lease};
}

}  // namespace

struct Mailer::Letter {
    smtp::Job job;
    std::string message_id;
};

Mailer::~Mailer() {
    pool_.join();
}

asio::awaitable<MailResult> Mailer::send(const delivery::Job& job, std::chrono::steady_clock::time_point claimed_at) {
    const auto work = [this, &job] { return compose(job); };
    const auto pool = job.files.empty() ? pool_.get_executor() : desk_.blobs.executor();
    auto letter = co_await offload(pool, work);
    if (!letter) {
        co_return unsent(letter.error());
    }
    auto login = co_await find_login(job);
    if (!login) {
        co_return unsent(login.error());
    }
    letter->job.login = *std::move(login);
    const auto& server = *job.way.smtp;
    smtp::Relay relay{.host = server.host, .port = static_cast<std::uint16_t>(server.port)};
    const auto outcome =
        co_await client_.send(std::move(relay), std::move(letter->job), waits_of(desk_.config.courier, claimed_at));
    if (outcome.step == smtp::Step::login) {
        tokens_.forget(job.delivery.channel);
    }
    co_return MailResult{
        .report = report_of(outcome), .status = outcome.code, .message_id = std::move(letter->message_id)};
}

asio::awaitable<Result<std::string>> Mailer::write(const delivery::Job& job) {
    const auto work = [this, &job] { return compose(job); };
    auto letter = co_await offload(pool_.get_executor(), work);
    if (!letter) {
        co_return letter.error();
    }
    co_return std::move(letter->job.message);
}

// Empty: the server wants none.
asio::awaitable<Result<std::optional<smtp::Login>>> Mailer::find_login(const delivery::Job& job) {
    const auto& server = *job.way.smtp;
    if (server.user.empty()) {
        co_return std::optional<smtp::Login>{};
    }
    smtp::Login login{.username = server.user};
    if (server.has_password) {
        auto password = desk_.box.open(job.way.sealed_password);
        if (!password) {
            co_return not_now("The channel's password cannot be opened with this program's key (secret.key_file).");
        }
        login.secret = Secret(*std::move(password));
        co_return login;
    }
    if (!job.way.oauth) {
        co_return not_now("The channel's mail server has a user, and neither a password nor oauth.");
    }
    desk::mailtoken::Asked asked{.key = {job.delivery.account, job.delivery.channel}, .grant = *job.way.oauth};
    auto token = co_await tokens_.token(std::move(asked));
    if (!token) {
        co_return token.error();
    }
    login.method = smtp::Login::Method::oauth;
    login.secret = *std::move(token);
    co_return login;
}

// Errors: unprocessable, for what no later attempt mends.
Result<Mailer::Letter> Mailer::compose(const delivery::Job& job) const {
    auto draft = draft_of(job.delivery);
    if (!draft) {
        return impossible("The reply is none that a mail can be made of: " + draft.error().detail);
    }
    const auto is_machine = [](const mail::Address& to) { return desk::autoreply::is_machine_address(to.address); };
    if (is_automatic(job.delivery) && std::ranges::any_of(draft->to, is_machine)) {
        return impossible(desk::autoreply::explain("machine_address"));
    }
    for (const auto& file : job.files) {
        auto bytes = read_file(desk_.blobs, file);
        if (!bytes) {
            return bytes.error();
        }
        draft->parts.push_back(part_of(file, *draft, *std::move(bytes)));
    }
    auto written = mail::write(*draft);
    if (!written) {
        const auto& mistake = written.error().fields.at(0);
        return impossible("The mail cannot be written: " + mistake.field + " " + mistake.detail + ".");
    }
    Letter letter{.job = make_mail_job(job, *draft), .message_id = draft->message_id};
    letter.job.message = *std::move(written);
    return letter;
}

}  // namespace lupaus::courier
