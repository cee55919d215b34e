#include "services/desk/view/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/postgres/values.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/filter/rules.hpp"
#include "services/desk/view/queries.sql.hpp"

namespace lupaus::desk::view {

namespace {

// The column order of every query of this room that returns views.
SavedView read_view(const pqxx::row& row) {
    return SavedView{.account = read_id<AccountId>(row[0]),
                     .id = read_id<ViewId>(row[1]),
                     .agent = read_id<AgentId>(row[2]),
                     .name = row[3].as<std::string>(),
                     .filter = row[4].as<std::string>(),
                     .sort = static_cast<conversation::Sort>(row[5].as<int>()),
                     .position = row[6].as<int>(),
                     .version = row[7].as<int>()};
}

pqxx::params params_of(const Key& key) {
    return pqxx::params{to_string(key.account), to_string(key.id), sql_id(key.agent)};
}

}  // namespace

Result<void> insert(Tx& tx, const SavedView& view) {
    tx.exec(sql::insert_view, pqxx::params{to_string(view.account), to_string(view.id), sql_id(view.agent), view.name,
                                           view.filter, static_cast<int>(view.sort), view.position});
    const bool is_shared = view.agent.is_nil();
    const account::Bound bound{.what = is_shared ? "shared views" : "views of one agent",
                               .max = kViewsMax,
                               .count = is_shared ? sql::count_shared_views : sql::count_own_views};
    return account::check_room(tx, view.account, bound, view.id.value);
}

std::optional<SavedView> find(Tx& tx, const Key& key) {
    const auto rows = tx.exec(sql::find_view, params_of(key));
    return rows.empty() ? std::nullopt : std::optional(read_view(rows[0]));
}

std::optional<SavedView> lock(Tx& tx, const Key& key) {
    tx.exec(sql::lock_view, params_of(key));
    return find(tx, key);
}

void update(Tx& tx, const SavedView& view) {
    tx.exec(sql::update_view, pqxx::params{to_string(view.account), to_string(view.id), view.name, view.filter,
                                           static_cast<int>(view.sort), view.position});
}

void remove(Tx& tx, const SavedView& view) {
    tx.exec(sql::delete_view, pqxx::params{to_string(view.account), to_string(view.id)});
}

std::vector<SavedView> list(Tx& tx, const Page& page) {
    std::vector<SavedView> found;
    for (const auto& row :
         tx.exec(sql::list_views, pqxx::params{to_string(page.account), sql_id(page.agent), page.after_position,
                                               to_string(page.after_id), page.limit})) {
        found.push_back(read_view(row));
    }
    return found;
}

std::vector<std::size_t> unknown_of(Tx& tx, AccountId account, std::span<const filter::Reference> references) {
    ArrayText kind;
    UuidColumn id;
    for (const auto& reference : references) {
        kind.add(filter::rule_of(reference.field).word);
        id.add(reference.id);
    }
    std::vector<std::size_t> places;
    if (references.empty()) {
        return places;
    }
    for (const auto& row : tx.exec(sql::unknown_references, pqxx::params{to_string(account), kind.str(), id.param()})) {
        places.push_back(row[0].as<std::size_t>() - 1);
    }
    return places;
}

}  // namespace lupaus::desk::view
