#include "services/desk/account/store.hpp"

#include "services/desk/account/queries.sql.hpp"
#include "services/desk/account/quota.hpp"

#include <algorithm>

namespace lupaus::desk::account {

void insert(Tx& tx, const Account& account) {
    tx.exec(sql::insert_account, pqxx::params{to_string(account.id), account.name});
}

std::optional<Account> find(Tx& tx, AccountId id) {
    const auto rows = tx.exec(sql::find_account, pqxx::params{to_string(id)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return Account{.id = id,
                   .name = rows.at(0, 0).as<std::string>(),
                   .created_at = read_timestamp(rows.at(0, 1)),
                   .version = rows.at(0, 2).as<int>()};
}

std::optional<Account> lock(Tx& tx, AccountId id) {
    tx.exec(sql::lock_account, pqxx::params{to_string(id)});
    return find(tx, id);
}

void rename(Tx& tx, AccountId id, const std::string& name) {
    tx.exec(sql::rename_account, pqxx::params{to_string(id), name});
}

std::vector<Account> list(Tx& tx, AccountId after, int limit) {
    std::vector<Account> accounts;
    for (const auto& row : tx.exec(sql::list_accounts, pqxx::params{to_string(after), limit})) {
        accounts.push_back({.id = read_id<AccountId>(row[0]), .name = row[1].as<std::string>()});
    }
    return accounts;
}

Result<void> check_room(Tx& tx, AccountId id, const Bound& bound, const Uuid& added) {
    tx.exec(sql::lock_account, pqxx::params{to_string(id)});
    const std::string name(bound.quota.empty() ? bound.what : bound.quota);
    const auto quota = find_quota(tx, {.account = id, .subject = id.value, .name = name});
    const int max = std::min(bound.max, quota.value_or(bound.max));
    const auto others = tx.exec(bound.count, pqxx::params{to_string(id), max, to_string(added)}).at(0, 0);
    if (others.as<int>() < max) {
        return {};
    }
    const auto words = (quota ? "This account has at most " : "An account has at most ") + std::to_string(max) + " " +
                       std::string(bound.what) + ".";
    Error error{.code = Errc::conflict, .detail = words};
    error.extension = R"({"limit":")" + name + R"(","allowed":)" + std::to_string(max) + "}";
    return error;
}

}  // namespace lupaus::desk::account
