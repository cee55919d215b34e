#include "common/postgres/migrate.hpp"

#include "common/postgres/queries.sql.hpp"
#include "embedded/migrations.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace lupaus {

namespace {

// Any constant will do, as long as it stays the same for ever: two instances must meet on it.
constexpr std::int64_t kMigrationLock = 0x4c55504155530001;

int version_of(std::string_view file_name) {
    int version = 0;
    std::from_chars(file_name.data(), file_name.data() + file_name.size(), version);
    return version;
}

constexpr std::string_view kComment = "--";
constexpr std::string_view kOldestProgram = "-- oldest program:";

int number_of(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    int number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc() || end != text.data() + text.size() || number < 1) {
        throw std::runtime_error("\"" + std::string(kOldestProgram) + "\" takes a version, not \"" + std::string(text) +
                                 "\"");
    }
    return number;
}

void create_ledger(pqxx::connection& connection) {
    pqxx::nontransaction work(connection);
    work.exec("SET client_min_messages = warning");
    work.exec(postgres::sql::create_ledger.sql);
    work.exec(postgres::sql::extend_ledger.sql);
    work.exec(postgres::sql::open_ledger.sql);
}

// True when the file had to be applied.
bool apply(pqxx::connection& connection, const embedded::File& file) {
    pqxx::work work(connection);
    const auto version = version_of(file.name);
    const auto known = work.exec(postgres::sql::find_migration.sql, pqxx::params{version, std::string(file.text)});
    if (!known.empty()) {
        if (!known.at(0, 0).as<bool>()) {
            throw std::runtime_error("migration " + std::string(file.name) + " was changed after it was applied");
        }
        return false;
    }
    work.exec(std::string(file.text));
    work.exec(postgres::sql::record_migration.sql,
              pqxx::params{version, std::string(file.name), std::string(file.text), oldest_program(file.text)});
    work.commit();
    return true;
}

}  // namespace

int oldest_program(std::string_view migration) {
    while (migration.starts_with(kComment)) {
        const auto line = migration.substr(0, migration.find('\n'));
        if (line.starts_with(kOldestProgram)) {
            return number_of(line.substr(kOldestProgram.size()));
        }
        migration.remove_prefix(std::min(line.size() + 1, migration.size()));
    }
    return 1;
}

std::vector<int> migrations_known() {
    std::vector<int> versions;
    for (const auto& file : embedded::migrations) {
        versions.push_back(version_of(file.name));
    }
    return versions;
}

MigrationReport migrate(const std::string& owner_url) {
    pqxx::connection connection(owner_url);
    {
        pqxx::nontransaction lock(connection);
        lock.exec(postgres::sql::lock_ledger.sql, pqxx::params{kMigrationLock});
    }
    create_ledger(connection);
    MigrationReport report;
    for (const auto& file : embedded::migrations) {
        try {
            if (apply(connection, file)) {
                report.applied.emplace_back(file.name);
            }
        } catch (const pqxx::sql_error& error) {
            throw std::runtime_error("migration " + std::string(file.name) + ": " + error.what());
        }
    }
    pqxx::nontransaction look(connection);
    report.version = look.exec(postgres::sql::schema_version.sql).at(0, 0).as<int>();
    return report;
}

}  // namespace lupaus
