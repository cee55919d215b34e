#include "services/lupaus/server/store.hpp"

#include "common/postgres/queries.sql.hpp"

namespace lupaus::server {

ServerFacts read_facts(Tx& tx) {
    const auto row = tx.exec(postgres::sql::server_facts).at(0);
    ServerFacts facts;
    facts.clock = read_timestamp(row[0]);
    facts.fsync = row[1].view() == "on";
    facts.synchronous_commit = row[2].view() != "off" && row[2].view() != "local";
    facts.full_page_writes = row[3].view() == "on";
    facts.version = std::string(row[4].view());
    facts.version_number = row[5].as<int>();
    facts.connections_max = row[6].as<int>();
    facts.is_superuser = row[7].as<bool>();
    facts.bypasses_rls = row[8].as<bool>();
    facts.owns_tables = row[9].as<bool>();
    if (row[10].as<bool>()) {
        const auto schema = tx.exec(postgres::sql::schema_version).at(0);
        facts.schema_version = schema[0].as<int>();
        facts.oldest_program = schema[1].as<int>();
        for (const auto& version : read_text_array(schema[2])) {
            facts.applied.push_back(std::stoi(version));
        }
    }
    return facts;
}

}  // namespace lupaus::server
