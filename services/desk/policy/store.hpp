// Service promises as they are set up; promise/ loads and matches them.
// Errors: invalid (a channel, a team or hours that do not exist), conflict (there are as many as an account may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::policy {

using promise::Policy;

Result<void> insert(Tx& tx, const Policy& policy);
std::optional<Policy> find(Tx& tx, AccountId account, PolicyId id);
std::optional<Policy> lock(Tx& tx, AccountId account, PolicyId id);
Result<void> update(Tx& tx, const Policy& policy);  // all but its id; the version rises
bool remove(Tx& tx, AccountId account, PolicyId id);
std::vector<Policy> list(Tx& tx, AccountId account, PolicyId after, int limit);

}  // namespace lupaus::desk::policy
