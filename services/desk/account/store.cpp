#include "services/desk/account/store.hpp"

#include "services/desk/account/queries.sql.hpp"

namespace lupaus::desk::account {

void insert(Tx& tx, const Account& account) {
    tx.exec(sql::insert_account, pqxx::params{to_string(account.id), account.name});
}

std::optional<Account> find(Tx& tx, AccountId id) {
    const auto rows = tx.exec(sql::find_account, pqxx::params{to_string(id)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return Account{.id = id, .name = rows.at(0, 0).as<std::string>()};
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
    const auto others = tx.exec(bound.count, pqxx::params{to_string(id), bound.max, to_string(added)}).at(0, 0);
    if (others.as<int>() < bound.max) {
        return {};
    }
    return Error{.code = Errc::conflict,
                 .detail = "An account has at most " + std::to_string(bound.max) + " " + std::string(bound.what) + "."};
}

}  // namespace lupaus::desk::account
