// SQL of opening hours. Their names are unique in an account. Hours that were deleted are nobody's to choose, and still
// what the promises opened under them are counted by.
// Errors: conflict (a name that is taken, hours that a policy names, as many as an account may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/hours/types.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lupaus::desk::hours {

Result<void> insert(Tx& tx, const Hours& hours);
std::optional<Hours> find(Tx& tx, AccountId account, HoursId id);
std::optional<Hours> lock(Tx& tx, AccountId account, HoursId id);
Result<void> update(Tx& tx, const Hours& hours);  // the version rises
Result<void> remove(Tx& tx, AccountId account, HoursId id);

struct After {
    std::string name;
    HoursId id;
};

std::vector<Hours> list(Tx& tx, AccountId account, const After& after, int limit);

using Key = std::pair<AccountId, HoursId>;
using Calendars = std::map<HoursId, std::shared_ptr<const Calendar>>;

// Those that exist. A zone that this machine does not know is counted as UTC, and logged: nothing waits for a package.
Calendars load(Tx& tx, const std::set<Key>& wanted);

}  // namespace lupaus::desk::hours
