// Accounts are made by the operator's command line alone: only lupaus_owner may insert them.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/account/types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::account {

void insert(Tx& tx, const Account& account);  // with its counters
std::optional<Account> find(Tx& tx, AccountId id);
std::optional<Account> lock(Tx& tx, AccountId id);  // held to the end of an edit
void rename(Tx& tx, AccountId id, const std::string& name);
std::vector<Account> list(Tx& tx, AccountId after,
                          int limit);  // by id: oldest first, beyond `after`; nil: from the start

// What an account sets up is read as a whole by every routing transaction, and so it is bounded.
struct Bound {
    std::string_view what;
    int max = 0;
    const Query& count;  // of the account, the maximum and the id to add: how many others there are, up to the maximum
    std::string_view quota{};  // its name among the operator's; empty: `what`
};

// Before one more is stored. Holds the account's row to the end, so that two who add one at once count each other:
// taken after agents and before the event counter. Errors: conflict, which names the bound.
Result<void> check_room(Tx& tx, AccountId id, const Bound& bound, const Uuid& added);

}  // namespace lupaus::desk::account
