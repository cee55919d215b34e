#include "services/desk/mention/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/postgres/values.hpp"
#include "services/desk/mention/queries.sql.hpp"
#include "services/desk/message/store.hpp"

#include <unordered_map>

namespace lupaus::desk::mention {

namespace {

UuidColumn column_of(std::span<const AgentId> ids) {
    UuidColumn column;
    for (const auto& id : ids) {
        column.add(id);
    }
    return column;
}

}  // namespace

std::vector<Named> find_agents(Tx& tx, AccountId account, std::span<const AgentId> ids) {
    const auto wanted = column_of(ids);
    std::vector<Named> found;
    for (const auto& row : tx.exec(sql::find_agents, pqxx::params{to_string(account), wanted.param()})) {
        found.push_back(
            {.id = read_id<AgentId>(row[0]), .name = row[1].as<std::string>(), .is_disabled = row[2].as<bool>()});
    }
    return found;
}

void insert(Tx& tx, const message::Message& note) {
    const auto named = column_of(note.mentions);
    tx.exec(sql::insert, pqxx::params{to_string(note.account), to_string(note.conversation), to_string(note.id),
                                      sql_timestamp(note.ordered_at), named.param()});
}

void follow_marker(Tx& tx, const attention::Key& key) {
    tx.exec(sql::follow_marker,
            pqxx::params{to_string(key.account), to_string(key.agent), to_string(key.conversation)});
}

std::vector<Mention> list(Tx& tx, const Page& page) {
    const pqxx::params params{to_string(page.account), to_string(page.agent),
                              page.before ? sql_timestamp(*page.before) : "infinity", to_string(page.before_id),
                              page.limit};
    std::vector<Mention> mentions;
    std::vector<MessageId> ids;
    for (const auto& row : tx.exec(page.unread_only ? sql::list_unread : sql::list, params)) {
        Mention mention{.note = {}, .said_at = read_timestamp(row[1]), .is_unread = row[2].as<bool>()};
        mention.note.id = read_id<MessageId>(row[0]);
        ids.push_back(mention.note.id);
        mentions.push_back(std::move(mention));
    }
    std::unordered_map<MessageId, message::Message> notes;
    for (auto& note : message::find_all(tx, page.account, ids)) {
        const auto id = note.id;
        notes.emplace(id, std::move(note));
    }
    for (auto& mention : mentions) {
        mention.note = std::move(notes.at(mention.note.id));
    }
    return mentions;
}

}  // namespace lupaus::desk::mention
