#include "services/desk/canned/store.hpp"

#include "services/desk/account/store.hpp"
#include "services/desk/canned/queries.sql.hpp"

namespace lupaus::desk::canned {

namespace {

Canned read_canned(const pqxx::row& row) {
    return Canned{.account = read_id<AccountId>(row[0]),
                  .id = read_id<CannedId>(row[1]),
                  .shortcut = row[2].as<std::string>(),
                  .text = row[3].as<std::string>(),
                  .team = read_id<TeamId>(row[4]),
                  .version = row[5].as<int>()};
}

pqxx::params params_of(const Canned& canned) {
    return pqxx::params{to_string(canned.account), to_string(canned.id), canned.shortcut, canned.text,
                        sql_id(canned.team)};
}

Error shortcut_taken(const std::string& shortcut) {
    return Error{.code = Errc::conflict, .detail = "There is a canned reply \"" + shortcut + "\" already."};
}

}  // namespace

Result<void> insert(Tx& tx, const Canned& canned) {
    const account::Bound bound{.what = "canned replies", .max = kCannedMax, .count = sql::count_canned};
    if (auto room = account::check_room(tx, canned.account, bound, canned.id.value); !room) {
        return room;
    }
    const auto stored = tx.exec(sql::insert_canned, params_of(canned));
    return stored.affected_rows() == 0 ? Result<void>(shortcut_taken(canned.shortcut)) : Result<void>();
}

std::optional<Canned> find(Tx& tx, AccountId account, CannedId id) {
    const auto rows = tx.exec(sql::find_canned, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_canned(rows[0]));
}

std::optional<Canned> lock(Tx& tx, AccountId account, CannedId id) {
    tx.exec(sql::lock_canned, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

Result<void> update(Tx& tx, const Canned& canned) {
    try {
        if (tx.exec(sql::update_canned, params_of(canned)).affected_rows() > 0) {
            return {};
        }
    } catch (const pqxx::unique_violation&) {
        // Somebody else took the shortcut at the same moment.
    }
    return shortcut_taken(canned.shortcut);
}

void remove(Tx& tx, AccountId account, CannedId id) {
    tx.exec(sql::delete_canned, pqxx::params{to_string(account), to_string(id)});
}

std::vector<Canned> list(Tx& tx, const Page& page) {
    pqxx::params params{to_string(page.account), page.after, page.limit};
    if (!page.team.is_nil()) {
        params.append(to_string(page.team));
    }
    const auto& query = page.team.is_nil() ? sql::list_canned : sql::list_canned_of_team;
    std::vector<Canned> found;
    for (const auto& row : tx.exec(query, params)) {
        found.push_back(read_canned(row));
    }
    return found;
}

}  // namespace lupaus::desk::canned
