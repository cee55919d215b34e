#include "services/lupaus/store.hpp"

#include "common/postgres/queries.sql.hpp"

namespace lupaus {

ServerFacts read_server_facts(Tx& tx) {
    const auto row = tx.exec(postgres::sql::server_facts).at(0);
    ServerFacts facts;
    facts.clock = read_timestamp(row[0]);
    facts.fsync = row[1].view() == "on";
    facts.synchronous_commit = row[2].view() != "off" && row[2].view() != "local";
    facts.is_superuser = row[3].as<bool>();
    facts.bypasses_rls = row[4].as<bool>();
    facts.owns_tables = row[5].as<bool>();
    if (row[6].as<bool>()) {
        facts.schema_version = tx.exec(postgres::sql::schema_version).at(0, 0).as<int>();
    }
    return facts;
}

}  // namespace lupaus
