// Conversations in pages, by keyset: every view and order reads the index that was made for it; nothing is counted or
// skipped. Ordered by `due`, only conversations in which something is owed are listed; by `waiting`, only those in
// which a customer waits. No locks.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/conversation/types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lupaus::desk::conversation {

enum class View : std::uint8_t {
    mine,        // assigned to `agent` and not resolved
    unassigned,  // open and nobody's
    unanswered,  // a customer waits
    overdue,     // what is owed is past its due time
    spam,        // holding that verdict; only by Sort::newest
    all,
};
// Saved views store the codes; never renumber them.
enum class Sort : std::uint8_t {
    due,      // the most urgent first, by rank_at
    waiting,  // the longest wait first
    newest,   // by the latest message
};

std::string_view to_string(Sort sort);

// Where a page ended: the sort key of its last conversation, and its id for those with the same key.
struct Place {
    Timestamp at{};
    ConversationId id;
};

struct ListPage {
    AccountId account;
    View view = View::all;
    Sort sort = Sort::newest;
    AgentId agent;               // of View::mine
    std::optional<State> state;  // not with View::unassigned
    TeamId team;                 // nil: of all teams and of none
    std::optional<Place> after;
    int limit = 0;
};

std::vector<Conversation> list(Tx& tx, const ListPage& page);
Place place_of(const Conversation& conversation, Sort sort);

// How many each view has, counted no further than `limit`; `mine` only where there is an agent.
struct CountScope {
    AccountId account;
    AgentId agent;
    TeamId team;  // nil: of all teams and of none
    std::int64_t limit = 0;
};

std::vector<std::pair<std::string_view, std::int64_t>> count_views(Tx& tx, const CountScope& scope);

// The channel's own id of the customer's newest message over it that was visible at `visible_max`: what a reply
// answers.
std::optional<std::string> newest_external_id(Tx& tx, const Conversation& conversation, std::int64_t visible_max);

}  // namespace lupaus::desk::conversation
