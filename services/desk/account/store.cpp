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

}  // namespace lupaus::desk::account
