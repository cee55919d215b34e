#include "common/postgres/migrate.hpp"

#include "common/postgres/queries.sql.hpp"
#include "embedded/migrations.hpp"

#include <pqxx/pqxx>

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

void create_ledger(pqxx::connection& connection) {
    pqxx::nontransaction work(connection);
    work.exec("SET client_min_messages = warning");
    work.exec(postgres::sql::create_ledger.sql);
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
    work.exec(postgres::sql::record_migration.sql, pqxx::params{version, std::string(file.name), std::string(file.text)});
    work.commit();
    return true;
}

}  // namespace

int newest_migration() {
    int newest = 0;
    for (const auto& file : embedded::migrations) {
        newest = std::max(newest, version_of(file.name));
    }
    return newest;
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
        report.version = version_of(file.name);
    }
    return report;
}

}  // namespace lupaus
