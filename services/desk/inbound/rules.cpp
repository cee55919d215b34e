#include "services/desk/inbound/rules.hpp"

#include <algorithm>

namespace lupaus::desk::inbound {

Timestamp said_at(const std::optional<Timestamp>& occurred_at, Timestamp received_at) {
    return std::min(occurred_at.value_or(received_at), received_at);
}

bool is_history(const std::optional<Timestamp>& occurred_at, Timestamp received_at, Timestamp live_since) {
    return said_at(occurred_at, received_at) < live_since;
}

}  // namespace lupaus::desk::inbound
