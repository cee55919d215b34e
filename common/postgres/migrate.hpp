// Forward-only migrations, embedded from deploy/migrations in file-name order. Safe to start from two instances at once
// (session advisory lock). Each file is one transaction. A file that changed after it was applied is an error.
#pragma once

#include <string>
#include <vector>

namespace lupaus {

struct MigrationReport {
    int version = 0;                   // after the run
    std::vector<std::string> applied;  // file names
};

MigrationReport migrate(const std::string& owner_url);  // throws with the file's name and PostgreSQL's message
int newest_migration();                                 // the version this program was built with

}  // namespace lupaus
