#include "services/desk/promise/owed.hpp"

#include "services/desk/promise/queries.sql.hpp"
#include "services/desk/promise/row.hpp"

namespace lupaus::desk::promise {

namespace {

pqxx::result read_ids(Tx& tx, const OwedPage& page) {
    const auto beginning = page.after ? sql_timestamp(*page.after) : std::string("-infinity");
    pqxx::params place{to_string(page.account), beginning, to_string(page.after_id), page.limit};
    switch (page.debtor) {
        case Debtor::agent:
            place.append(to_string(page.agent));
            return tx.exec(sql::owed_by_agent, place);
        case Debtor::team:
            place.append(to_string(page.team));
            return tx.exec(sql::owed_by_team, place);
        case Debtor::account:
            break;
    }
    return tx.exec(sql::owed_by_account, place);
}

}  // namespace

std::vector<Promise> list_owed(Tx& tx, const OwedPage& page) {
    ArrayText ids;
    for (const auto& row : read_ids(tx, page)) {
        ids.add(read_uuid(row[0]));
    }
    std::vector<Promise> promises;
    if (ids.empty()) {
        return promises;
    }
    for (const auto& row : tx.exec(sql::read_owed, pqxx::params{to_string(page.account), ids.str()})) {
        promises.push_back(read_whole(row));
    }
    return promises;
}

}  // namespace lupaus::desk::promise
