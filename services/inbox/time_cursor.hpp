// Cursors of lists that are ordered by a time and then by id. Pure. Errors: invalid, naming `cursor`.
#pragma once

#include "common/base/clock.hpp"
#include "services/inbox/cursor.hpp"

namespace lupaus::inbox {

Cursor time_cursor(Timestamp at, const Uuid& id);
Result<Timestamp> read_time(const Cursor& cursor);

}  // namespace lupaus::inbox
