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

bool has_trouble(const RawMail& mail) {
    return !mail.trouble.empty();
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

}  // namespace

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
    : core_(core), place_(std::move(place)), unfetched_(core, place_), share_(core.bytes), bell_(executor) {}

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
    std::vector<RawMail> troubled;
    std::ranges::copy_if(batch.mails, std::back_inserter(troubled), has_trouble);
    std::erase_if(batch.mails, has_trouble);
    const CheckpointMove move{.to = batch.checkpoint, .stored = std::ssize(batch.mails)};
    const auto held = co_await unfetched_.hold(troubled, move.to.uid_validity);
    if (!held) {
        refusal_ = held.error().detail;
        co_return false;
    }
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
    const auto numbering = unfetched_.numbering(move.to.uid_validity);
    const auto work = [this, &move, &numbering, &held](Tx& tx) {
        desk::unfetched::enter(tx, numbering, *held);
        return move_checkpoint(tx, place_, move);
    };
    const bool is_moved = co_await core_.context.worker.run(Scope::queues(), work);
    if (!is_moved) {
        refusal_ = "Another process reads the mailbox now.";
    }
    co_return is_moved;
}

asio::awaitable<void> KeptMailbox::read_some(Reading& reading) {
    while (reading.next < reading.mails.size() && !reading.is_refused) {
        const auto at = reading.next++;
        auto& mail = reading.mails[at];
        Arrival arrival{.channel = place_.key.id,
                        .bytes = std::move(mail.bytes),
                        .received_at = received_at(mail.arrived, system_now()),
                        .missing = {}};
        auto letter = co_await core_.mailroom.read(std::move(arrival));
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
            core_.count(receipt, is_unreadable);
        } else {
            storing.is_refused = true;
            refusal_ = receipt.error().detail;
        }
    }
}

asio::awaitable<std::vector<mailbox::Wanted>> KeptMailbox::wanted(mailbox::Checkpoint checkpoint) {
    return unfetched_.wanted(checkpoint.uid_validity);
}

asio::awaitable<bool> KeptMailbox::settle(RawMail mail) {
    const bool is_stored = co_await unfetched_.settle(std::move(mail));
    share_.give_back();
    co_return is_stored;
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
