#include "services/desk/audit/store.hpp"

#include "services/desk/audit/queries.sql.hpp"

namespace lupaus::desk::audit {

void lock(Tx& tx, AccountId account) {
    tx.exec(sql::lock_audit, pqxx::params{to_string(account)});
}

void record(Tx& tx, const Entry& entry) {
    tx.exec(sql::insert_entry, pqxx::params{to_string(entry.account), to_string(EntryId::make()), sql_id(entry.agent),
                                            sql_id(entry.token), entry.operation, entry.kind, to_string(entry.subject),
                                            entry.changes.empty() ? std::string("{}") : entry.changes});
}

std::vector<Entry> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit) {
    const auto place = after ? sql_timestamp(after->at) : std::string("infinity");
    const auto id = after ? after->id : EntryId{};
    std::vector<Entry> entries;
    for (const auto& row : tx.exec(sql::list_entries, pqxx::params{to_string(account), place, to_string(id), limit})) {
        entries.push_back({.account = read_id<AccountId>(row[0]),
                           .id = read_id<EntryId>(row[1]),
                           .at = read_timestamp(row[2]),
                           .agent = read_id<AgentId>(row[3]),
                           .token = read_id<TokenId>(row[4]),
                           .operation = row[5].as<std::string>(),
                           .kind = row[6].as<std::string>(),
                           .subject = read_uuid(row[7]),
                           .changes = row[8].as<std::string>()});
    }
    return entries;
}

int delete_old(Tx& tx, std::chrono::milliseconds age, int limit) {
    return static_cast<int>(tx.exec(sql::delete_old_entries, pqxx::params{age.count(), limit}).affected_rows());
}

}  // namespace lupaus::desk::audit
