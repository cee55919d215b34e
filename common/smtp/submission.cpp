#include "common/smtp/submission.hpp"

#include "common/smtp/login.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::smtp {

namespace {

using Kind = Action::Kind;

bool has_eight_bits(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c < 0; });
}

// A recipient's may go beyond ASCII.
bool is_utf8_path(std::string_view address) {
    const auto is_fitting = [](char c) { return c < 0 || (c > ' ' && c <= '~' && c != '<' && c != '>'); };
    return !address.empty() && address.size() <= 254 && text::is_valid_utf8(address) &&
           std::ranges::all_of(address, is_fitting);
}

bool is_path(std::string_view address) {
    return address.size() <= 254 &&
           std::ranges::all_of(address, [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; });
}

bool has_bare_line_end(std::string_view text) {
    for (auto at = text.find_first_of("\r\n"); at != std::string_view::npos; at = text.find_first_of("\r\n", at + 2)) {
        if (!text.substr(at).starts_with("\r\n")) {
            return true;
        }
    }
    return false;
}

// Whatever the step: the relay wants another login, or none at all (RFC 4954, section 6; RFC 5248).
bool is_about_login(const Reply& reply) {
    return reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538;
}

std::string said(const Reply& reply) {
    return "The mail server answered " + to_string(reply) + ".";
}

}  // namespace

Submission::Submission(Job job) : job_(std::move(job)) {
    for (const auto& recipient : job_.recipients) {
        outcome_.recipients.push_back({.recipient = recipient});
    }
    auto mistake = find_mistake(job_);
    const bool is_sound = mistake.empty();
    decide(is_sound ? Fate::unreachable : Fate::refused, is_sound ? "Nothing was tried." : std::move(mistake));
    is_decided_ = !is_sound;
}

Action Submission::connected() {
    if (is_decided_) {
        return {};
    }
    is_secure_ = job_.security == Security::tls;
    step_ = Step::greeting;
    return {.kind = Kind::read};
}

Action Submission::written() {
    return step_ == Step::message ? next_part() : Action{.kind = Kind::read};
}

Action Submission::secured() {
    is_secure_ = true;
    return say(Step::hello, "EHLO " + job_.hello);  // what was offered in the clear counts for nothing
}

Action Submission::received(std::string_view bytes) {
    switch (reader_.put(bytes)) {
        case ReplyReader::Progress::need_more:
            return {.kind = Kind::read};
        case ReplyReader::Progress::refused:
            lost("sent " + reader_.refusal());
            return {};
        case ReplyReader::Progress::complete:
            break;
    }
    const auto reply = reader_.take();
    // An answer that came before its question would be taken for the next one's; and before TLS it may be anybody's.
    if (reader_.has_unread() && step_ != Step::ending && step_ != Step::quit) {
        lost("answered before it was asked");
        return {};
    }
    return answer(reply);
}

Action Submission::answer(const Reply& reply) {
    switch (step_) {
        case Step::greeting:
            return take_greeting(reply);
        case Step::hello:
            return take_hello(reply);
        case Step::starttls:
            return take_starttls(reply);
        case Step::login:
            return take_login(reply);
        case Step::sender:
            return take_sender(reply);
        case Step::recipient:
            return take_recipient(reply);
        case Step::data:
            return take_data(reply);
        case Step::message:  // before the end of it was written: only a refusal makes sense
        case Step::ending:
            return take_ending(reply);
        case Step::connect:
        case Step::handshake:
        case Step::quit:
            break;
    }
    return {};
}

Action Submission::take_greeting(const Reply& reply) {
    return reply.is_done() ? say(Step::hello, "EHLO " + job_.hello) : fail(Fate::unreachable, said(reply));
}

Action Submission::take_hello(const Reply& reply) {
    if (!reply.is_done()) {
        return fail(Fate::unreachable, said(reply));
    }
    offers_ = read_offers(reply);
    if (job_.security != Security::starttls || is_secure_) {
        return begin_login();
    }
    if (!offers_.has_starttls) {
        return fail(Fate::unreachable, "The mail server offers no STARTTLS, without which it is told nothing.");
    }
    return say(Step::starttls, "STARTTLS");
}

Action Submission::take_starttls(const Reply& reply) {
    if (!reply.is_done()) {
        return fail(Fate::unreachable, said(reply));
    }
    step_ = Step::handshake;
    return {.kind = Kind::secure};
}

