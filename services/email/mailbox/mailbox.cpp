#include "services/email/mailbox/mailbox.hpp"

#include "common/async/doorbell.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"
#include "services/email/mailbox/refetch.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>
#include <random>
#include <utility>

namespace lupaus::email::mailbox {

namespace asio = boost::asio;

namespace {

constexpr int kAwayFailuresMax = 4;           // so that mail comes soon after the database does
constexpr std::size_t kBatchAfterCutMax = 2;  // one beside the suspect

double random_chance() {
    static thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

bool is_over(const imap::Session& session) {
    return session.need() == imap::Session::Need::over;
}

std::vector<std::uint64_t> sizes_of(std::span<const imap::Listed> listed) {
    std::vector<std::uint64_t> sizes;
    std::ranges::transform(listed, std::back_inserter(sizes), &imap::Listed::size);
    return sizes;
}

std::size_t bytes_of(std::span<const imap::Listed> listed) {
    std::size_t bytes = 0;
    for (const auto& mail : listed) {
        bytes += std::min<std::uint64_t>(mail.size, limits::kImapMailBytesMax);
    }
    return bytes;
}

imap::Folder folder_of(const Settings& settings) {
    return {.name = settings.folder, .is_read_only = settings.disposition == Disposition::leave};
}

}  // namespace

Mailbox::Mailbox(imap::Network network, Settings settings, Store& store, telemetry::Metrics& metrics)
    : network_(std::move(network)),
      settings_(std::move(settings)),
      store_(store),
      metrics_(metrics),
      failed_(metrics.counter("lupaus_mailbox_failures_total",
                              "Connections to mailboxes that failed before they brought anything.")) {}

asio::awaitable<void> Mailbox::run() {
    desk::Loop loop{.name = "mailbox", .turn = [this] { return take_turn(); }};
    co_await desk::run_loop(metrics_, std::move(loop));
}

// One connection, to its end, and the pause behind it. What came forward may go on at once.
asio::awaitable<void> Mailbox::take_turn() {
    is_progress_ = false;
    brought_mail_ = false;
    was_good_ = false;
    const auto failure = co_await try_connection();
    failures_ = is_progress_ ? 0 : failures_ + 1;
    if (failures_ > 0 && was_good_) {
        tell(State::connecting, "");  // a connection ends some time
    } else if (failures_ > 0) {
        failed_.add();
        tell(State::failing, failure.detail);
    }
    is_login_refused_ = failure.kind == imap::FailureKind::login;
    const auto failures = is_desk_away_ ? std::min(failures_, kAwayFailuresMax) : failures_;
    const auto wait = backoff(failures, is_login_refused_, random_chance(), settings_.pauses);
    co_await pause(wait);
}

// What the desk cannot do at the moment is said like any other trouble.
asio::awaitable<imap::Failure> Mailbox::try_connection() {
    std::exception_ptr away;
    is_desk_away_ = false;
    try {
        co_return co_await connect_and_work();
    } catch (...) {
        away = std::current_exception();
        idling_ = nullptr;
    }
    const auto task = co_await asio::this_coro::cancellation_state;
    if (task.cancelled() != asio::cancellation_type::none) {
        std::rethrow_exception(away);
    }
    is_desk_away_ = true;
    is_progress_ = false;
    log::warn("a mailbox' mails cannot be stored", {{"host", settings_.server.host}, {"error", log::describe(away)}});
    co_return imap::Failure{imap::FailureKind::refused, "The desk cannot store mail at the moment."};
}

asio::awaitable<imap::Failure> Mailbox::connect_and_work() {
    checkpoint_ = co_await store_.checkpoint();
    auto login = co_await store_.login(is_login_refused_);
    if (!login) {
        const bool is_away = login.error().code == Errc::unavailable;
        co_return imap::Failure{is_away ? imap::FailureKind::unreachable : imap::FailureKind::login,
                                login.error().detail};
    }
    if (failures_ == 0) {
        tell(State::connecting, "");
    }
    imap::Session session(*std::move(login), folder_of(settings_));
    imap::Client client(network_, settings_.server, std::move(session), settings_.waits);
    co_await work(client);
    co_return client.session().failure().value_or(imap::Failure{});
}

asio::awaitable<void> Mailbox::work(imap::Client& client) {
    const bool is_open = co_await client.open();
    if (!is_open) {
        co_return;
    }
    begin(client.session().selected());
    co_await dispose(client);
    while (!is_over(client.session())) {
        const bool is_read = co_await catch_up(client);
        if (is_read && std::exchange(has_wanted_, false)) {
            co_await fetch_wanted(client);
        } else if (is_read) {
            co_await wait_for_news(client);
        }
    }
}

void Mailbox::begin(const imap::Selected& selected) {
    const auto kept = std::exchange(checkpoint_, resume(checkpoint_, selected.uid_validity, selected.uid_next));
    const bool is_read_again = kept.uid != checkpoint_.uid;
    const bool is_numbered_anew = std::exchange(numbering_, selected.uid_validity) != selected.uid_validity;
    if (is_read_again) {
        log::warn("a mailbox has numbered its mails anew and is read again",
                  {{"host", settings_.server.host}, {"folder", settings_.folder}});
    }
    if (is_read_again || is_numbered_anew) {
        attempts_.clear();
        to_dispose_.clear();
    }
    looked_up_to_ = checkpoint_.uid;
}

// Until the newest mail is stored; false where the connection ended before.
asio::awaitable<bool> Mailbox::catch_up(imap::Client& client) {
    auto& session = client.session();
    std::uint32_t width = limits::kImapListMax;
    while (true) {
        const auto window = next_window(looked_up_to_, session.selected().uid_next, width);
        session.list({.first = window.first, .last = window.last}, limits::kImapListMax);
        const bool is_alive = co_await client.run();
        if (!is_alive) {
            co_return false;
        }
        health_.mails = session.selected().exists;
        const auto listed = session.take_listed();
        if (!listed.empty()) {
            width = limits::kImapListMax;
            tell(State::fetching, undisposed_);
            co_await take_listed(client, listed);
        } else if (window.last != 0) {
            looked_up_to_ = window.last;
            width = std::min(width * 2, std::numeric_limits<std::uint32_t>::max() / 2);
        } else {
            break;
        }
        if (is_over(session)) {
            co_return false;
        }
    }
    failures_ = 0;
    was_good_ = true;
    health_.last_good = system_now();
    tell(State::waiting, undisposed_);
    co_return true;
}

asio::awaitable<void> Mailbox::take_listed(imap::Client& client, Listed listed) {
    bool goes_on = true;
    while (goes_on && !listed.empty()) {
        const auto count = batch_size(sizes_of(listed), batch_max_);
        const bool is_taken = co_await take_batch(client, listed.first(count));
        goes_on = is_taken;
        batch_max_ = is_taken ? std::min(batch_max_ * 2, limits::kImapBatchMax) : batch_max_;
        listed = listed.subspan(count);
    }
}

// Whatever came of it, the mails in front of the first one that did not come are kept. False: look again.
asio::awaitable<bool> Mailbox::take_batch(imap::Client& client, Listed listed) {
    auto& session = client.session();
    co_await store_.make_room(bytes_of(listed));
    const auto wanted = wanted_of(listed);
    is_alone_ = wanted.size() == 1;
    session.fetch(wanted, limits::kImapBatchBytesMax + limits::kImapMailBytesMax);
    co_await client.run();
    const auto fetching = session.fetching();
    auto mails = session.take_mails();
    brought_mail_ = brought_mail_ || std::ranges::any_of(mails, &imap::Mail::is_answered);
    if (is_over(session) && fetching) {
        note_failure(*fetching, *session.failure());
    }
    auto batch = assemble(listed, std::move(mails));
    const auto count = batch.mails.size();
    if (count > 0) {
        co_await keep(client, std::move(batch));
    }
    if (count < listed.size()) {
        hold_back(session, listed[count].uid);
    }
    co_return count == listed.size() && !is_over(session);
}

Batch Mailbox::assemble(Listed listed, std::vector<imap::Mail> mails) {
    Batch batch{.mails = {}, .checkpoint = checkpoint_};
    for (const auto& one : listed) {
        RawMail raw{.uid = one.uid, .size = one.size, .arrived = one.arrived, .bytes = {}, .trouble = trouble_of(one)};
        const auto mail = std::ranges::find(mails, one.uid, &imap::Mail::uid);
        const bool is_answered = mail != mails.end() && mail->is_answered;
        const bool is_had = is_answered && mail->bytes;
        if (is_had) {
            raw.bytes = std::move(*mail->bytes);
        } else if (is_answered) {
            note(one.uid, Fault::withheld, mail->reason);
            raw.trouble = trouble_of(one);
        }
        if (!is_had && raw.trouble.empty()) {
            break;
        }
        batch.checkpoint.uid = one.uid;
        batch.mails.push_back(std::move(raw));
    }
    return batch;
}

asio::awaitable<void> Mailbox::keep(imap::Client& client, Batch batch) {
    const auto checkpoint = batch.checkpoint;
    std::vector<std::uint32_t> stored;
    for (const auto& mail : batch.mails) {
        if (mail.trouble.empty()) {
            stored.push_back(mail.uid);
        }
    }
    const bool is_stored = co_await store_.store(std::move(batch));
    if (!is_stored) {
        client.session().fail({imap::FailureKind::refused, store_.refusal()});
        co_return;
    }
    checkpoint_ = checkpoint;
    looked_up_to_ = checkpoint.uid;
    is_progress_ = true;
    attempts_.erase(attempts_.begin(), attempts_.upper_bound(checkpoint.uid));
    to_dispose_.insert(to_dispose_.end(), stored.begin(), stored.end());
    co_await dispose(client);
}

// Each mail has one try, so that a server which cannot do it does not hold up the mails to come.
asio::awaitable<void> Mailbox::dispose(imap::Client& client) {
    auto& session = client.session();
    if (is_over(session)) {
        co_return;  // it is done on the next connection
    }
    const auto uids = std::exchange(to_dispose_, {});
    if (uids.empty() || settings_.disposition == Disposition::leave) {
        co_return;
    }
    const bool is_moving = settings_.disposition == Disposition::move;
    if (is_moving) {
        session.move(uids, settings_.move_to);
    } else {
        session.mark_seen(uids);
    }
    co_await client.run();
    const auto refusal = session.take_refusal();
    const std::string what =
        is_moving ? "Mails are stored but could not be moved: " : "Mails are stored but could not be marked as seen: ";
    undisposed_ = refusal.empty() ? "" : what + refusal;
}

void Mailbox::look_for_wanted() {
    has_wanted_ = true;
    if (idling_ != nullptr) {
        idling_->wake();
    }
}

// Each has one try: who asked is told why it came to nothing, and may ask again.
asio::awaitable<void> Mailbox::fetch_wanted(imap::Client& client) {
    const auto wanted = co_await store_.wanted(checkpoint_);
    for (const auto& one : wanted) {
        if (is_over(client.session())) {
            break;  // nobody was told of these, so they come with the next connection
        }
        auto mail = co_await refetch(client, store_, one);
        const bool is_stored = co_await store_.settle(std::move(mail));
        if (is_stored) {
            to_dispose_.push_back(one.uid);
        }
    }
    co_await dispose(client);
}

asio::awaitable<void> Mailbox::wait_for_news(imap::Client& client) {
    auto& session = client.session();
    if (session.has_news()) {
        co_return;
    }
    if (session.can_idle()) {
        idling_ = &client;
        co_await client.idle();
        idling_ = nullptr;
    } else {
        co_await pause(settings_.poll);
    }
    if (is_over(session) || session.has_news()) {
        co_return;
    }
    session.select();
    const bool is_open = co_await client.run();
    if (is_open) {
        begin(session.selected());
    }
}

std::vector<std::uint32_t> Mailbox::wanted_of(Listed listed) const {
    std::vector<std::uint32_t> wanted;
    for (const auto& mail : listed) {
        if (trouble_of(mail).empty()) {
            wanted.push_back(mail.uid);
        }
    }
    const auto first = wanted.empty() ? attempts_.end() : attempts_.find(wanted.front());
    const auto cuts_of_first = first == attempts_.end() ? 0 : first->second.so_far.count;
    return order_of(std::move(wanted), cuts_of_first);
}

std::string Mailbox::trouble_of(const imap::Listed& mail) const {
    if (auto reason = too_large(mail.size); !reason.empty()) {
        return reason;
    }
    const auto attempt = attempts_.find(mail.uid);
    return attempt != attempts_.end() && attempt->second.is_given_up ? attempt->second.reason : "";
}

void Mailbox::note(std::uint32_t uid, Fault fault, std::string reason) {
    auto& attempt = attempts_[uid];
    ++attempt.so_far.count;
    attempt.so_far.beside_others += brought_mail_ ? 1 : 0;
    attempt.so_far.alone += is_alone_ ? 1 : 0;
    attempt.reason = std::move(reason);
    attempt.is_given_up = is_given_up(fault, attempt.so_far);
    is_progress_ = is_progress_ || attempt.is_given_up;
}

void Mailbox::note_failure(std::uint32_t uid, const imap::Failure& failure) {
    const auto fault = failure.kind == imap::FailureKind::too_large   ? Fault::too_large
                       : failure.kind == imap::FailureKind::malformed ? Fault::malformed
                                                                      : Fault::cut;
    note(uid, fault, "The mail could not be fetched: " + failure.detail);
    batch_max_ = brought_mail_ ? batch_max_ : kBatchAfterCutMax;
}

// A mail that was deleted meanwhile is not listed again. One that is, and is withheld again, may come after a pause.
void Mailbox::hold_back(imap::Session& session, std::uint32_t uid) {
    const auto attempt = attempts_.find(uid);
    if (!is_over(session) && attempt != attempts_.end() && attempt->second.so_far.count > 1) {
        session.fail({imap::FailureKind::refused, attempt->second.reason});
    }
}

void Mailbox::tell(State state, std::string reason) {
    health_.state = state;
    health_.reason = std::move(reason);
    if (told_ == health_) {
        return;
    }
    const bool is_new = !told_ || told_->reason != health_.reason;
    if (is_new && state == State::failing) {
        log::warn("a mailbox cannot be read",
                  {{"host", settings_.server.host}, {"folder", settings_.folder}, {"error", health_.reason}});
    }
    told_ = health_;
    store_.tell(health_);
}

}  // namespace lupaus::email::mailbox
