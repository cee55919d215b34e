#include "services/desk/outbound/store.hpp"

#include "services/desk/outbound/queries.sql.hpp"

namespace lupaus::desk::outbound {

Standing read_standing(Tx& tx) {
    const auto row = tx.exec(sql::read_standing).at(0);
    Standing standing;
    standing.here = {.system_identifier = row[0].as<std::int64_t>(), .database_oid = row[1].as<std::int64_t>()};
    if (!row[2].is_null()) {
        standing.home =
            Place{.system_identifier = row[2].as<std::int64_t>(), .database_oid = row[3].as<std::int64_t>()};
    }
    return standing;
}

void release(Tx& tx) {
    tx.exec(sql::release);
}

}  // namespace lupaus::desk::outbound
