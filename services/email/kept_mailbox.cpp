#include "services/email/kept_mailbox.hpp"

#include "common/async/side_by_side.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"
#include "services/email/rules.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace lupaus::email {

namespace asio = boost::asio;
using desk::inbound::Receipt;
using mailbox::RawMail;

namespace {

constexpr std::chrono::milliseconds kWriteEvery{250};
constexpr std::chrono::milliseconds kRoomPause{100};

constexpr std::string_view kStored = "stored";
constexpr std::string_view kKnown = "known";
constexpr std::string_view kQuarantined = "quarantined";
constexpr std::string_view kRefused = "refused";  // kept as a rejection

std::string_view outcome_of(const Result<Receipt>& receipt, bool is_unreadable) {
    if (!receipt) {
        return kRefused;
    }
    return receipt->duplicate ? kKnown : is_unreadable ? kQuarantined : kStored;
}

// Whether asking again later would change anything.
bool is_settled(const Result<Receipt>& receipt) {
    return receipt || receipt.error().code == Errc::invalid;
}

Error locked(std::string_view what) {
    return {.code = Errc::internal,
            .detail =
                "The channel's " + std::string(what) + " cannot be opened with this program's key (secret.key_file)."};
}

// What a mail is known by that has no bytes: numbered anew with the same number it is still the same.
std::string name_of(const RawMail& mail) {
    return "unfetched#" + std::to_string(mail.uid) + "#" + std::to_string(mail.size) + "#" +
           (mail.arrived ? to_rfc3339(*mail.arrived) : std::string());
}

}  // namespace

MailboxCore::MailboxCore(desk::Context& desk_context, Mailroom& room, net::HttpClient& http)
    : context(desk_context), mailroom(room), tokens(desk_context, http) {
    for (const auto outcome : {kStored, kKnown, kQuarantined, kRefused}) {
        outcomes[outcome] = context.metrics.counter("lupaus_mailbox_mails_total",
                                                    "Mails that were fetched over IMAP, by what became of them.",
                                                    {{"outcome", std::string(outcome)}});
    }
}

// A list of mails from which several take the next one.
struct KeptMailbox::Reading {
    std::vector<RawMail> mails;
    std::vector<Letter> letters;
    std::size_t next = 0;
    bool is_refused = false;
};

struct KeptMailbox::Storing {
    std::span<Letter> letters;
    std::size_t next = 0;
    bool is_refused = false;
};

KeptMailbox::KeptMailbox(MailboxCore& core, MailboxPlace place, const asio::any_io_executor& executor)
    : core_(core), place_(std::move(place)), share_(core.bytes), bell_(executor) {}

asio::awaitable<mailbox::Checkpoint> KeptMailbox::checkpoint() {
    share_.give_back();
    const auto work = [this](Tx& tx) { return find_checkpoint(tx, place_); };
    co_return co_await core_.context.worker.run(Scope::queues(), work);
}

asio::awaitable<Result<imap::Login>> KeptMailbox::login(bool is_refused) {
    const auto work = [this](Tx& tx) { return find_mailbox_login(tx, place_.key); };
    const auto sealed = co_await core_.context.worker.run(scope(), work);
    if (!sealed || sealed->user.empty()) {
        co_return Error{.code = Errc::invalid, .detail = "The channel's imap has no user."};
    }
    imap::Login login{.user = sealed->user};
    if (!sealed->sealed_password.empty()) {
        auto password = core_.context.box.open(sealed->sealed_password);
        if (!password) {
            co_return locked("password");
        }
        login.secret = Secret(*std::move(password));
        co_return login;
    }
    if (!sealed->oauth) {
        co_return Error{.code = Errc::invalid,
                        .detail = "The channel's imap has a user, and neither a password nor oauth."};
    }
    if (is_refused) {
        core_.tokens.forget(place_.key.id);
    }
    desk::mailtoken::Asked asked{.key = place_.key, .grant = *sealed->oauth};
    auto token = co_await core_.tokens.token(std::move(asked));
    if (!token) {
        co_return token.error();
    }
    login.secret = *std::move(token);
    login.proof = imap::Proof::xoauth2;
    co_return login;
}

// Small batches always pass, so that a few large backlogs hold up nobody's new mail.
asio::awaitable<void> KeptMailbox::make_room(std::size_t bytes) {
    share_.give_back();
    while (!share_.grow_to(bytes)) {
        co_await pause(kRoomPause);
    }
}

