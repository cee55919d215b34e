// Messages as their senders have changed them since. A message that was taken back leaves its place without its words
// and files; where it was the last that waited for an answer, the wait is withdrawn.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/revision/types.hpp"

namespace lupaus::desk::revision {

enum class Effect { applied, known };

// Appends the events people see: the last thing before COMMIT. Scope: the revision's account. Locks: conversation,
// promise, alert, event counter. `metrics` outlives the transaction. Errors: invalid where the channel has no such
// message of a customer; unavailable while the message is still in the queue.
Result<Effect> apply(Tx& tx, const Revision& revision, telemetry::Metrics& metrics);

}  // namespace lupaus::desk::revision
