// A delivery report that comes as a mail (RFC 3464), tied to the reply that bounced by the Message-ID that the desk
// gave it. A transaction of its own before the mail itself is accepted: saying it twice is harmless, and a report whose
// mail is acknowledged has been heeded. Scope: the account. Locks as delivery::note_receipt.
#pragma once

#include "common/mail/mail.hpp"
#include "common/postgres/tx.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/letter/store.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::letter {

// Why it failed, for people, each failed recipient named; empty: nothing failed that the reply depends on: a delay, a
// success, or somebody in copy alone. Pure.
std::string failure_of(const lupaus::mail::Report& report, const Sent& sent);

// The delivery as it is now; empty: the report is of no reply of the account, or says nothing new. Whoever commits
// announces its end (delivery::announce_end).
std::optional<delivery::Delivery> note_bounce(Tx& tx, AccountId account, const lupaus::mail::Report& report,
                                              telemetry::Metrics& metrics);

}  // namespace lupaus::desk::letter
