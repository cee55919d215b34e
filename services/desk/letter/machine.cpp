#include "services/desk/letter/machine.hpp"

#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>

namespace lupaus::desk::letter {

namespace {

using lupaus::mail::Header;
using lupaus::mail::Mail;

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(kSpace);
    return from == std::string_view::npos ? std::string_view()
                                          : text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

// Without parameters or comments, in lower case.
std::string word_of(std::string_view value) {
    return text::lower_ascii(trim(value.substr(0, value.find_first_of(";("))));
}

template <class Matches>
bool has_header(const Mail& mail, std::string_view name, Matches matches) {
    return std::ranges::any_of(mail.headers,
                               [&](const Header& header) { return header.name == name && matches(header.value); });
}

// ---- the rules, each by its name

// SpamAssassin says where it ran: "… on mx.shop.example". The customer's own provider may run it on what goes out.
bool is_checked_elsewhere(const Mail& mail, const std::string& trusted_host) {
    const auto names_other = [&](std::string_view value) {
        const auto words = text::lower_ascii(trim(value));
        return words.find(" on ") != std::string::npos && !words.ends_with(" on " + text::lower_ascii(trusted_host));
    };
    return has_header(mail, "x-spam-checker-version", names_other);
}

// A sender who writes these headers accuses nobody but themselves; one who denies is not asked.
bool is_flagged_as_spam(const Mail& mail, const Hints& hints) {
    if (!hints.trusted_host || is_checked_elsewhere(mail, *hints.trusted_host)) {
        return false;
    }
    const auto says_yes = [](std::string_view value) {
        const auto word = text::lower_ascii(trim(value.substr(0, value.find(','))));
        return word == "yes" || word == "true";
    };
    return std::ranges::any_of(std::array{"x-spam-flag", "x-spam-status", "x-spam"},
                               [&](std::string_view name) { return has_header(mail, name, says_yes); });
}

bool is_bounce(const Mail& mail, const Hints&) {
    return mail.report && std::ranges::any_of(mail.report->recipients, [](const auto& recipient) {
               return text::lower_ascii(recipient.action) == "failed";
           });
}

bool is_report(const Mail& mail, const Hints&) {
    return mail.report.has_value();
}

bool is_read_receipt(const Mail& mail, const Hints&) {
    return mail.is_read_receipt;
}

bool has_null_return_path(const Mail& mail, const Hints& hints) {
    return hints.has_null_return_path ||
           has_header(mail, "return-path", [](std::string_view value) { return trim(value) == "<>"; });
}

bool is_auto_submitted(const Mail& mail, const Hints&) {
    return has_header(mail, "auto-submitted", [](std::string_view value) {
        const auto word = word_of(value);
        return !word.empty() && word != "no";
    });
}

// Who wants no automatic answer is an automaton where it wants none at all; "DR, RN" is about receipts alone.
bool suppresses_responses(const Mail& mail, const Hints&) {
    return has_header(mail, "x-auto-response-suppress", [](std::string_view value) {
        const auto words = text::lower_ascii(value);
        return std::ranges::any_of(std::array{"all", "oof", "autoreply"},
                                   [&](std::string_view word) { return words.find(word) != std::string::npos; });
    });
}

bool has_reply_precedence(const Mail& mail, const Hints&) {
    return has_header(mail, "precedence", [](std::string_view value) {
        const auto word = word_of(value);
        return word == "auto_reply" || word == "auto-reply";
    });
}

bool has_autoreply_header(const Mail& mail, const Hints&) {
    constexpr std::array kNames{"x-autoreply",      "x-auto-reply",     "x-autorespond",   "x-autoresponder",
                                "x-auto-responder", "x-autoreply-from", "x-mail-autoreply"};
    const auto is_meant = [](std::string_view value) { return word_of(value) != "no"; };
    return std::ranges::any_of(kNames, [&](std::string_view name) { return has_header(mail, name, is_meant); });
}

// What mail programs put before the subject of an absence note. A person's answer to one begins with "Re:".
bool is_out_of_office(const Mail& mail, const Hints&) {
    constexpr std::array kPrefixes{"automatic reply:",
                                   "out of office:",
                                   "autoreply:",
                                   "automaattinen vastaus:",
                                   "automatische antwort:",
                                   "abwesenheitsnotiz:",
                                   "réponse automatique :",
                                   "réponse automatique:",
                                   "respuesta automática:",
                                   "autosvar:",
                                   "automatiskt svar:"};
    const auto subject = text::lower_ascii(trim(mail.subject));
    return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return subject.starts_with(prefix); });
}

