#include "services/desk/context/context.hpp"

#include "services/desk/context/queries.sql.hpp"

namespace lupaus::desk {

Timestamp database_now(Tx& tx) {
    return read_timestamp(tx.exec(desk::context::sql::database_now).at(0, 0));
}

}  // namespace lupaus::desk
