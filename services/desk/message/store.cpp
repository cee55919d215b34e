#include "services/desk/message/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/message/files.hpp"
#include "services/desk/message/fold.hpp"
#include "services/desk/message/queries.sql.hpp"

#include <unordered_map>

namespace lupaus::desk::message {

namespace {

Message read_message(const pqxx::row& row) {
    Message m;
    m.account = read_id<AccountId>(row[0]);
    m.id = read_id<MessageId>(row[1]);
    m.conversation = read_id<ConversationId>(row[2]);
    m.seq = row[3].as<std::int64_t>();
    m.ordered_at = read_timestamp(row[4]);
    m.direction = static_cast<Direction>(row[5].as<std::int16_t>());
    m.kind = static_cast<Kind>(row[6].as<std::int16_t>());
    m.author = Author{.type = static_cast<AuthorType>(row[7].as<std::int16_t>()),
                      .id = read_uuid(row[8]),
                      .name = row[9].as<std::string>()};
    m.text = row[10].as<std::string>();
    m.html = read_optional_text(row[11]);
    m.external_id = read_optional_text(row[12]);
    if (!row[13].is_null()) {
        m.delivery_state = static_cast<DeliveryState>(row[13].as<std::int16_t>());
    }
    m.history = row[14].as<bool>();
    m.sent_at = read_optional_timestamp(row[15]);
    m.settled = read_id<PromiseId>(row[16]);
    m.created_at = read_timestamp(row[17]);
    m.visible_seq = row[18].as<std::int64_t>();
    m.edited_at = read_optional_timestamp(row[19]);
    m.deleted_at = read_optional_timestamp(row[20]);
    m.channel = read_id<ChannelId>(row[21]);
    m.mentions = read_mentions(row[22]);
    m.sends_at = read_optional_timestamp(row[23]);
    m.judgement = read_judgement(row[24], row[25]);
    m.folds = read_folds(row[26], row[27]);
    return m;
}

}  // namespace

Attachment read_attachment(const pqxx::row& row) {
    return Attachment{.id = read_id<AttachmentId>(row[1]),
                      .message = read_id<MessageId>(row[2]),
                      .name = row[3].as<std::string>(),
                      .content_type = row[4].as<std::string>(),
                      .size_bytes = row[5].as<std::int64_t>(),
                      .sha256 = row[6].as<std::string>(),
                      .state = static_cast<AttachmentState>(row[7].as<std::int16_t>()),
                      .error = read_optional_text(row[8]),
                      .content_id = row[9].as<std::string>()};
}

namespace {

void load_attachments(Tx& tx, AccountId account, std::vector<Message>& messages) {
    std::unordered_map<MessageId, Message*> by_id;
    UuidColumn ids;
    for (auto& message : messages) {
        by_id[message.id] = &message;
        ids.add(message.id);
    }
    if (ids.empty()) {
        return;
    }
    for (const auto& row : tx.exec(sql::attachments_of, pqxx::params{to_string(account), ids.param()})) {
        auto attachment = read_attachment(row);
        by_id.at(attachment.message)->attachments.push_back(std::move(attachment));
    }
}

std::vector<Message> read_all(Tx& tx, AccountId account, const pqxx::result& rows) {
    std::vector<Message> messages;
    messages.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        messages.push_back(read_message(row));
    }
    load_attachments(tx, account, messages);
    return messages;
}

void insert_attachments(Tx& tx, std::span<const Message> messages) {
    UuidColumn account, id, message;
    TextColumn name, type, hash, content_id;
    ArrayText size, state;
    for (const auto& owner : messages) {
        for (const auto& attachment : owner.attachments) {
            account.add(owner.account);
            id.add(attachment.id);
            message.add(owner.id);
            name.add(attachment.name);
            type.add(attachment.content_type);
            size.add(attachment.size_bytes);
            hash.add(attachment.sha256);
            state.add(attachment.state);
            content_id.add(attachment.content_id);
        }
    }
    if (!account.empty()) {
        tx.exec(sql::insert_attachments,
                pqxx::params{account.param(), id.param(), message.param(), name.param(), type.param(), size.str(),
                             hash.param(), state.str(), content_id.param()});
    }
}

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::message:
            return "message";
        case Kind::note:
            return "note";
        case Kind::automatic:
            return "automatic";
    }
    return "unknown";
}

std::string_view to_string(AuthorType type) {
    switch (type) {
        case AuthorType::customer:
            return "customer";
        case AuthorType::agent:
            return "agent";
        case AuthorType::bot:
            return "bot";
        case AuthorType::system:
            return "system";
    }
    return "unknown";
}

std::string_view to_string(DeliveryState state) {
    switch (state) {
        case DeliveryState::queued:
            return "queued";
        case DeliveryState::sending:
            return "sending";
        case DeliveryState::sent:
            return "sent";
        case DeliveryState::delivered:
            return "delivered";
        case DeliveryState::read:
            return "read";
        case DeliveryState::failed:
            return "failed";
        case DeliveryState::uncertain:
            return "uncertain";
        case DeliveryState::undone:
            return "undone";
    }
    return "unknown";
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::spam:
            return "spam";
        case Verdict::automatic:
            return "automatic";
        case Verdict::blocked:
            return "blocked";
    }
    return "unknown";
}

