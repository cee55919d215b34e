#include "services/desk/account/usage.hpp"

#include "services/desk/account/queries.sql.hpp"

namespace lupaus::desk::account {

namespace {

constexpr std::chrono::days kKept{31};

std::int64_t number_of(std::chrono::sys_days day) {
    return day.time_since_epoch().count();
}

}  // namespace

std::vector<std::int64_t> add_usage(Tx& tx, std::span<const Usage> added) {
    ArrayText accounts, days, messages;
    for (const auto& usage : added) {
        accounts.add(usage.account);
        days.add(number_of(usage.day));
        messages.add(usage.messages);
    }
    std::vector<std::int64_t> totals(added.size());
    for (const auto& row : tx.exec(sql::add_usage, pqxx::params{accounts.str(), days.str(), messages.str()})) {
        totals.at(row[0].as<std::size_t>() - 1) = row[1].as<std::int64_t>();
    }
    const auto oldest = number_of(added.empty() ? std::chrono::sys_days{} : added.front().day - kKept);
    tx.exec(sql::forget_usage, pqxx::params{accounts.str(), oldest});
    return totals;
}

std::int64_t find_usage(Tx& tx, AccountId account, std::chrono::sys_days day) {
    const auto rows = tx.exec(sql::find_usage, pqxx::params{to_string(account), number_of(day)});
    return rows.empty() ? 0 : rows.at(0, 0).as<std::int64_t>();
}

}  // namespace lupaus::desk::account
