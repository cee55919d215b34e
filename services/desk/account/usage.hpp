// How much of a day accounts used, of what the operator limited. Role lupaus_worker, with those accounts in scope.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/ids.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace lupaus::desk::account {

struct Usage {
    AccountId account;
    std::chrono::sys_days day{};  // UTC
    std::int64_t messages = 0;
};

// Adds them, one for each account, and gives the totals in the same order. Forgets days that are long over.
std::vector<std::int64_t> add_usage(Tx& tx, std::span<const Usage> added);

std::int64_t find_usage(Tx& tx, AccountId account, std::chrono::sys_days day);

}  // namespace lupaus::desk::account
