// A mail is read by a machine of five places, so that it may be cut anywhere:
//
//                 "."              CR               LF
//   line_start ────────▶ dot ───────────▶ dot_cr ───────▶ the end
//     ▲   │               │ other: the dot was added       │ other: as after_cr
//     │   ▼ other         ▼                                 ▼
//     │  text ◀──────────────────────────────────────────────┐
//     │   │ CR                                               │ other
//     │   └──────▶ after_cr ─────────────────────────────────┘
//     └───── LF ──────┘

#include "common/smtp/reception.hpp"

#include "common/base/limits.hpp"
#include "common/smtp/path.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::smtp {

namespace {

const Answer kTooLarge{.code = 552, .status = "5.3.4", .text = "The mail is larger than this server takes"};
const Answer kNotNow{.code = 421, .status = "4.3.2", .text = "The service is stopping, try again"};

Answer bad_sequence(std::string text) {
    return {.code = 503, .status = "5.5.1", .text = std::move(text)};
}

Answer bad_argument(std::string text) {
    return {.code = 501, .status = "5.5.4", .text = std::move(text)};
}

}  // namespace

Reception::Reception(ReceptionOptions options) : options_(std::move(options)) {
    output_ = "220 " + options_.host + " LMTP Lupaus\r\n";
}

std::size_t Reception::put(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && asks_ == Asks::input) {
        const auto rest = bytes.substr(used);
        used += is_in_mail_ ? put_mail(rest) : put_line(rest);
    }
    return used;
}

// ---- commands

std::size_t Reception::put_line(std::string_view bytes) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    is_line_too_long_ = is_line_too_long_ || line_.size() + part.size() > limits::kLmtpLineBytesMax;
    if (!is_line_too_long_) {
        line_ += part;
    }
    if (end != std::string_view::npos) {
        end_line();
    }
    return part.size();
}

void Reception::end_line() {
    const auto line = std::exchange(line_, {});
    const auto command = std::string_view(line).substr(0, line.size() - (line.ends_with("\r\n") ? 2 : 0));
    if (std::exchange(is_line_too_long_, false)) {
        fail({.code = 500, .status = "5.5.2", .text = "The line is too long"});
    } else if (has_control(command)) {
        fail({.code = 500, .status = "5.5.2", .text = "A line ends with CR LF and has no other control characters"});
    } else {
        obey(command);
    }
    finish_step();
}

void Reception::obey(std::string_view line) {
    const auto space = std::min(line.find(' '), line.size());
    const auto verb = upper_case(line.substr(0, space));
    const auto argument = trimmed(line.substr(space));
    if (verb == "LHLO") {
        greet(argument);
    } else if (verb == "MAIL") {
        begin_mail(argument);
    } else if (verb == "RCPT") {
        add_recipient(argument);
    } else if (verb == "DATA") {
        begin_data(argument);
    } else if (verb == "RSET") {
        forget_mail();
        say({.code = 250, .status = "2.0.0", .text = "Forgotten"});
    } else if (verb == "NOOP") {
        say({.code = 250, .status = "2.0.0", .text = "Fine"});
    } else if (verb == "QUIT") {
        leave({.code = 221, .status = "2.0.0", .text = "Goodbye"});
    } else if (verb == "VRFY") {
        say({.code = 252, .status = "2.0.0", .text = "RCPT will tell"});
    } else if (verb == "HELO" || verb == "EHLO") {
        fail({.code = 500, .status = "5.5.1", .text = "This is LMTP, which begins with LHLO"});
    } else {
        fail({.code = 500, .status = "5.5.1", .text = "There is no such command"});
    }
}

void Reception::greet(std::string_view domain) {
    if (domain.empty()) {
        return fail(bad_argument("LHLO needs a name"));
    }
    forget_mail();
    is_greeted_ = true;
    output_ += "250-" + options_.host + "\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n";
    output_ += "250-ENHANCEDSTATUSCODES\r\n250 SIZE " + std::to_string(options_.mail_bytes_max) + "\r\n";
}

void Reception::begin_mail(std::string_view argument) {
    if (!is_greeted_ || has_sender_) {
        return fail(bad_sequence(is_greeted_ ? "There is a sender already" : "LHLO comes first"));
    }
    auto path = read_path(argument, "FROM:");
    if (!path) {
        return fail(bad_argument("The form is MAIL FROM:<address>"));
    }
    is_utf8_ = false;
    announced_bytes_ = 0;
    if (const auto refusal = read_parameters(path->parameters)) {
        return fail(*refusal);
    }
    if (const auto refusal = judge_address(path->address, is_utf8_)) {
        return fail(*refusal);
    }
    if (announced_bytes_ > options_.mail_bytes_max) {
        return say(kTooLarge);
    }
    mail_.sender = std::move(path->address);
    has_sender_ = true;
    say({.code = 250, .status = "2.1.0", .text = "Sender noted"});
}

std::optional<Answer> Reception::read_parameters(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto end = std::min(parameters.find(' '), parameters.size());
        const auto parameter = upper_case(parameters.substr(0, end));
        parameters = trimmed(parameters.substr(end));
        if (parameter == "SMTPUTF8") {
            is_utf8_ = true;
        } else if (parameter.starts_with("SIZE=")) {
            const auto size = read_size(std::string_view(parameter).substr(5));
            if (!size) {
                return bad_argument("SIZE is a number of bytes");
            }
            announced_bytes_ = *size;
        } else if (parameter != "BODY=7BIT" && parameter != "BODY=8BITMIME") {
            return Answer{.code = 555, .status = "5.5.4", .text = "A parameter is not known here"};
        }
    }
    return std::nullopt;
}

