// Forward-only migrations, embedded from deploy/migrations in file-name order. Safe to start from two instances at once
// (session advisory lock). Each file is one transaction. A file that changed after it was applied is an error.
// A file whose opening comment has the line `-- oldest program: N` shuts out every program whose newest migration is
// older than N; without it all older programs may go on, so that they are replaced one by one after the migration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lupaus {

struct MigrationReport {
    int version = 0;                   // of the database, after the run; newer than ours where a newer program migrated
    std::vector<std::string> applied;  // file names
};

MigrationReport migrate(const std::string& owner_url);  // throws with the file's name and PostgreSQL's message
std::vector<int> migrations_known();                    // by their numbers, to this program, ascending
int oldest_program(std::string_view migration);         // of a file's text; throws where its line has no number

}  // namespace lupaus
