#include "services/lupaus/bench/queries.sql.hpp"
#include "services/lupaus/bench/world.hpp"

namespace lupaus::bench {

bool is_queue_empty(Tx& tx) {
    return tx.exec(sql::is_queue_empty).at(0, 0).as<bool>();
}

Told count_told(Tx& tx, const std::vector<Door>& doors) {
    ArrayText accounts;
    for (const auto& door : doors) {
        accounts.add(door.account);
    }
    const auto row = tx.exec(sql::count_told, pqxx::params{accounts.str()}).at(0);
    return Told{.events = row[0].as<std::int64_t>(),
                .repeated = row[1].as<std::int64_t>(),
                .unassigned = row[2].as<std::int64_t>()};
}

}  // namespace lupaus::bench
