#include "services/desk/timer/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/timer/queries.sql.hpp"

namespace lupaus::desk::timer {

namespace {

pqxx::params params_of(const Key& key) {
    return pqxx::params{to_string(key.account), static_cast<int>(key.kind), to_string(key.subject)};
}

}  // namespace

void put(Tx& tx, const std::map<Key, Timestamp>& due_times) {
    if (due_times.empty()) {
        return;
    }
    UuidColumn account, subject;
    TimeColumn due;
    ArrayText kind;
    for (const auto& [key, due_at] : due_times) {
        account.add(key.account);
        kind.add(key.kind);
        subject.add(key.subject);
        due.add(due_at);
    }
    tx.exec(sql::put_timers, pqxx::params{account.param(), kind.str(), subject.param(), due.param()});
}

void remove(Tx& tx, std::span<const Key> keys) {
    if (keys.empty()) {
        return;
    }
    UuidColumn account, subject;
    ArrayText kind;
    for (const auto& key : keys) {
        account.add(key.account);
        kind.add(key.kind);
        subject.add(key.subject);
    }
    tx.exec(sql::remove, pqxx::params{account.param(), kind.str(), subject.param()});
}

void postpone(Tx& tx, const Key& key, Micros by) {
    auto params = params_of(key);
    params.append(by.count());
    tx.exec(sql::postpone, params);
}

std::vector<Timer> claim_due(Tx& tx, Timestamp from, int limit) {
    std::vector<Timer> timers;
    for (const auto& row : tx.exec(sql::claim_due, pqxx::params{sql_timestamp(from), limit})) {
        timers.push_back(Timer{.key = {.account = read_id<AccountId>(row[0]),
                                       .kind = static_cast<Kind>(row[1].as<std::int16_t>()),
                                       .subject = read_uuid(row[2])},
                               .due_at = read_timestamp(row[3])});
    }
    return timers;
}

std::optional<Timestamp> next_due(Tx& tx, Timestamp from) {
    return read_optional_timestamp(tx.exec(sql::next_due, pqxx::params{sql_timestamp(from)}).at(0, 0));
}

}  // namespace lupaus::desk::timer
