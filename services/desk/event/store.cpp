#include "services/desk/event/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/event/queries.sql.hpp"
#include "services/desk/message/store.hpp"

#include <stdexcept>

namespace lupaus::desk::event {

namespace {

// Columns of read_after and read: the event's own, then the message's, then its attachments'.
constexpr int kMessage = 9;
constexpr int kAttachments = 30;
constexpr int kIsFull = 37;

std::string_view to_string(ActorType type) {
    switch (type) {
        case ActorType::customer:
            return "customer";
        case ActorType::agent:
            return "agent";
        case ActorType::bot:
            return "bot";
        case ActorType::system:
            return "system";
    }
    return "unknown";
}

std::optional<Uuid> maybe(const Uuid& id) {
    return id.is_nil() ? std::nullopt : std::optional(id);
}

void lock_counters(Tx& tx, std::span<const Draft> drafts) {
    UuidColumn accounts;
    for (const auto& draft : drafts) {
        accounts.add(draft.account);
    }
    tx.exec(sql::lock_counters, pqxx::params{accounts.param()});
}

std::vector<message::Attachment> read_attachments(const pqxx::row& row) {
    const auto ids = read_text_array(row[kAttachments]);
    const auto names = read_text_array(row[kAttachments + 1]);
    const auto content_types = read_text_array(row[kAttachments + 2]);
    const auto sizes = read_text_array(row[kAttachments + 3]);
    const auto states = read_text_array(row[kAttachments + 4]);
    const auto errors = read_text_array(row[kAttachments + 5]);
    const auto content_ids = read_text_array(row[kAttachments + 6]);
    std::vector<message::Attachment> attachments(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        attachments[i].id = parse_id<AttachmentId>(ids[i]).value();
        attachments[i].name = names[i];
        attachments[i].content_type = content_types[i];
        attachments[i].size_bytes = std::stoll(sizes[i]);
        attachments[i].state = static_cast<message::AttachmentState>(std::stoi(states[i]));
        attachments[i].error = errors[i].empty() ? std::nullopt : std::optional(errors[i]);
        attachments[i].content_id = content_ids[i];
    }
    return attachments;
}

message::Message read_message(const pqxx::row& row) {
    message::Message m;
    m.id = read_id<MessageId>(row[kMessage]);
    m.conversation = read_id<ConversationId>(row[kMessage + 1]);
    m.direction = static_cast<message::Direction>(row[kMessage + 2].as<std::int16_t>());
    m.kind = static_cast<message::Kind>(row[kMessage + 3].as<std::int16_t>());
    m.author.type = static_cast<message::AuthorType>(row[kMessage + 4].as<std::int16_t>());
    m.author.id = read_uuid(row[kMessage + 5]);
    m.author.name = row[kMessage + 6].as<std::string>();
    m.text = row[kMessage + 7].as<std::string>();
    m.html = read_optional_text(row[kMessage + 8]);
    if (!row[kMessage + 9].is_null()) {
        m.delivery_state = static_cast<message::DeliveryState>(row[kMessage + 9].as<std::int16_t>());
    }
    m.history = row[kMessage + 10].as<bool>();
    m.sent_at = read_optional_timestamp(row[kMessage + 11]);
    m.created_at = read_timestamp(row[kMessage + 12]);
    m.edited_at = read_optional_timestamp(row[kMessage + 13]);
    m.deleted_at = read_optional_timestamp(row[kMessage + 14]);
    m.mentions = message::read_mentions(row[kMessage + 15]);
    m.sends_at = read_optional_timestamp(row[kMessage + 16]);
    m.judgement = message::read_judgement(row[kMessage + 17], row[kMessage + 18]);
    m.folds = message::read_folds(row[kMessage + 19], row[kMessage + 20]);
    m.attachments = read_attachments(row);
    return m;
}

// The members of `data`, an object, continue the event's own.
void splice(std::string& out, std::string_view data) {
    const auto first = data.find_first_not_of(" \t\r\n", data.find('{') + 1);
    const auto last = data.rfind('}');
    if (first != std::string_view::npos && first < last) {
        out += ',';
        out += data.substr(first, last - first);
    }
}

std::string render(const pqxx::row& row) {
    std::string out;
    const auto data = row[8].view();
    out.reserve(data.size() + 1024);
    text::JsonWriter json(out);
    json.begin_object();
    json.field("id", read_uuid(row[2])).field("type", row[3].view()).field("cursor", row[1].as<std::int64_t>());
    json.field("occurred_at", read_timestamp(row[7]));
    json.key("actor").begin_object();
    json.field("type", to_string(static_cast<ActorType>(row[4].as<std::int16_t>())));
    json.field("id", maybe(read_uuid(row[5]))).field("token_id", maybe(read_uuid(row[6]))).end_object();
    splice(out, data);
    if (!row[kMessage].is_null()) {
        out += R"(,"message":)";
        message::append_json(out, read_message(row));
    }
    out += '}';
    return out;
}

Event read_event(const pqxx::row& row) {
    return {.account = read_id<AccountId>(row[0]),
            .seq = row[1].as<std::int64_t>(),
            .type = row[3].as<std::string>(),
            .json = render(row)};
}

// A reference that is no UUID refers to nothing.
template <class Id>
Id read_reference(const pqxx::field& field) {
    return field.is_null() ? Id{} : parse_id<Id>(field.view()).value_or(Id{});
}

}  // namespace

Draft describe(AccountId account, const Actor& actor, const Change& change) {
    std::string data;
    text::JsonWriter(data).begin_object().raw_field(change.member, change.json).end_object();
    return {.account = account,
            .type = change.type,
            .actor = actor,
            .conversation = {},
            .message = {},
            .data = std::move(data)};
}

void append(Tx& tx, std::span<const Draft> drafts) {
    if (drafts.empty()) {
        return;
    }
    lock_counters(tx, drafts);
    UuidColumn account, id, actor, token, conversation, message;
    TextColumn type, data;
    ArrayText actor_type;
    for (const auto& draft : drafts) {
        account.add(draft.account);
        id.add(EventId::make());
        type.add(draft.type);
        actor_type.add(draft.actor.type);
        draft.actor.id.is_nil() ? actor.add_null() : actor.add(draft.actor.id);
        token.add(draft.actor.token);
        conversation.add(draft.conversation);
        message.add(draft.message);
        data.add(draft.data.empty() ? std::string_view("{}") : std::string_view(draft.data));
    }
    const auto rows =
        tx.exec(sql::append, pqxx::params{account.param(), id.param(), type.param(), actor_type.str(), actor.param(),
                                          token.param(), conversation.param(), message.param(), data.param()});
    if (rows.at(0, 0).as<std::size_t>() != drafts.size()) {
        throw std::logic_error("events of an account that this transaction may not write");
    }
    tx.note_xid(rows.at(0, 1).as<std::string>());
}

Page read_after(Tx& tx, std::span<const Position> positions, const PageLimit& limit) {
    UuidColumn account;
    ArrayText after;
    for (const auto& position : positions) {
        account.add(position.account);
        after.add(position.after);
    }
    Page page;
    const pqxx::params params{account.param(), after.str(), limit.events, limit.bytes};
    for (const auto& row : tx.exec(sql::read_after, params)) {
        page.events.push_back(read_event(row));
        page.has_more = page.has_more || row[kIsFull].as<bool>();
    }
    return page;
}

std::vector<std::vector<Head>> heads_after(Tx& tx, std::span<const Position> positions, int limit) {
    ArrayText account, after;
    for (const auto& position : positions) {
        account.add(position.account);
        after.add(position.after);
    }
    std::vector<std::vector<Head>> heads(positions.size());
    for (const auto& row : tx.exec(sql::heads_after, pqxx::params{account.str(), after.str(), limit})) {
        heads[row[0].as<std::size_t>() - 1].push_back({.seq = row[1].as<std::int64_t>(),
                                                       .id = read_id<EventId>(row[2]),
                                                       .type = row[3].as<std::string>(),
                                                       .token = read_id<TokenId>(row[4]),
                                                       .conversation = read_id<ConversationId>(row[5]),
                                                       .team = read_reference<TeamId>(row[6]),
                                                       .channel = read_reference<ChannelId>(row[7]),
                                                       .occurred_at = read_timestamp(row[8])});
    }
    return heads;
}

std::vector<Event> read(Tx& tx, std::span<const Place> places, std::int64_t bytes) {
    ArrayText account, seq;
    for (const auto& place : places) {
        account.add(place.account);
        seq.add(place.seq);
    }
    std::vector<Event> events;
    for (const auto& row : tx.exec(sql::read, pqxx::params{account.str(), seq.str(), bytes})) {
        events.push_back(read_event(row));
    }
    return events;
}

Extent extent(Tx& tx, AccountId account) {
    const auto rows = tx.exec(sql::extent, pqxx::params{to_string(account)});
    if (rows.empty()) {
        return {};
    }
    return Extent{.newest = rows.at(0, 0).as<std::int64_t>(), .oldest = rows.at(0, 1).as<std::int64_t>()};
}

}  // namespace lupaus::desk::event
