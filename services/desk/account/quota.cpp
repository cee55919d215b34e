#include "services/desk/account/quota.hpp"

#include "services/desk/account/queries.sql.hpp"

namespace lupaus::desk::account {

std::optional<int> find_quota(Tx& tx, const QuotaKey& key) {
    const auto rows = tx.exec(sql::find_quota, pqxx::params{to_string(key.account), to_string(key.subject), key.name});
    return rows.empty() ? std::nullopt : std::optional(rows.at(0, 0).as<int>());
}

std::vector<Quota> list_quotas(Tx& tx, AccountId account, Uuid subject) {
    std::vector<Quota> quotas;
    for (const auto& row : tx.exec(sql::list_quotas, pqxx::params{to_string(account), to_string(subject)})) {
        quotas.push_back({.key = {.account = account, .subject = subject, .name = row[0].as<std::string>()},
                          .value = row[1].as<int>()});
    }
    return quotas;
}

void set_quota(Tx& tx, const QuotaKey& key, std::optional<int> value) {
    pqxx::params params{to_string(key.account), to_string(key.subject), key.name};
    if (!value) {
        tx.exec(sql::delete_quota, params);
        return;
    }
    params.append(*value);
    tx.exec(sql::put_quota, params);
}

}  // namespace lupaus::desk::account
