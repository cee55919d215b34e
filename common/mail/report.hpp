// Reports of machines about a mail that was sent (RFC 6522): of its delivery (RFC 3464, and 6533 for addresses in
// UTF-8) and of its having been read (RFC 8098). Any thread, no errors.
#pragma once

#include "common/mail/mail.hpp"
#include "common/mail/structure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::mail {

// Fills report and is_read_receipt where the mail is such a report as a whole.
void read_report(const std::vector<Entity>& entities, Mail& mail);

// The ids of Message-ID, In-Reply-To and References, without <>, in their order. Where nobody wrote brackets, words.
std::vector<std::string> parse_message_ids(std::string_view folded);

}  // namespace lupaus::mail
