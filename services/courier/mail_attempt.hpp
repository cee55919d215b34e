// One reply as a mail, as pure functions: what is written of it, to whom and how it is handed over, and what the mail
// server's answer means. The body of the delivery is what the reply said when it was written, so every attempt gives
// the same bytes under the same Message-ID. Any thread.
#pragma once

#include "common/base/error.hpp"
#include "common/mail/draft.hpp"
#include "common/smtp/submission.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/delivery/store.hpp"

#include <string>
#include <string_view>

namespace lupaus::courier {

// Without its files. Errors: invalid, where the reply is none that a mail can be made of. Of a reply that no agent
// wrote the mail says so (RFC 3834).
Result<mail::Draft> draft_of(const desk::delivery::Delivery& delivery);

bool is_automatic(const desk::delivery::Delivery& delivery);

// Inline where the mail's markup shows it.
mail::Part part_of(const desk::delivery::SentFile& file, const mail::Draft& draft, std::string bytes);

// The message and the login are still to be put in.
smtp::Job make_mail_job(const desk::delivery::Job& job, const mail::Draft& draft);

desk::delivery::Report report_of(const smtp::Outcome& outcome);

}  // namespace lupaus::courier
