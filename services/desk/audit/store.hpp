// SQL of the audit.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/audit/types.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace lupaus::desk::audit {

// What belongs to an account's setup is changed by one transaction after the other, so that each entry says what its
// own changed. Before everything else in the transaction, held to its end.
void lock(Tx& tx, AccountId account);

void record(Tx& tx, const Entry& entry);  // `at` is the database's

struct After {
    Timestamp at{};
    EntryId id;
};

std::vector<Entry> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit);  // newest first

int delete_old(Tx& tx, std::chrono::milliseconds age, int limit);  // role lupaus_worker; how many

}  // namespace lupaus::desk::audit