void insert(Tx& tx, std::span<const Message> messages) {
    if (messages.empty()) {
        return;
    }
    UuidColumn account, id, conversation, author, settled, channel;
    TextColumn author_name, text, html, external, rule;
    TimeColumn ordered, sent, created;
    ArrayText seq, direction, kind, author_type, delivery, history, verdict, text_fold, html_fold;
    for (const auto& m : messages) {
        account.add(m.account);
        id.add(m.id);
        conversation.add(m.conversation);
        seq.add(m.seq);
        ordered.add(m.ordered_at);
        direction.add(m.direction);
        kind.add(m.kind);
        author_type.add(m.author.type);
        m.author.id.is_nil() ? author.add_null() : author.add(m.author.id);
        author_name.add(m.author.name);
        text.add(m.text);
        html.add(m.html);
        external.add(m.external_id);
        delivery.add(m.delivery_state);
        history.add(m.history);
        sent.add(m.sent_at);
        settled.add(m.settled);
        created.add(m.created_at);
        channel.add(m.channel);
        verdict.add(m.judgement ? std::optional(m.judgement->verdict) : std::nullopt);
        rule.add(m.judgement ? std::optional(m.judgement->rule) : std::nullopt);
        text_fold.add(m.folds.text);
        html_fold.add(m.folds.html);
    }
    tx.exec(sql::insert_messages,
            pqxx::params{account.param(), id.param(),      conversation.param(), seq.str(),       ordered.param(),
                         direction.str(), kind.str(),      author_type.str(),    author.param(),  author_name.param(),
                         text.param(),    html.param(),    external.param(),     delivery.str(),  history.str(),
                         sent.param(),    settled.param(), created.param(),      channel.param(), verdict.str(),
                         rule.param(),    text_fold.str(), html_fold.str()});
    insert_attachments(tx, messages);
}

std::optional<Judgement> read_judgement(const pqxx::field& verdict, const pqxx::field& rule) {
    if (verdict.is_null()) {
        return std::nullopt;
    }
    return Judgement{.verdict = static_cast<Verdict>(verdict.as<std::int16_t>()), .rule = rule.as<std::string>()};
}

Folds read_folds(const pqxx::field& text, const pqxx::field& html) {
    const auto read = [](const pqxx::field& field) {
        return field.is_null() ? std::nullopt : std::optional(field.as<std::int32_t>());
    };
    return {.text = read(text), .html = read(html)};
}

std::vector<AgentId> read_mentions(const pqxx::field& field) {
    std::vector<AgentId> agents;
    for (const auto& id : read_text_array(field)) {
        agents.push_back(parse_id<AgentId>(id).value());
    }
    return agents;
}

std::vector<Message> find_all(Tx& tx, AccountId account, std::span<const MessageId> ids) {
    if (ids.empty()) {
        return {};
    }
    UuidColumn wanted;
    for (const auto& id : ids) {
        wanted.add(id);
    }
    return read_all(tx, account, tx.exec(sql::find_all, pqxx::params{to_string(account), wanted.param()}));
}

Result<Message> find(Tx& tx, AccountId account, MessageId id) {
    const auto rows = tx.exec(sql::find, pqxx::params{to_string(account), to_string(id)});
    if (rows.empty()) {
        return not_found("message");
    }
    return std::move(read_all(tx, account, rows).front());
}

std::vector<Message> page(Tx& tx, const Page& page) {
    const auto place = page.before.value_or(page.after.value_or(Place{}));
    const auto& query = page.before ? sql::page_before : sql::page_after;
    const auto rows = tx.exec(query, pqxx::params{to_string(page.account), to_string(page.conversation),
                                                  sql_timestamp(place.ordered_at), place.seq, page.limit});
    return read_all(tx, page.account, rows);
}

std::vector<Message> public_after(Tx& tx, const Message& seen, int limit) {
    const auto rows = tx.exec(sql::public_after, pqxx::params{to_string(seen.account), to_string(seen.conversation),
                                                              seen.visible_seq, limit});
    return read_all(tx, seen.account, rows);
}

void append_json(std::string& out, const Message& m) {
    text::JsonWriter json(out);
    json.begin_object();
    json.field("id", m.id).field("conversation_id", m.conversation);
    json.field("direction", m.direction == Direction::in ? "in" : "out").field("kind", to_string(m.kind));
    json.key("author").begin_object();
    json.field("type", to_string(m.author.type))
        .field("id", m.author.id.is_nil() ? std::nullopt : std::optional(m.author.id));
    json.field("name", m.author.name).end_object();
    json.field("text", m.text).field("html", m.html);
    json.field("new_text", new_text(m)).field("new_html", new_html(m));
    json.field("delivery_state", m.delivery_state ? std::optional(to_string(*m.delivery_state)) : std::nullopt);
    json.field("verdict", m.judgement ? std::optional(to_string(m.judgement->verdict)) : std::nullopt);
    json.field("verdict_rule", m.judgement ? std::optional(m.judgement->rule) : std::nullopt);
    json.field("history", m.history).field("sent_at", m.sent_at);
    json.key("attachments");
    append_attachments(json, m.attachments);
    json.field("created_at", m.created_at);
    json.field("edited_at", m.edited_at).field("deleted_at", m.deleted_at);
    json.key("mentions").begin_array();
    for (const auto& agent : m.mentions) {
        json.value(agent);
    }
    json.end_array().field("sends_at", m.sends_at);
    json.end_object();
}

}  // namespace lupaus::desk::message
