// SQL of canned replies. Their shortcuts are unique in an account.
// Errors: conflict (a shortcut that is taken, as many as an account may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/canned/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::canned {

inline constexpr int kCannedMax = 2'000;  // in one account

Result<void> insert(Tx& tx, const Canned& canned);
std::optional<Canned> find(Tx& tx, AccountId account, CannedId id);
std::optional<Canned> lock(Tx& tx, AccountId account, CannedId id);
Result<void> update(Tx& tx, const Canned& canned);  // the version rises
void remove(Tx& tx, AccountId account, CannedId id);

// By shortcut. `team`: its own and everybody's; nil: all of them.
struct Page {
    AccountId account;
    TeamId team;
    std::string after;
    int limit = 0;
};

std::vector<Canned> list(Tx& tx, const Page& page);

}  // namespace lupaus::desk::canned