asio::awaitable<bool> KeptMailbox::store(mailbox::Batch batch) {
    const auto stored = std::ranges::count_if(batch.mails, [](const RawMail& mail) { return mail.trouble.empty(); });
    const CheckpointMove move{.to = batch.checkpoint, .stored = stored};
    Reading reading{.mails = std::move(batch.mails), .letters = {}, .next = 0, .is_refused = false};
    reading.letters.resize(reading.mails.size());
    const auto read = [this, &reading] { return read_some(reading); };
    co_await side_by_side(limits::kMailboxMailsAtOnce, read);
    if (reading.is_refused) {
        co_return false;
    }
    const bool is_stored = co_await store_in_order(std::move(reading.letters));
    share_.give_back();
    if (!is_stored) {
        co_return false;
    }
    const auto work = [this, &move](Tx& tx) { return move_checkpoint(tx, place_, move); };
    const bool is_moved = co_await core_.context.worker.run(Scope::queues(), work);
    if (!is_moved) {
        refusal_ = "Another process reads the mailbox now.";
    }
    co_return is_moved;
}

asio::awaitable<void> KeptMailbox::read_some(Reading& reading) {
    while (reading.next < reading.mails.size() && !reading.is_refused) {
        const auto at = reading.next++;
        auto letter = co_await core_.mailroom.read(arrival_of(std::move(reading.mails[at])));
        if (letter) {
            reading.letters[at] = *std::move(letter);
        } else {
            reading.is_refused = true;
            refusal_ = letter.error().detail;
        }
    }
}

asio::awaitable<bool> KeptMailbox::store_in_order(std::vector<Letter> letters) {
    std::vector<MailIds> ids;
    std::ranges::transform(letters, std::back_inserter(ids), [](const Letter& letter) {
        const auto& head = letter.message.mail;
        return head ? MailIds{.id = head->id, .references = head->references} : MailIds{};
    });
    std::size_t first = 0;
    while (first < letters.size()) {
        const auto count = count_unrelated(std::span(ids).subspan(first));
        Storing storing{.letters = std::span(letters).subspan(first, count), .next = 0, .is_refused = false};
        const auto accept = [this, &storing] { return store_some(storing); };
        co_await side_by_side(limits::kMailboxMailsAtOnce, accept);
        if (storing.is_refused) {
            co_return false;
        }
        first += count;
    }
    co_return true;
}

asio::awaitable<void> KeptMailbox::store_some(Storing& storing) {
    while (storing.next < storing.letters.size() && !storing.is_refused) {
        auto letter = std::move(storing.letters[storing.next++]);
        const bool is_unreadable = !letter.message.unreadable.empty();
        const auto receipt = co_await core_.mailroom.accept(std::move(letter));
        if (is_settled(receipt)) {
            core_.outcomes.at(outcome_of(receipt, is_unreadable)).add();
        } else {
            storing.is_refused = true;
            refusal_ = receipt.error().detail;
        }
    }
}

// The server's time, unless it is none that anybody meant. It has no fractions, so the end of that second is taken: a
// mail never comes before the reply of the same second that it answers.
Arrival KeptMailbox::arrival_of(RawMail mail) const {
    const auto now = system_now();
    const auto heard = mail.arrived ? *mail.arrived + std::chrono::milliseconds{999} : now;
    Arrival arrival{.channel = place_.key.id,
                    .bytes = {},
                    .received_at = std::clamp(heard, Timestamp{}, now),
                    .missing = {}};
    if (!mail.trouble.empty()) {
        arrival.missing = Missing{.external_id = name_of(mail), .reason = std::move(mail.trouble)};
    }
    arrival.bytes = std::move(mail.bytes);
    return arrival;
}

void KeptMailbox::tell(const mailbox::Health& health) {
    health_ = health;
    is_told_ = true;
    bell_.ring();
}

asio::awaitable<void> KeptMailbox::run() {
    desk::Loop loop{.name = "mailbox health", .turn = [this] { return write_health(); }};
    co_await desk::run_loop(core_.context.metrics, std::move(loop));
}

// The newest word, and at most a few a second; what could not be written is written with the next turn.
asio::awaitable<void> KeptMailbox::write_health() {
    while (!is_told_) {
        co_await bell_.wait();
    }
    const auto health = health_;
    const auto work = [this, &health](Tx& tx) { return tell_health(tx, place_, health); };
    co_await core_.context.worker.run(Scope::queues(), work);
    is_told_ = health_ != health;
    co_await pause(kWriteEvery);
}

}  // namespace lupaus::email
