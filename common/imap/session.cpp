#include "common/imap/session.hpp"

#include "common/text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::imap {

namespace {

constexpr std::size_t kQuoteBytesMax = 300;  // of what a server said, in an explanation

std::string human(std::string_view text) {
    return text::utf8_prefix(text::repair_utf8(text), kQuoteBytesMax);
}

}  // namespace

Session::Session(Login login, Folder folder, ReaderLimits limits)
    : login_(std::move(login)), folder_(std::move(folder)), reader_(limits) {}

Session::Need Session::need() const {
    if (failure_) {
        return Need::over;
    }
    if (wants_tls_) {
        return Need::tls;
    }
    return is_greeted_ && commands_.empty() ? Need::nothing : Need::bytes;
}

std::string Session::take_output() {
    return std::exchange(output_, {});
}

void Session::put(std::string_view bytes) {
    if (wants_tls_) {
        fail({FailureKind::insecure, "Something was said in the clear where TLS had to begin."});
    }
    reader_.put(bytes);
    while (!failure_) {
        auto response = reader_.next();
        if (!response) {
            return;
        }
        if (!*response) {
            const bool is_too_large = response->error().code == Errc::too_large;
            fail({is_too_large ? FailureKind::too_large : FailureKind::malformed, response->error().detail});
            return;
        }
        std::visit([this](auto& what) { take(what); }, **response);
    }
}

void Session::fail(Failure failure) {
    if (!failure_) {
        failure_ = std::move(failure);
        output_.clear();
    }
}

void Session::refuse(FailureKind kind, std::string_view what, const Status& status) {
    fail({kind, std::string(what) + (status.text.empty() ? "." : ": " + human(status.text))});
}

void Session::send(std::vector<std::string> parts, Done done, std::uint32_t uid) {
    Command command{.tag = "L" + std::to_string(++last_tag_), .done = done, .uid = uid};
    output_.append(command.tag).append(" ").append(parts.front()).append("\r\n");
    command.parts.assign(std::make_move_iterator(parts.begin() + 1), std::make_move_iterator(parts.end()));
    commands_.push_back(std::move(command));
}

void Session::list(UidRange range, std::size_t count_max) {
    has_news_ = false;
    range_ = range;
    count_max_ = count_max;
    listed_.clear();
    const auto last = range.last == 0 ? "*" : std::to_string(range.last);
    send({"UID FETCH " + std::to_string(range.first) + ":" + last + " (UID RFC822.SIZE INTERNALDATE)"},
         &Session::on_list);
}

// One command a mail, all at once: each is answered on its own, so that a mail which a server cannot hand out names
// itself and holds up nothing else.
void Session::fetch(std::span<const std::uint32_t> uids, std::size_t bytes_max) {
    mails_.clear();
    bytes_left_ = bytes_max;
    for (const auto uid : uids) {
        mails_.push_back({.uid = uid});
        send({"UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[])"}, &Session::on_fetch, uid);
    }
}

void Session::mark_seen(std::span<const std::uint32_t> uids) {
    refusal_.clear();
    send({"UID STORE " + uid_set(uids) + " +FLAGS.SILENT (\\Seen)"}, &Session::on_change);
}

void Session::move(std::span<const std::uint32_t> uids, std::string_view folder) {
    const auto name = folder_name(folder);
    refusal_ = name ? "" : name.error().detail;
    if (!name) {
        return;
    }
    copied_set_ = uid_set(uids);
    if (contains(capabilities_, "MOVE")) {
        send({"UID MOVE " + copied_set_ + " " + *name}, &Session::on_change);
    } else {
        send({"UID COPY " + copied_set_ + " " + *name}, &Session::on_copy);
    }
}

void Session::idle() {
    if (!has_news_) {
        idle_ = Idle::asked;
        ends_idle_ = false;
        send({"IDLE"}, &Session::on_idle);
    }
}

void Session::end_idle() {
    ends_idle_ = true;
    if (idle_ == Idle::on) {
        idle_ = Idle::ending;
        output_ += "DONE\r\n";
    }
}

std::vector<Listed> Session::take_listed() {
    shorten_list();
    return std::exchange(listed_, {});
}

