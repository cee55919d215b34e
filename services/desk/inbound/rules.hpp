// What a message is by its age. Pure.
#pragma once

#include "common/base/clock.hpp"

#include <optional>

namespace lupaus::desk::inbound {

// When it was said, as far as the desk believes it: never after it arrived.
Timestamp said_at(const std::optional<Timestamp>& occurred_at, Timestamp received_at);

// Older than its channel is live: stored, threaded and searchable, and nothing is owed for it.
bool is_history(const std::optional<Timestamp>& occurred_at, Timestamp received_at, Timestamp live_since);

}  // namespace lupaus::desk::inbound
