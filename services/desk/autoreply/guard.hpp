// Whether a machine may answer a mail by itself, and how it says that it is one. What two machines would write to each
// other for ever, and what would make the desk send mail to somebody who never wrote to it, is not answered at all; a
// person may always answer. Pure, linear, any thread.
// Sources: RFC 3834 (automatic responses), RFC 2919 and 2369 (lists), RFC 2142 (names of roles), Microsoft [MS-OXCMAIL]
// (X-Auto-Response-Suppress).
#pragma once

#include "common/mail/mail.hpp"
#include "services/desk/autoreply/rules.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::autoreply {

// What the mail itself does not say.
struct Situation {
    std::optional<std::string> return_path{};  // of the envelope; "": null
    std::span<const std::string> own{};        // the desk's addresses, in lower case
    bool is_verified = false;                  // the sender's domain, by a host that the channel trusts
    Before before{};
};

// The rule that forbids it, for people: null_return_path, no_sender, own_address, machine_address, auto_submitted,
// suppressed, list, report, not_addressed, not_verified, once_a_day, conversation_cap. Empty: it may be answered.
std::optional<std::string_view> why_not(const lupaus::mail::Mail& mail, const Situation& situation);

// What an automatic mail carries; `is_answer`: to one that came. Its return path is null besides.
std::vector<lupaus::mail::Header> automatic_headers(bool is_answer);

}  // namespace lupaus::desk::autoreply
