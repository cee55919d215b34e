#include "common/imap/cursor.hpp"
#include "common/imap/session.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

// From the greeting to the folder: what a session says before it is ready, and what it never says.
namespace lupaus::imap {

namespace {

std::uint32_t number_of(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        if (!word.empty()) {
            words.push_back(upper(word));
        }
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

}  // namespace

void Session::begin(Line line) {
    line_ = line;
    if (line == Line::open) {
        fail({FailureKind::insecure, "Without TLS nothing is said to a server on another machine."});
    }
}

void Session::secured() {
    wants_tls_ = false;
    line_ = Line::secure;
    capabilities_.clear();  // whoever said these has not proved who it is
    selected_ = {};
    ask_capabilities(&Session::on_capabilities);
}

void Session::take(Status& status) {
    if (!is_greeted_) {
        take_greeting(status);
        return;
    }
    if (status.code == "CAPABILITY") {
        capabilities_ = words_of(status.code_value);
    }
    if (status.tag.empty()) {
        take_untagged(status);
        return;
    }
    const auto at = std::ranges::find(commands_, status.tag, &Command::tag);
    if (at == commands_.end()) {
        fail({FailureKind::malformed, "The server answered a command that was never given."});
        return;
    }
    const auto done = at->done;
    answered_uid_ = at->uid;
    commands_.erase(at);
    (this->*done)(status);
}

void Session::take(Continuation& /*more*/) {
    if (commands_.empty()) {
        fail({FailureKind::malformed, "The server asked for more where nothing had been begun."});
        return;
    }
    auto& command = commands_.front();
    if (!command.parts.empty()) {
        output_.append(command.parts.front()).append("\r\n");
        command.parts.pop_front();
    } else if (command.done == &Session::on_idle && idle_ == Idle::asked) {
        idle_ = Idle::on;
        if (ends_idle_) {
            end_idle();
        }
    } else if (command.done == &Session::on_login && login_.proof == Proof::xoauth2 &&
               !std::exchange(is_token_refused_, true)) {
        output_ += "\r\n";  // it has said why, and wants this before it says no
    } else {
        fail({FailureKind::malformed, "The server asked for more than there is."});
    }
}

void Session::take(Capabilities& capabilities) {
    capabilities_ = std::move(capabilities.names);
}

void Session::take_greeting(const Status& status) {
    is_greeted_ = true;
    if (!status.tag.empty()) {
        fail({FailureKind::malformed, "The server began with an answer to nothing."});
    } else if (status.condition != Condition::ok && status.condition != Condition::preauth) {
        refuse(FailureKind::refused, "The server takes nobody", status);
    } else if (line_ == Line::upgrade && status.condition == Condition::preauth) {
        fail({FailureKind::insecure, "The server takes everybody for logged in before TLS: it cannot be trusted."});
    } else if (line_ == Line::upgrade) {
        send({"STARTTLS"}, &Session::on_starttls);
    } else {
        is_logged_in_ = status.condition == Condition::preauth;
        ask_capabilities(&Session::on_capabilities);
    }
}

void Session::take_untagged(const Status& status) {
    if (status.condition == Condition::bye) {
        refuse(FailureKind::refused, "The server ended the session", status);
    } else if (status.code == "UIDVALIDITY") {
        selected_.uid_validity = number_of(status.code_value);
    } else if (status.code == "UIDNEXT") {
        selected_.uid_next = number_of(status.code_value);
    }
}

void Session::on_starttls(const Status& status) {
    if (status.condition != Condition::ok) {
        refuse(FailureKind::insecure, "The server refuses STARTTLS", status);
    } else if (!reader_.is_between_responses()) {
        fail({FailureKind::insecure, "Something was said in the clear where TLS had to begin."});
    } else {
        wants_tls_ = true;
    }
}

void Session::ask_capabilities(Done done) {
    send({"CAPABILITY"}, done);
}

void Session::on_capabilities(const Status& status) {
    if (status.condition != Condition::ok) {
        refuse(FailureKind::refused, "The server does not say what it can do", status);
    } else if (is_logged_in_) {
        enter();
    } else {
        log_in();
    }
}

void Session::log_in() {
    auto parts = login_command(login_, capabilities_);
    if (!parts) {
        fail({FailureKind::login, parts.error().detail});
        return;
    }
    capabilities_.clear();  // there are others once somebody is known
    send(*std::move(parts), &Session::on_login);
}

void Session::on_login(const Status& status) {
    if (status.condition != Condition::ok) {
        const bool is_passing = status.code == "UNAVAILABLE" || status.code == "INUSE" || status.code == "LIMIT";
        refuse(is_passing ? FailureKind::refused : FailureKind::login, "The server refused the login", status);
        return;
    }
    is_logged_in_ = true;
    if (capabilities_.empty()) {
        ask_capabilities(&Session::on_capabilities);
    } else {
        enter();
    }
}

void Session::enter() {
    can_idle_ = contains(capabilities_, "IDLE");
    select();
}

void Session::select() {
    selected_ = {};
    const auto name = folder_name(folder_.name);
    if (!name) {
        fail({FailureKind::folder, name.error().detail});
        return;
    }
    send({(folder_.is_read_only ? "EXAMINE " : "SELECT ") + *name}, &Session::on_select);
}

void Session::on_select(const Status& status) {
    if (status.condition != Condition::ok) {
        refuse(FailureKind::folder, "The folder \"" + folder_.name + "\" cannot be opened", status);
    } else if (selected_.uid_validity == 0) {
        fail({FailureKind::folder, "The server gives mails no lasting numbers (UIDVALIDITY is missing)."});
    }
}

}  // namespace lupaus::imap