struct Rule {
    std::string_view name;
    message::Verdict verdict;
    bool (*fires)(const Mail&, const Hints&);
};

// In this order: what is spam is no less so for being automatic, and a report says more than its return path.
constexpr std::array kRules{
    Rule{"mail.spam_flag", message::Verdict::spam, is_flagged_as_spam},
    Rule{"mail.bounce", message::Verdict::automatic, is_bounce},
    Rule{"mail.report", message::Verdict::automatic, is_report},
    Rule{"mail.read_receipt", message::Verdict::automatic, is_read_receipt},
    Rule{"mail.null_return_path", message::Verdict::automatic, has_null_return_path},
    Rule{"mail.auto_submitted", message::Verdict::automatic, is_auto_submitted},
    Rule{"mail.auto_response_suppress", message::Verdict::automatic, suppresses_responses},
    Rule{"mail.precedence", message::Verdict::automatic, has_reply_precedence},
    Rule{"mail.autoreply_header", message::Verdict::automatic, has_autoreply_header},
    Rule{"mail.out_of_office", message::Verdict::automatic, is_out_of_office},
};

// ---- Authentication-Results

// What a sender can write into a comment or between quotes must not read as a result.
std::string without_comments(std::string_view value) {
    std::string out;
    int depth = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '\\' && (is_quoted || depth > 0)) {
            ++i;
        } else if (c == '"' && depth == 0) {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == '(' || (c == ')' && depth > 0))) {
            depth += c == '(' ? 1 : -1;
        } else if (!is_quoted && depth == 0) {
            out += c;
        }
    }
    return out;
}

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return text::lower_ascii(at == std::string_view::npos ? address : address.substr(at + 1));
}

// Of "dkim=pass header.d=shop.example header.i=@shop.example" the value after `name`.
std::string property(std::string_view result, std::string_view name) {
    const auto at = result.find(name);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto value = result.substr(at + name.size());
    return std::string(value.substr(0, value.find_first_of(kSpace)));
}

bool passes(std::string_view result, std::string_view domain) {
    if (result.starts_with("dmarc=pass")) {
        return true;
    }
    if (result.starts_with("dkim=pass")) {
        return property(result, "header.d=") == domain || domain_of(property(result, "header.i=")) == domain;
    }
    return result.starts_with("spf=pass") && domain_of(property(result, "smtp.mailfrom=")) == domain;
}

// "mx.example 1; spf=pass smtp.mailfrom=…; dkim=pass header.d=…", in lower case.
bool vouches(std::string_view value, std::string_view host, std::string_view domain) {
    auto end = value.find(';');
    const auto named = trim(value.substr(0, end));
    if (end == std::string_view::npos || named.substr(0, named.find_first_of(kSpace)) != host) {
        return false;
    }
    while (end != std::string_view::npos) {
        value.remove_prefix(end + 1);
        end = value.find(';');
        if (passes(trim(value.substr(0, end)), domain)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<message::Judgement> judge(const Mail& mail, const Hints& hints) {
    const auto rule = std::ranges::find_if(kRules, [&](const Rule& r) { return r.fires(mail, hints); });
    if (rule == kRules.end()) {
        return std::nullopt;
    }
    return message::Judgement{.verdict = rule->verdict, .rule = std::string(rule->name)};
}

bool is_authenticated(const Mail& mail, std::string_view trusted_host) {
    if (mail.from.size() != 1 || trusted_host.empty()) {
        return false;
    }
    const auto host = text::lower_ascii(trusted_host);
    const auto domain = domain_of(mail.from.front().address);
    return !domain.empty() && has_header(mail, "authentication-results", [&](std::string_view value) {
        return vouches(text::lower_ascii(without_comments(value)), host, domain);
    });
}

}  // namespace lupaus::desk::letter
