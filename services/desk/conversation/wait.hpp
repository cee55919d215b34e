// The one step by which a wait for a reply ends, whoever ends it: the promise and its alerts settled, what is owed is
// the word next due, if there is one, and its figures are counted after the commit.
#pragma once

#include "common/telemetry/metrics.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/promise/store.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::conversation {

struct WaitEnd {
    promise::Ending ending = promise::Ending::replied;
    AgentId agent;      // credited; nil for the customer's own withdrawal
    MessageId message;  // the reply; nil otherwise
};

// The conversation is locked; its caller stores it. `metrics` outlives the transaction. Empty: nobody waited.
std::optional<promise::Settled> end_wait(Tx& tx, Conversation& conversation, const WaitEnd& end,
                                         telemetry::Metrics& metrics);

// The same of several, each with the same end; the answers are in their order.
std::vector<std::optional<promise::Settled>> end_waits(Tx& tx, std::span<Conversation* const> conversations,
                                                       const WaitEnd& end, telemetry::Metrics& metrics);

}  // namespace lupaus::desk::conversation
