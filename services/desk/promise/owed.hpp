// What the desk owes, the most urgent first, a page at a time along the indexes made for it. No locks.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::promise {

enum class Debtor {
    agent,    // in the conversations that they have and that are not resolved, and the words that they gave
    team,     // whose work it is now; nil: nobody's
    account,  // everybody
};

struct OwedPage {
    AccountId account;
    Debtor debtor = Debtor::account;
    AgentId agent;
    TeamId team;
    std::optional<Timestamp> after;  // the place of the last one of the page before: its rank, and its id
    PromiseId after_id;
    int limit = 0;
};

// With everything that is known of them.
std::vector<Promise> list_owed(Tx& tx, const OwedPage& page);

}  // namespace lupaus::desk::promise
