// Asks the server. One transaction, no locks.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/lupaus/server/types.hpp"

namespace lupaus::server {

ServerFacts read_facts(Tx& tx);

}  // namespace lupaus::server
