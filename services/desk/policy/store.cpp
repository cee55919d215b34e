#include "services/desk/policy/store.hpp"

#include "common/base/limits.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/policy/queries.sql.hpp"

namespace lupaus::desk::policy {

namespace {

template <class Code>
std::optional<Code> read_optional_code(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(static_cast<Code>(field.as<std::int16_t>()));
}

template <class Code>
std::optional<int> sql_code(const std::optional<Code>& code) {
    return code ? std::optional(static_cast<int>(*code)) : std::nullopt;
}

std::chrono::seconds read_seconds(const pqxx::field& field) {
    return std::chrono::seconds{field.as<std::int64_t>()};
}

// The column order of every query of this room that returns policies.
Policy read_policy(const pqxx::row& row) {
    Policy policy;
    policy.account = read_id<AccountId>(row[0]);
    policy.id = read_id<PolicyId>(row[1]);
    policy.kind = static_cast<promise::Kind>(row[2].as<std::int16_t>());
    policy.target = read_seconds(row[3]);
    policy.warn_lead = row[4].is_null() ? std::nullopt : std::optional(read_seconds(row[4]));
    policy.leads_after = read_seconds(row[5]);
    policy.account_after = read_seconds(row[6]);
    policy.channel = read_id<ChannelId>(row[7]);
    policy.team = read_id<TeamId>(row[8]);
    policy.priority = read_optional_code<conversation::Priority>(row[9]);
    policy.visibility = read_optional_code<conversation::Visibility>(row[10]);
    policy.version = row[11].as<int>();
    policy.hours = read_id<HoursId>(row[12]);
    return policy;
}

Result<void> store(Tx& tx, const Query& query, const Policy& policy) {
    const auto missing =
        read_optional_text(tx.exec(sql::find_missing, pqxx::params{to_string(policy.account), sql_id(policy.channel),
                                                                   sql_id(policy.team), sql_id(policy.hours)})
                               .at(0, 0));
    if (missing) {
        return invalid_field("/" + *missing, "names something that does not exist");
    }
    const auto warn_lead = policy.warn_lead ? std::optional(policy.warn_lead->count()) : std::nullopt;
    tx.exec(query, pqxx::params{to_string(policy.account), to_string(policy.id), static_cast<int>(policy.kind),
                                policy.target.count(), warn_lead, policy.leads_after.count(),
                                policy.account_after.count(), sql_id(policy.channel), sql_id(policy.team),
                                sql_code(policy.priority), sql_code(policy.visibility), sql_id(policy.hours)});
    return {};
}

}  // namespace

Result<void> insert(Tx& tx, const Policy& policy) {
    const account::Bound bound{.what = "policies", .max = limits::kPoliciesMax, .count = sql::count_policies};
    if (auto room = account::check_room(tx, policy.account, bound, policy.id.value); !room) {
        return room;
    }
    return store(tx, sql::insert_policy, policy);
}

std::optional<Policy> find(Tx& tx, AccountId account, PolicyId id) {
    const auto rows = tx.exec(sql::find_policy, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_policy(rows[0]));
}

std::optional<Policy> lock(Tx& tx, AccountId account, PolicyId id) {
    tx.exec(sql::lock_policy, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

Result<void> update(Tx& tx, const Policy& policy) {
    return store(tx, sql::update_policy, policy);
}

bool remove(Tx& tx, AccountId account, PolicyId id) {
    return tx.exec(sql::delete_policy, pqxx::params{to_string(account), to_string(id)}).affected_rows() > 0;
}

std::vector<Policy> list(Tx& tx, AccountId account, PolicyId after, int limit) {
    std::vector<Policy> policies;
    for (const auto& row : tx.exec(sql::list_policies, pqxx::params{to_string(account), to_string(after), limit})) {
        policies.push_back(read_policy(row));
    }
    return policies;
}

}  // namespace lupaus::desk::policy
