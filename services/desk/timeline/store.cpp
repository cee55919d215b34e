#include "services/desk/timeline/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/postgres/values.hpp"
#include "services/desk/timeline/json.hpp"
#include "services/desk/timeline/queries.sql.hpp"

#include <algorithm>
#include <map>

namespace lupaus::desk::timeline {

namespace {

// How far what was before the page is looked for. One transaction makes fewer events of a conversation than this.
constexpr int kLookBackMax = 500;

Happening read_happening(const pqxx::row& row) {
    Happening it;
    it.seq = row[0].as<std::int64_t>();
    it.id = read_id<EventId>(row[1]);
    it.type = row[2].as<std::string>();
    it.actor = {.type = static_cast<event::ActorType>(row[3].as<std::int16_t>()),
                .id = read_uuid(row[4]),
                .token = read_id<TokenId>(row[5])};
    it.at = read_timestamp(row[6]);
    read_data(it, row[7].view());
    if (!row[8].is_null()) {
        it.message = Said{.id = read_id<MessageId>(row[8]),
                          .direction = static_cast<message::Direction>(row[9].as<std::int16_t>()),
                          .kind = static_cast<message::Kind>(row[10].as<std::int16_t>())};
    }
    return it;
}

std::optional<Shown> find_before(Tx& tx, const Wanted& wanted, const Happening& oldest) {
    const pqxx::params params{to_string(wanted.account), to_string(wanted.conversation), oldest.seq,
                              oldest.after->version, kLookBackMax};
    const auto rows = tx.exec(sql::find_before, params);
    if (rows.empty()) {
        return std::nullopt;
    }
    Happening before;
    read_data(before, rows.at(0, 0).view());
    return before.after;
}

// Every event shows its conversation as it was after the whole transaction, so what was before is the newest version
// below its own. `history`: the oldest first.
void fill_before(Tx& tx, const Wanted& wanted, std::vector<Happening*>& history) {
    std::map<int, Shown> versions;
    for (auto* it : history) {
        if (!it->after) {
            continue;
        }
        if (versions.empty()) {
            if (auto before = find_before(tx, wanted, *it)) {
                versions.emplace(before->version, *std::move(before));
            }
        }
        const auto above = versions.lower_bound(it->after->version);
        if (above != versions.begin()) {
            it->before = std::prev(above)->second;
        }
        versions.emplace(it->after->version, *it->after);
    }
}

Names names_of(Tx& tx, const Wanted& wanted, const std::vector<Happening>& happenings) {
    std::vector<Uuid> ids;
    for (const auto& it : happenings) {
        collect_ids(it, ids);
    }
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
    UuidColumn column;
    for (const auto& id : ids) {
        column.add(id);
    }
    Names names;
    for (const auto& row : tx.exec(sql::names_of, pqxx::params{to_string(wanted.account), column.param()})) {
        names.emplace(read_uuid(row[0]), row[1].as<std::string>());
    }
    return names;
}

}  // namespace

std::vector<Entry> page(Tx& tx, const Wanted& wanted) {
    const pqxx::params params{to_string(wanted.account), to_string(wanted.conversation), wanted.from, wanted.limit};
    std::vector<Happening> happenings;
    for (const auto& row : tx.exec(wanted.newest_first ? sql::page_back : sql::page_on, params)) {
        happenings.push_back(read_happening(row));
    }
    if (happenings.empty()) {
        return {};
    }
    std::vector<Happening*> history;
    for (auto& it : happenings) {
        history.push_back(&it);
    }
    if (wanted.newest_first) {
        std::ranges::reverse(history);
    }
    fill_before(tx, wanted, history);
    const auto names = names_of(tx, wanted, happenings);
    std::vector<Entry> entries;
    for (const auto& it : happenings) {
        entries.push_back({.seq = it.seq, .id = it.id, .json = to_json(it, names)});
    }
    return entries;
}

}  // namespace lupaus::desk::timeline