Action Submission::begin_login() {
    if (!job_.login) {
        return begin_mail();
    }
    login_lines_ = login_lines(*job_.login, offers_.logins);
    if (login_lines_.empty()) {
        std::string offered;
        for (const auto& name : offers_.logins) {
            offered.append(offered.empty() ? "" : ", ").append(name);
        }
        return fail(Fate::unreachable, "The mail server offers none of the logins that are known: " +
                                           (offered.empty() ? "none at all" : offered.substr(0, 200)) + ".");
    }
    std::ranges::reverse(login_lines_);
    auto line = std::move(login_lines_.back());
    login_lines_.pop_back();
    return say(Step::login, std::move(line));
}

Action Submission::take_login(const Reply& reply) {
    if (reply.is_intermediate() && !login_lines_.empty()) {
        auto line = std::move(login_lines_.back());
        login_lines_.pop_back();
        return say(Step::login, std::move(line));
    }
    return reply.is_done() ? begin_mail() : fail(Fate::unreachable, "The login failed. " + said(reply));
}

Action Submission::begin_mail() {
    const auto size = job_.message.size();
    if (offers_.size_max > 0 && size > offers_.size_max) {
        return fail(Fate::refused, "The mail has " + std::to_string(size) + " bytes; the mail server takes " +
                                       std::to_string(offers_.size_max) + ".");
    }
    const auto beyond_ascii = std::ranges::find_if(job_.recipients, has_eight_bits);
    if (beyond_ascii != job_.recipients.end() && !offers_.has_utf8) {
        return fail(Fate::refused, "The mail server takes no address beyond ASCII (it offers no SMTPUTF8), as is " +
                                       *beyond_ascii + ".");
    }
    const bool is_8bit = has_eight_bits(job_.message);
    if (is_8bit && !offers_.has_8bit) {
        return fail(Fate::refused, "The mail server takes only mail of 7 bits.");
    }
    auto line = "MAIL FROM:<" + job_.from + ">";
    line += beyond_ascii != job_.recipients.end() ? " SMTPUTF8" : "";
    line += is_8bit ? " BODY=8BITMIME" : "";
    line += offers_.has_size ? " SIZE=" + std::to_string(size) : "";
    return say(Step::sender, std::move(line));
}

Action Submission::take_sender(const Reply& reply) {
    return reply.is_done() ? say(Step::recipient, "RCPT TO:<" + job_.recipients[0] + ">") : fail(reply);
}

Action Submission::take_recipient(const Reply& reply) {
    if (is_about_login(reply) || reply.code == 421 || reply.is_intermediate()) {
        return fail(reply);
    }
    auto& verdict = outcome_.recipients[recipient_];
    verdict.fate = reply.is_done() ? Fate::sent : reply.is_temporary() ? Fate::try_later : Fate::refused;
    verdict.detail = reply.is_done() ? "" : to_string(reply);
    if (!reply.is_done() && !outcome_.code) {
        outcome_.code = reply.code;
    }
    if (++recipient_ < job_.recipients.size()) {
        return say(Step::recipient, "RCPT TO:<" + job_.recipients[recipient_] + ">");
    }
    return decide_on_recipients();
}

// See above: one that is to be tried later makes all of them wait.
Action Submission::decide_on_recipients() {
    const auto& first = outcome_.recipients.front();
    const auto later = std::ranges::find(outcome_.recipients, Fate::try_later, &Verdict::fate);
    if (first.fate == Fate::sent && later == outcome_.recipients.end()) {
        return say(Step::data, "DATA");
    }
    const auto& reason = first.fate == Fate::refused ? first : *later;
    const auto fate = reason.fate;
    auto detail = "The mail server answered for " + reason.recipient + ": " + reason.detail + ".";
    for (auto& verdict : outcome_.recipients) {
        if (verdict.fate == Fate::sent) {
            verdict = {.recipient = verdict.recipient, .fate = Fate::unreachable, .detail = "Nothing was sent."};
        }
    }
    outcome_.fate = fate;
    outcome_.step = step_;
    outcome_.detail = std::move(detail);
    is_decided_ = true;
    return quit();
}

Action Submission::take_data(const Reply& reply) {
    if (!reply.is_intermediate()) {
        return reply.is_done() ? fail(Fate::unreachable, said(reply)) : fail(reply);
    }
    step_ = Step::message;
    return next_part();
}

