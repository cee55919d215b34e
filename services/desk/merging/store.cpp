#include "services/desk/merging/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/merging/queries.sql.hpp"

namespace lupaus::desk::merging {

using conversation::Conversation;

namespace {

pqxx::params both(const Conversation& from, const Conversation& into) {
    return {to_string(from.account), to_string(from.id), to_string(into.id)};
}

void move_attention(Tx& tx, const Conversation& from, const Conversation& into) {
    auto read = both(from, into);
    read.append(sql_timestamp(from.last_message_at));
    read.append(sql_timestamp(into.last_message_at));
    tx.exec(sql::unite_markers, read);
    tx.exec(sql::move_drafts, both(from, into));
    tx.exec(sql::drop_attention, both(from, into));
}

}  // namespace

std::vector<ConversationId> merged_ones(Tx& tx, AccountId account, ConversationId into, int limit) {
    std::vector<ConversationId> ids;
    for (const auto& row : tx.exec(sql::merged_ones, pqxx::params{to_string(account), to_string(into), limit})) {
        ids.push_back(read_id<ConversationId>(row[0]));
    }
    return ids;
}

std::int64_t count_messages(Tx& tx, AccountId account, ConversationId conversation, std::int64_t limit) {
    const auto rows = tx.exec(sql::count_messages, pqxx::params{to_string(account), to_string(conversation), limit});
    return rows.at(0, 0).as<std::int64_t>();
}

void move_promises(Tx& tx, const Conversation& from, const Conversation& into, const OpenPromises& open) {
    UuidColumn ids;
    for (const auto& id : open.ids) {
        ids.add(id);
    }
    if (ids.empty()) {
        return;
    }
    const auto whose = into.team.is_nil() ? std::nullopt : std::optional(to_string(into.team));
    tx.exec(sql::move_promises,
            pqxx::params{to_string(from.account), ids.param(), to_string(into.id), whose, open.is_part_of_wait});
}

void move_contents(Tx& tx, const Conversation& from, const Conversation& into) {
    const pqxx::params source{to_string(from.account), to_string(from.id)};
    tx.exec(sql::hold_deliveries, source);
    tx.exec(sql::move_deliveries, both(from, into));
    tx.exec(sql::move_mentions, both(from, into));
    auto over = both(from, into);
    over.append(to_string(from.channel));
    over.append(to_string(into.channel));
    tx.exec(sql::move_messages, over);
    tx.exec(sql::move_alerts, both(from, into));
    move_attention(tx, from, into);
}

std::optional<Timestamp> newest_other(Tx& tx, const message::Message& message) {
    const auto rows = tx.exec(sql::newest_other, pqxx::params{to_string(message.account),
                                                              to_string(message.conversation), to_string(message.id)});
    return rows.empty() ? std::nullopt : read_optional_timestamp(rows.at(0, 0));
}

std::optional<Timestamp> next_unanswered(Tx& tx, const message::Message& message, Timestamp waiting_since) {
    const auto rows =
        tx.exec(sql::next_unanswered, pqxx::params{to_string(message.account), to_string(message.conversation),
                                                   to_string(message.id), sql_timestamp(waiting_since)});
    return rows.empty() ? std::nullopt : read_optional_timestamp(rows.at(0, 0));
}

void split_off(Tx& tx, const message::Message& message, const Conversation& from, const Conversation& into) {
    tx.exec(sql::move_message, pqxx::params{to_string(into.account), to_string(message.id), to_string(into.id)});
    const auto thread = from.channel == into.channel ? from.thread_id : std::nullopt;
    tx.exec(sql::note_split, pqxx::params{to_string(into.account), to_string(into.id), to_string(from.id), thread});
}

void lead_to(Tx& tx, AccountId account, std::span<const ConversationId> merged, ConversationId into) {
    UuidColumn ids;
    for (const auto& id : merged) {
        ids.add(id);
    }
    tx.exec(sql::lead_to, pqxx::params{to_string(account), ids.param(), to_string(into)});
}

}  // namespace lupaus::desk::merging
