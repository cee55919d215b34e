// Accounts are made by the operator's command line alone: only lupaus_owner may insert them.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/account/types.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::account {

void insert(Tx& tx, const Account& account);  // with its counters
std::optional<Account> find(Tx& tx, AccountId id);
std::vector<Account> list(Tx& tx, AccountId after,
                          int limit);  // by id: oldest first, beyond `after`; nil: from the start

}  // namespace lupaus::desk::account
