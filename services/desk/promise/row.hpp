// Promises as the room's queries return them.
#pragma once

#include "common/postgres/values.hpp"
#include "services/desk/promise/types.hpp"

#include <vector>

namespace lupaus::desk::promise {

Promise read_promise(const pqxx::row& row);  // what settling and watching need
Promise read_whole(const pqxx::row& row);    // the same and everything behind it
std::vector<Promise> read_promises(const pqxx::result& rows);

}  // namespace lupaus::desk::promise
