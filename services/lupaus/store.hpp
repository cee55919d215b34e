// What the process asks the server about itself.
#pragma once

#include "common/postgres/tx.hpp"

namespace lupaus {

struct ServerFacts {
    Timestamp clock{};
    bool fsync = false;
    bool synchronous_commit = false;
    bool is_superuser = false;
    bool bypasses_rls = false;
    bool owns_tables = false;
    int schema_version = 0;  // 0: nothing was migrated yet
};

ServerFacts read_server_facts(Tx& tx);

}  // namespace lupaus