// Lines that begin with a dot get another one (RFC 5321, section 4.5.2). The last line of all is a write of its own.
Action Submission::next_part() {
    const std::string_view message = job_.message;
    Action part{.kind = Kind::write};
    while (at_ < message.size() && part.bytes.size() < kMessagePart) {
        if (is_line_begin_ && message[at_] == '.') {
            part.bytes += '.';
        }
        const auto end = message.find('\n', at_);
        const auto line = std::min(end == std::string_view::npos ? message.size() : end + 1, at_ + kMessagePart);
        part.bytes += message.substr(at_, line - at_);
        is_line_begin_ = message[line - 1] == '\n';
        at_ = line;
    }
    if (!part.bytes.empty()) {
        return part;
    }
    if (!is_line_begin_) {
        is_line_begin_ = true;
        part.bytes = "\r\n";
        return part;
    }
    return say(Step::ending, ".");
}

Action Submission::take_ending(const Reply& reply) {
    if (step_ == Step::message && !reply.is_temporary() && !reply.is_permanent()) {
        lost("answered before it was asked");
        return {};
    }
    if (reply.is_intermediate()) {
        lost("sent something that is no answer to a mail");
        return {};
    }
    if (!reply.is_done()) {
        return fail(reply);
    }
    outcome_.fate = Fate::sent;
    outcome_.step = step_;
    outcome_.code = reply.code;
    outcome_.detail.clear();
    for (const auto& verdict : outcome_.recipients) {
        if (verdict.fate == Fate::refused) {
            outcome_.detail += outcome_.detail.empty() ? "It was not sent to " : "; nor to ";
            outcome_.detail += verdict.recipient + ": " + verdict.detail;
        }
    }
    is_decided_ = true;
    return quit();
}

void Submission::lost(std::string_view why, bool has_begun) {
    if (is_decided_) {
        return;
    }
    const bool may_be_accepted = step_ == Step::ending && has_begun;
    decide(may_be_accepted ? Fate::uncertain : Fate::unreachable,
           "The mail server " + std::string(why) + " at the step " + std::string(to_string(step_)) +
               (may_be_accepted ? ": whether it took the mail is not known." : "."));
}

// A write of its own that has no answer yet.
Action Submission::say(Step step, std::string line) {
    step_ = step;
    return {.kind = Kind::write, .bytes = std::move(line) + "\r\n"};
}

Action Submission::fail(Fate fate, std::string detail) {
    decide(fate, std::move(detail));
    return quit();
}

Action Submission::fail(const Reply& reply) {
    outcome_.code = reply.code;
    const auto fate = is_about_login(reply)  ? Fate::unreachable
                      : reply.is_permanent() ? Fate::refused
                      : reply.is_temporary() ? Fate::try_later
                                             : Fate::unreachable;
    return fail(fate, said(reply));
}

// The same for all who were not refused before.
void Submission::decide(Fate fate, std::string detail) {
    outcome_.fate = fate;
    outcome_.step = step_;
    for (auto& verdict : outcome_.recipients) {
        if (verdict.fate != Fate::refused) {
            verdict.fate = fate;
            verdict.detail = detail;
        }
    }
    outcome_.detail = std::move(detail);
    is_decided_ = true;
}

Action Submission::quit() {
    return say(Step::quit, "QUIT");
}

std::string find_mistake(const Job& job) {
    if (job.recipients.empty()) {
        return "The mail is for nobody.";
    }
    for (const auto& recipient : job.recipients) {
        if (!is_utf8_path(recipient)) {
            return "A recipient is no address that SMTP can carry.";
        }
    }
    if (!is_path(job.from) || job.hello.empty() || !is_path(job.hello)) {
        return "The sender is no address that SMTP can carry.";
    }
    if (job.message.find('\0') != std::string::npos || has_bare_line_end(job.message)) {
        return "The mail has a NUL or a line that does not end in CR LF.";
    }
    const auto secret = job.login ? job.login->secret.reveal() : std::string_view{};
    constexpr std::string_view kSeparators("\0\x01\r\n", 4);  // of the fields of a login
    if (job.login && (job.login->username.find_first_of(kSeparators) != std::string::npos ||
                      secret.find_first_of(kSeparators) != std::string_view::npos)) {
        return "The user name or the password has a character that no login can carry.";
    }
    return "";
}

std::string_view to_string(Step step) {
    static constexpr std::string_view kNames[] = {"connect", "greeting",  "hello", "starttls", "handshake", "login",
                                                  "sender",  "recipient", "data",  "message",  "ending",    "quit"};
    return kNames[static_cast<std::size_t>(step)];
}

std::string_view to_string(Fate fate) {
    static constexpr std::string_view kNames[] = {"sent", "refused", "try_later", "uncertain", "unreachable"};
    return kNames[static_cast<std::size_t>(fate)];
}

}  // namespace lupaus::smtp
