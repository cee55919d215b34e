// What the database server says about itself and about the role that asks.
#pragma once

#include "common/base/clock.hpp"

#include <string>
#include <vector>

namespace lupaus::server {

struct ServerFacts {
    Timestamp clock{};
    bool fsync = false;
    bool synchronous_commit = false;
    bool full_page_writes = false;
    std::string version;     // 15.14 (Debian 15.14-0+deb12u1)
    int version_number = 0;  // 150014
    int connections_max = 0;
    bool is_superuser = false;
    bool bypasses_rls = false;
    bool owns_tables = false;
    int schema_version = 0;    // the newest; 0: nothing was migrated yet
    std::vector<int> applied;  // migrations, by their numbers, in any order
    int oldest_program = 1;    // that may run against this schema, by its newest migration
};

}  // namespace lupaus::server
