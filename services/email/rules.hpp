// What the LMTP listener decides, and what those that read mailboxes. Pure.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::email {

// The names by which the mailbox of a recipient is looked for, the best first: as it stands, and without what follows
// the first + of its local part (RFC 5233).
std::vector<std::string> names_of(std::string_view recipient);

// How a refusal is said in LMTP (RFC 3463); the caller tries 4xx again.
struct Verdict {
    int code = 451;
    std::string_view status = "4.3.0";
};

Verdict verdict_of(Errc code);

// The fields that whoever delivers a mail for good puts in front of it (RFC 5321, section 4.4), so that its bytes say
// who sent it and for whom it was. Each ends with CR LF.
struct Trace {
    std::string sender;  // empty: <>
    std::vector<std::string> recipients;
    std::string host;
    std::string date;  // RFC 5322
};

std::string trace_of(const Trace& trace);

// When a mail arrived of which a server says when (IMAP's INTERNALDATE), unless that is none that anybody meant. It has
// no fractions, so the end of that second is taken: a mail never comes before the reply of the same second that it
// answers.
Timestamp received_at(const std::optional<Timestamp>& arrived, Timestamp now);

// A mail's Message-ID (empty: none), and those that it answers.
struct MailIds {
    std::string id{};
    std::vector<std::string> references{};
};

// How many of the first of these mails may be stored side by side: a mail is threaded by what is known when its turn
// comes, so one that answers another waits for that. At least one.
std::size_t count_unrelated(std::span<const MailIds> mails);

}  // namespace lupaus::email
