// SQL of a conversation's history: pages of its events along the index event_history, each with what was before it.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/timeline/types.hpp"

#include <string>
#include <vector>

namespace lupaus::desk::timeline {

struct Wanted {
    AccountId account;
    ConversationId conversation;
    bool newest_first = true;
    std::int64_t from = 0;  // beyond this event, in the direction of reading
    int limit = 0;
};

struct Entry {
    std::int64_t seq = 0;
    EventId id;
    std::string json;
};

std::vector<Entry> page(Tx& tx, const Wanted& wanted);

}  // namespace lupaus::desk::timeline
