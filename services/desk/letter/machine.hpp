// Which mails no person wrote to the desk, by their headers, and which rule says so. They are stored, threaded and
// shown, and start no wait. Mailing lists are none of them: what comes over a list was written by somebody, and List-Id
// or Precedence: bulk alone says nothing. Pure, linear, any thread. Sources: RFC 3834 (Auto-Submitted), RFC 3464
// (delivery reports), RFC 8098 (receipts), RFC 8601 (Authentication-Results), Microsoft [MS-OXCMAIL]
// (X-Auto-Response-Suppress).
#pragma once

#include "common/mail/mail.hpp"
#include "services/desk/message/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::letter {

struct Hints {
    std::optional<std::string> trusted_host{};  // of the channel; without one no header is believed about spam
    bool has_null_return_path = false;          // of the envelope; the header Return-Path is looked at as well
};

// The first rule that fires: mail.spam_flag (spam); mail.bounce, mail.report, mail.read_receipt, mail.null_return_path,
// mail.auto_submitted, mail.auto_response_suppress, mail.precedence, mail.autoreply_header, mail.out_of_office (all
// automatic). Empty: a person's, as far as headers tell.
std::optional<message::Judgement> judge(const lupaus::mail::Mail& mail, const Hints& hints);

// Whether the trusted host says that the mail comes from the domain of its From: dmarc=pass, or dkim or spf of that
// domain. Anybody else's word, and a domain that is only similar, count for nothing.
bool is_authenticated(const lupaus::mail::Mail& mail, std::string_view trusted_host);

}  // namespace lupaus::desk::letter
