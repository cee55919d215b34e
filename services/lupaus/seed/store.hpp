// SQL of the invented desk: set-based, in one transaction, into a database that has no account yet and that nobody
// serves, for its tables are filled without their indexes, which are built at the end.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/lupaus/seed/settings.hpp"
#include "services/lupaus/seed/words.hpp"

#include <cstdint>

namespace lupaus::seed {

struct Size {
    std::int64_t conversations = 0;
    std::int64_t messages = 0;  // of all of them
};

bool take_empty_database(Tx& tx);  // false: there is an account; else nobody makes one before the end
Timestamp begin_time(Tx& tx);

// The history of two years that ends at `now`.
struct History {
    Size size;
    std::uint64_t seed = 1;
    Timestamp now{};
};

void fill(Tx& tx, const Settings& settings, const History& history);

}  // namespace lupaus::seed
