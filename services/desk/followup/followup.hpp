// What an integrator says beside messages: a receipt, an edit, a removal, that a customer is typing. It needs no place
// in the queue, for it is repeated until it is answered and says the same when repeated.
#pragma once

#include "common/text/json.hpp"
#include "services/desk/context/wakeups.hpp"
#include "services/desk/delivery/receipt.hpp"
#include "services/desk/followup/typing.hpp"
#include "services/desk/revision/types.hpp"

#include <optional>
#include <string>
#include <variant>

namespace lupaus::desk::followup {

using Followup = std::variant<delivery::Receipt, revision::Revision, Typing>;

// Nothing for a body of a type that is none. Account and channel are the caller's: see place(). Pure. Errors: invalid
// and too_large.
std::optional<Result<Followup>> parse(const text::Json& body);

void place(Followup& followup, AccountId account, ChannelId channel);

struct Applied {
    bool is_news = false;
    std::optional<delivery::State> state{};  // of a reply

    std::string answer() const;  // {"status":"noted"|"known"}, with the `state` of a reply
};

// The last thing before COMMIT. Scope: the account that it was placed in. `metrics` outlives the transaction. Errors:
// invalid where it speaks of nothing the channel knows; unavailable where that is still in the queue.
Result<Applied> apply(Tx& tx, const Followup& followup, const event::Actor& actor, telemetry::Metrics& metrics);

void announce(Wakeups& wakeups, const Applied& applied);  // after the commit, on any thread

}  // namespace lupaus::desk::followup
