// What of a mail's head decides where it belongs and whom its answer concerns. Pure, linear, any thread.
#pragma once

#include "common/mail/mail.hpp"
#include "services/desk/inbound/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::letter {

// In-Reply-To and References, the newest first, each once and not the mail's own: at most kMailReferencesMax, of which
// the last is the oldest of all, since programs that shorten the list keep that one.
std::vector<std::string> references_of(const lupaus::mail::Mail& mail);

// From, Reply-To, To and Cc in this order, each address once for a role, at most kMailPeopleMax.
std::vector<inbound::Person> people_of(const lupaus::mail::Mail& mail);

// Without `answers`, for which an account is needed: see reply_address.hpp.
inbound::MailHead head_of(const lupaus::mail::Mail& mail);

// What a mail of this desk is known by; `address` is its channel's.
std::string make_message_id(MessageId message, std::string_view address);

std::string lower_address(std::string_view address);  // ASCII alone; what the desk compares addresses in

}  // namespace lupaus::desk::letter
