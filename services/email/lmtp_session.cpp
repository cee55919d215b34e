#include "services/email/lmtp_session.hpp"

#include "common/async/cancellation.hpp"
#include "common/net/response_head.hpp"
#include "common/telemetry/log.hpp"
#include "services/email/rules.hpp"
#include "services/email/store.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <map>

namespace lupaus::email {

namespace asio = boost::asio;
using boost::system::error_code;
using desk::ChannelId;
using smtp::Answer;
using Asks = smtp::Reception::Asks;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kTraceBytesMax = limits::kLmtpLineBytesMax * (limits::kLmtpRecipientsMax + 2);

constexpr std::string_view kStored = "stored";
constexpr std::string_view kUnknown = "unknown";
constexpr std::string_view kDeferred = "deferred";
constexpr std::string_view kRefused = "refused";

const Answer kAway{.code = 451, .status = "4.3.0", .text = "The desk cannot store it now, try again"};

smtp::ReceptionOptions options_of(const LmtpCore& core) {
    return {.host = core.host,
            .mail_bytes_max = limits::kMailBytesMax - kTraceBytesMax,
            .recipients_max = limits::kLmtpRecipientsMax};
}

std::string rfc5322_date(std::chrono::system_clock::time_point now) {
    auto date = net::http_date(now);
    constexpr std::string_view kZone = "GMT";  // that is how HTTP writes it
    return date.replace(date.size() - kZone.size(), kZone.size(), "+0000");
}

Answer stored_answer(const desk::inbound::Receipt& receipt) {
    return {.code = 250,
            .status = "2.0.0",
            .text = (receipt.duplicate ? "Known as " : "Stored as ") + to_string(receipt.id)};
}

Answer refusal_of(const Error& error) {
    const auto [code, status] = verdict_of(error.code);
    return {.code = code, .status = std::string(status), .text = error.detail};
}

std::string_view outcome_of(const Answer& answer) {
    return answer.code < 300 ? kStored : answer.code < 500 ? kDeferred : kRefused;
}

// What was thrown, unless the task is to end.
Answer away(const std::exception& failure, std::string_view what) {
    if (is_cancellation(failure)) {
        throw;
    }
    log::error("a mail was not taken over", {{"while", what}, {"error", failure.what()}});
    return kAway;
}

}  // namespace

LmtpCore::LmtpCore(desk::Context& desk_context, Mailroom& room, const asio::any_io_executor& executor)
    : context(desk_context),
      mailroom(room),
      host(asio::ip::host_name()),
      mailboxes(executor, Nothing::asked_again,
                [this](std::string address) { return find_mailbox(std::move(address)); }),
      session_ended(executor) {
    for (const auto outcome : {kStored, kUnknown, kDeferred, kRefused}) {
        outcomes[outcome] = context.metrics.counter(
            "lupaus_lmtp_recipients_total", "Recipients of mails that were handed over, by what became of them.",
            {{"outcome", std::string(outcome)}});
    }
}

void LmtpCore::count(std::string_view outcome) {
    outcomes.at(outcome).add();
}

asio::awaitable<std::optional<ChannelId>> LmtpCore::find_mailbox(std::string address) {
    const auto work = [&address](Tx& tx) { return email::find_mailbox(tx, address); };
    co_return co_await context.worker.run(Scope::queues(), work);
}