// To the oldest. Doubles go first: they must not push out a mail that nobody would miss then.
void Session::shorten_list() {
    std::ranges::sort(listed_, {}, &Listed::uid);
    const auto doubles = std::ranges::unique(listed_, {}, &Listed::uid);
    listed_.erase(doubles.begin(), doubles.end());
    listed_.resize(std::min(listed_.size(), count_max_));
}

std::vector<Mail> Session::take_mails() {
    return std::exchange(mails_, {});
}

// Servers that have several commands before them may say that they are done with the first ones after the bytes of the
// last, as Dovecot does: whose bytes are there is not to blame for what comes behind them.
std::optional<std::uint32_t> Session::fetching() const {
    const auto has_bytes = [this](std::uint32_t uid) {
        const auto mail = std::ranges::find(mails_, uid, &Mail::uid);
        return mail != mails_.end() && mail->bytes;
    };
    std::optional<std::uint32_t> first;
    for (const auto& command : commands_) {
        if (command.uid != 0 && !has_bytes(command.uid)) {
            return command.uid;
        }
        first = first || command.uid == 0 ? first : std::optional(command.uid);
    }
    return first;
}

std::string Session::take_refusal() {
    return std::exchange(refusal_, {});
}

void Session::take(Exists& exists) {
    has_news_ = has_news_ || exists.count > selected_.exists;
    selected_.exists = exists.count;
    if (has_news_ && idle_ != Idle::off) {
        end_idle();
    }
}

void Session::take(Expunged& expunged) {
    selected_.exists -= expunged.sequence > 0 && selected_.exists > 0 ? 1 : 0;
}

void Session::take(Fetched& fetched) {
    if (fetched.body) {
        if (fetched.body->size() > bytes_left_) {
            fail({FailureKind::too_large, "The server sent more than it had announced."});
            return;
        }
        bytes_left_ -= fetched.body->size();
        const auto uid = fetched.uid != 0 ? fetched.uid : fetching().value_or(0);
        const auto mail = std::ranges::find(mails_, uid, &Mail::uid);
        if (mail != mails_.end()) {
            mail->bytes = std::move(*fetched.body);
        }
        return;
    }
    const bool is_listing = !commands_.empty() && commands_.front().done == &Session::on_list;
    // A server answers 7:* with the newest mail also where that is older.
    const bool is_within = fetched.uid >= range_.first && (range_.last == 0 || fetched.uid <= range_.last);
    if (is_listing && is_within && (fetched.size || fetched.arrived)) {
        listed_.push_back({.uid = fetched.uid, .size = fetched.size.value_or(0), .arrived = fetched.arrived});
    }
    if (listed_.size() > 2 * count_max_) {
        shorten_list();
    }
}

void Session::take(Unknown& /*unknown*/) {}

void Session::on_list(const Status& status) {
    if (status.condition != Condition::ok) {
        refuse(FailureKind::refused, "The server did not list the folder", status);
    }
}

void Session::on_fetch(const Status& status) {
    const auto mail = std::ranges::find(mails_, answered_uid_, &Mail::uid);
    if (mail == mails_.end()) {
        return;
    }
    mail->is_answered = true;
    if (status.condition != Condition::ok) {
        mail->bytes.reset();
        mail->reason = "The server did not hand the mail out: " + human(status.text);
    } else if (!mail->bytes) {
        mail->reason = "The server lists the mail and does not hand it out.";
    }
}

void Session::on_change(const Status& status) {
    if (status.condition != Condition::ok) {
        refusal_ = human(status.text.empty() ? "no reason was given" : status.text);
    }
}

// Where MOVE is missing. Without UIDPLUS what is marked as deleted stays: a plain EXPUNGE would take others' mails too.
void Session::on_copy(const Status& status) {
    on_change(status);
    if (status.condition == Condition::ok) {
        send({"UID STORE " + copied_set_ + " +FLAGS.SILENT (\\Deleted)"}, &Session::on_deleted);
    }
}

void Session::on_deleted(const Status& status) {
    on_change(status);
    if (status.condition == Condition::ok && contains(capabilities_, "UIDPLUS")) {
        send({"UID EXPUNGE " + copied_set_}, &Session::on_change);
    }
}

// One that ends before it was asked to is none, and would be asked for without end.
void Session::on_idle(const Status& status) {
    const auto was = std::exchange(idle_, Idle::off);
    can_idle_ = was == Idle::ending && status.condition == Condition::ok;
}

}  // namespace lupaus::imap
