// SQL of search: finding, as the API's role, and keeping the documents in step with the event log, as a worker.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/search/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::search {

struct Place {
    Timestamp at{};
    Uuid document;
};

struct Question {
    AccountId account;
    std::string query;  // of tsquery_of
    Order order = Order::newest;
    std::optional<Place> before;  // only with Order::newest
    int limit = 0;
};

std::vector<Hit> find(Tx& tx, const Question& question);

// Reads the next `events_max` events of each of up to `accounts_max` accounts that are behind into their documents, and
// returns how many were read; 0: all are up to date, or somebody else is at them. Opens its own scope.
int index_news(Tx& tx, int accounts_max, int events_max);

}  // namespace lupaus::desk::search
