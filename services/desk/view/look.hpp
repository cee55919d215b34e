// The conversations of a saved view, in pages by keyset. Whatever a filter asks, a page looks at no more than
// kLookedMax conversations in the view's order, along the index that was made for it: among a million of which none
// matches, an answer is as fast as ever, is incomplete, and says where to go on. Sorted by `due`, only conversations in
// which something is owed are looked at; by `waiting`, only those in which a customer waits. No locks.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/conversation/list.hpp"
#include "services/desk/filter/compile.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::view {

inline constexpr int kLookedMax = 2'000;

struct Look {
    AccountId account;
    filter::Compiled filter;
    conversation::Sort sort = conversation::Sort::newest;
    std::optional<conversation::Place> after;
    int limit = 0;
};

struct Seen {
    std::vector<conversation::Place> found;
    std::optional<conversation::Place> stopped;  // there was more to look at after it
};

Seen look(Tx& tx, const Look& look);

}  // namespace lupaus::desk::view