void Reception::add_recipient(std::string_view argument) {
    if (!has_sender_) {
        return fail(bad_sequence("MAIL comes first"));
    }
    auto path = read_path(argument, "TO:");
    if (!path || path->address.empty()) {
        return fail(bad_argument("The form is RCPT TO:<address>"));
    }
    if (!path->parameters.empty()) {
        return fail({.code = 555, .status = "5.5.4", .text = "A parameter is not known here"});
    }
    if (const auto refusal = judge_address(path->address, is_utf8_)) {
        return fail(*refusal);
    }
    if (mail_.recipients.size() >= options_.recipients_max) {
        return say({.code = 452, .status = "4.5.3", .text = "So many recipients at once are too many"});
    }
    recipient_ = std::move(path->address);
    asks_ = Asks::recipient;
}

void Reception::answer_recipient(const Answer& answer, std::string mailbox) {
    asks_ = Asks::input;
    if (answer.code / 100 == 2) {
        mail_.recipients.push_back({.address = std::move(recipient_), .mailbox = std::move(mailbox)});
    }
    recipient_.clear();
    say(answer);
    finish_step();
}

void Reception::begin_data(std::string_view argument) {
    if (!argument.empty()) {
        return fail(bad_argument("DATA stands alone"));
    }
    if (mail_.recipients.empty()) {
        return fail(bad_sequence("There is no recipient"));
    }
    mail_.bytes.reserve(announced_bytes_);
    is_in_mail_ = true;
    place_ = Place::line_start;
    output_ += "354 Go ahead, the end is a line with a dot\r\n";
}

// ---- the mail

std::size_t Reception::put_mail(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && is_in_mail_) {
        if (place_ == Place::text) {
            const auto run = std::min(bytes.find('\r', used), bytes.size()) - used;
            append(bytes.substr(used, run));
            used += run;
            place_ = used < bytes.size() ? Place::after_cr : Place::text;
            if (used < bytes.size()) {
                append("\r");
                ++used;
            }
        } else if (put_mail_byte(bytes[used])) {
            ++used;
        }
    }
    return used;
}

// False: the byte is looked at again from where the machine is now.
bool Reception::put_mail_byte(char byte) {
    if (place_ == Place::line_start && byte == '.') {
        place_ = Place::dot;
    } else if (place_ == Place::dot && byte == '\r') {
        place_ = Place::dot_cr;
    } else if (place_ == Place::dot_cr && byte == '\n') {
        end_mail();
    } else if (place_ == Place::dot_cr) {
        append("\r");
        place_ = Place::after_cr;
        return false;
    } else if (place_ == Place::after_cr && byte == '\n') {
        append("\n");
        place_ = Place::line_start;
    } else {
        place_ = Place::text;
        return false;
    }
    return true;
}

void Reception::append(std::string_view text) {
    if (drop_) {
        return;
    }
    if (mail_.bytes.size() + text.size() > options_.mail_bytes_max) {
        drop_mail(kTooLarge);
        return;
    }
    mail_.bytes += text;
}

void Reception::drop_mail(const Answer& why) {
    drop_ = why;
    mail_.bytes = {};
}

void Reception::end_mail() {
    is_in_mail_ = false;
    asks_ = Asks::mail;
    if (drop_) {
        const std::vector<Answer> refused(mail_.recipients.size(), *drop_);
        answer_mail(refused);
    }
}

ReceivedMail Reception::take_mail() {
    ReceivedMail mail{.sender = mail_.sender, .recipients = mail_.recipients, .bytes = std::move(mail_.bytes)};
    mail_.bytes = {};
    return mail;
}

void Reception::answer_mail(std::span<const Answer> answers) {
    asks_ = Asks::input;
    for (const auto& answer : answers) {
        say(answer);
    }
    forget_mail();
    finish_step();
}

// ---- what is said

std::string Reception::take_output() {
    return std::exchange(output_, {});
}

void Reception::say(const Answer& answer) {
    output_ += std::to_string(answer.code) + " " + answer.status + " " + answer.text + "\r\n";
}

void Reception::fail(const Answer& answer) {
    say(answer);
    if (++errors_ >= limits::kLmtpErrorsMax) {
        leave({.code = 421, .status = "4.7.0", .text = "Too many errors"});
    }
}

void Reception::leave(const Answer& answer) {
    say(answer);
    asks_ = Asks::end;
}

void Reception::forget_mail() {
    mail_ = {};
    has_sender_ = false;
    drop_.reset();
}

void Reception::shut_down() {
    is_shutting_down_ = true;
    finish_step();
}

void Reception::finish_step() {
    if (is_shutting_down_ && asks_ == Asks::input && !is_in_mail_) {
        leave(kNotNow);
    }
}

void Reception::time_out() {
    if (asks_ != Asks::end) {
        leave({.code = 421, .status = "4.4.2", .text = "Nothing came for too long"});
    }
}

}  // namespace lupaus::smtp
