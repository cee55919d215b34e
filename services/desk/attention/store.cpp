#include "services/desk/attention/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/attention/queries.sql.hpp"

namespace lupaus::desk::attention {

namespace {

Draft read_draft(const pqxx::row& row) {
    return Draft{.conversation = read_id<ConversationId>(row[0]),
                 .text = row[1].as<std::string>(),
                 .html = read_optional_text(row[2]),
                 .updated_at = read_timestamp(row[3])};
}

pqxx::params params_of(const Key& key) {
    return pqxx::params{to_string(key.account), to_string(key.agent), to_string(key.conversation)};
}

}  // namespace

Result<Draft> put_draft(Tx& tx, const Key& key, const Draft& draft) {
    auto others = params_of(key);
    others.append(kDraftsMax);
    if (tx.exec(sql::count_drafts, others).at(0, 0).as<int>() >= kDraftsMax) {
        return Error{.code = Errc::conflict,
                     .detail = "You have " + std::to_string(kDraftsMax) + " drafts; send or discard one first."};
    }
    auto params = params_of(key);
    params.append(draft.text);
    params.append(draft.html);
    return read_draft(tx.exec(sql::put_draft, params).at(0));
}

std::optional<Draft> find_draft(Tx& tx, const Key& key) {
    const auto rows = tx.exec(sql::find_draft, params_of(key));
    return rows.empty() ? std::nullopt : std::optional(read_draft(rows.at(0)));
}

void remove_draft(Tx& tx, const Key& key) {
    tx.exec(sql::remove_draft, params_of(key));
}

std::vector<Draft> list_drafts(Tx& tx, const Key& after, int limit) {
    auto params = params_of(after);
    params.append(limit);
    std::vector<Draft> drafts;
    for (const auto& row : tx.exec(sql::list_drafts, params)) {
        drafts.push_back(read_draft(row));
    }
    return drafts;
}

void mark_read(Tx& tx, const Key& key, Timestamp read_to) {
    auto params = params_of(key);
    params.append(sql_timestamp(read_to));
    tx.exec(sql::mark_read, params);
}

void note_reply(Tx& tx, const Key& key, const Replied& replied) {
    auto params = params_of(key);
    params.append(sql_timestamp(replied.before));
    params.append(sql_timestamp(replied.at));
    tx.exec(sql::note_reply, params);
}

std::vector<Glance> glance(Tx& tx, const Key& of, std::span<const ConversationId> conversations) {
    if (conversations.empty()) {
        return {};
    }
    UuidColumn wanted;
    for (const auto& conversation : conversations) {
        wanted.add(conversation);
    }
    std::vector<Glance> glances;
    const pqxx::params params{to_string(of.account), to_string(of.agent), wanted.param()};
    for (const auto& row : tx.exec(sql::glance, params)) {
        glances.push_back({.conversation = read_id<ConversationId>(row[0]),
                           .read_to = read_optional_timestamp(row[1]),
                           .has_draft = row[2].as<bool>()});
    }
    return glances;
}

}  // namespace lupaus::desk::attention