LmtpSession::LmtpSession(std::shared_ptr<LmtpCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      place_(core_->live.insert(core_->live.end(), this)),
      socket_(std::move(socket)),
      reception_(options_of(*core_)),
      share_(core_->bytes),
      deadline_(core_->wheel, [this] {
          has_expired_ = is_reading_;
          error_code ignored;
          is_reading_ ? socket_.cancel(ignored) : socket_.close(ignored);
      }) {}

LmtpSession::~LmtpSession() {
    core_->live.erase(place_);
    core_->session_ended.ring();
}

asio::awaitable<void> LmtpSession::run() {
    buffer_.resize(kReadBytes);
    while (!is_gone_ && reception_.asks() != Asks::end) {
        if (reception_.asks() == Asks::recipient) {
            co_await ask_recipient();
        } else if (reception_.asks() == Asks::mail) {
            co_await deliver();
        } else {
            co_await read();
        }
    }
    co_await flush();
}

void LmtpSession::server_stops() {
    reception_.shut_down();
    if (is_reading_ && reception_.asks() == Asks::end) {
        error_code ignored;
        socket_.cancel(ignored);
    }
}

void LmtpSession::cut_now() {
    error_code ignored;
    socket_.close(ignored);
}

// Answers wait until everything that has come was looked at: one packet for a pipelined transaction.
asio::awaitable<void> LmtpSession::read() {
    if (pending_.empty()) {
        co_await flush();
        if (is_gone_) {
            co_return;
        }
        error_code error;
        deadline_.set(patience());
        is_reading_ = true;
        const auto count =
            co_await socket_.async_read_some(asio::buffer(buffer_), asio::redirect_error(asio::use_awaitable, error));
        is_reading_ = false;
        deadline_.clear();
        if (std::exchange(has_expired_, false)) {
            reception_.time_out();
        }
        is_gone_ = error && error != asio::error::operation_aborted;
        pending_ = std::string_view(buffer_).substr(0, count);
    }
    take(pending_);
}

void LmtpSession::take(std::string_view bytes) {
    const bool was_in_mail = reception_.is_in_mail();
    pending_.remove_prefix(reception_.put(bytes));
    if (!was_in_mail && reception_.is_in_mail()) {
        mail_until_ = net::Deadline::Clock::now() + limits::kLmtpMailWait;
    }
    if (!share_.grow_to(reception_.mail_bytes())) {
        share_.give_back();
        reception_.drop_mail({.code = 452, .status = "4.3.1", .text = "Too many mails come at one time"});
    }
}

net::Deadline::Clock::duration LmtpSession::patience() {
    if (!reception_.is_in_mail()) {
        return limits::kLmtpCommandWait;
    }
    const net::Deadline::Clock::duration rest = mail_until_ - net::Deadline::Clock::now();
    return std::clamp<net::Deadline::Clock::duration>(rest, {}, limits::kLmtpReadWait);
}

asio::awaitable<void> LmtpSession::flush() {
    const auto output = reception_.take_output();
    if (output.empty() || is_gone_) {
        co_return;
    }
    error_code error;
    deadline_.set(limits::kWriteWait);
    co_await asio::async_write(socket_, asio::buffer(output), asio::redirect_error(asio::use_awaitable, error));
    deadline_.clear();
    is_gone_ = error.failed();
}

asio::awaitable<void> LmtpSession::ask_recipient() {
    std::optional<ChannelId> channel;
    auto answer = Answer{.code = 250, .status = "2.1.5", .text = "Known"};
    try {
        channel = co_await core_->mailboxes.find(reception_.recipient(), net::Deadline::Clock::now());
    } catch (const std::exception& failure) {
        answer = away(failure, "a recipient is looked up");
    }
    if (answer.code == 250 && !channel) {
        answer = {.code = 550, .status = "5.1.1", .text = "No channel has this address"};
        core_->count(kUnknown);
    } else if (!channel) {
        core_->count(kDeferred);
    }
    reception_.answer_recipient(answer, channel ? to_string(*channel) : std::string());
}

// Once for each channel, however many of its addresses the mail is for.
asio::awaitable<void> LmtpSession::deliver() {
    auto mail = reception_.take_mail();
    std::map<std::string, std::vector<std::string>> addresses;
    for (const auto& recipient : mail.recipients) {
        addresses[recipient.mailbox].push_back(recipient.address);
    }
    std::map<std::string, Answer> by_mailbox;
    for (const auto& [mailbox, recipients] : addresses) {
        const bool is_last = by_mailbox.size() + 1 == addresses.size();
        auto bytes = is_last ? std::move(mail.bytes) : mail.bytes;
        bytes.insert(0, trace_of({.sender = mail.sender,
                                  .recipients = recipients,
                                  .host = core_->host,
                                  .date = rfc5322_date(std::chrono::system_clock::now())}));
        auto answer = co_await store(mailbox, std::move(bytes));
        by_mailbox.emplace(mailbox, std::move(answer));
    }
    std::vector<Answer> answers;
    for (const auto& recipient : mail.recipients) {
        answers.push_back(by_mailbox.at(recipient.mailbox));
        core_->count(outcome_of(answers.back()));
    }
    share_.give_back();
    reception_.answer_mail(answers);
}

asio::awaitable<Answer> LmtpSession::store(std::string mailbox, std::string bytes) {
    Arrival arrival{
        .channel = parse_id<ChannelId>(mailbox).value(), .bytes = std::move(bytes), .received_at = system_now()};
    auto answer = kAway;
    try {
        const auto receipt = co_await core_->mailroom.take(std::move(arrival));
        answer = receipt ? stored_answer(*receipt) : refusal_of(receipt.error());
    } catch (const std::exception& failure) {
        answer = away(failure, "it is stored");
    }
    co_return answer;
}

}  // namespace lupaus::email
