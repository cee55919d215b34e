#include "services/desk/alert/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/alert/queries.sql.hpp"

namespace lupaus::desk::alert {

namespace {

std::string_view to_string(RecipientType type) {
    switch (type) {
        case RecipientType::agent:
            return "agent";
        case RecipientType::team:
            return "team";
        case RecipientType::leads:
            return "leads";
        case RecipientType::account:
            return "account";
    }
    return "unknown";
}

template <class Id>
std::optional<Uuid> maybe(const Id& id) {
    return id.is_nil() ? std::nullopt : std::optional(Uuid{id.value});
}

std::vector<Alert> read_alerts(const pqxx::result& rows) {
    std::vector<Alert> alerts;
    for (const auto& row : rows) {
        alerts.push_back(read_alert(row));
    }
    return alerts;
}

std::vector<Alert> supersede(Tx& tx, std::span<const Alert> alerts) {
    UuidColumn account, subject;
    ArrayText kind, level;
    for (const auto& alert : alerts) {
        if (alert.state == State::firing) {
            account.add(alert.account);
            kind.add(alert.kind);
            subject.add(alert.subject);
            level.add(alert.level);
        }
    }
    if (account.empty()) {
        return {};
    }
    return read_alerts(
        tx.exec(sql::supersede, pqxx::params{account.param(), kind.str(), subject.param(), level.str()}));
}

constexpr int kClosedMax = 1'000;  // undelivered replies of one conversation that end together

struct PlaceColumns {
    UuidColumn account;
    UuidColumn conversation;
};

PlaceColumns columns_of(std::span<const InConversation> places) {
    PlaceColumns columns;
    for (const auto& place : places) {
        columns.account.add(place.account);
        columns.conversation.add(place.conversation);
    }
    return columns;
}

}  // namespace

Alert read_alert(const pqxx::row& row) {
    Alert alert;
    alert.account = read_id<AccountId>(row[0]);
    alert.id = read_id<AlertId>(row[1]);
    alert.kind = static_cast<Kind>(row[2].as<std::int16_t>());
    alert.subject = read_uuid(row[3]);
    alert.level = row[4].as<int>();
    alert.state = static_cast<State>(row[5].as<std::int16_t>());
    alert.conversation = read_id<ConversationId>(row[6]);
    alert.promise = read_id<PromiseId>(row[7]);
    alert.recipient_type = static_cast<RecipientType>(row[8].as<std::int16_t>());
    alert.recipient = read_uuid(row[9]);
    alert.raised_at = read_timestamp(row[10]);
    alert.noticed_at = read_timestamp(row[11]);
    alert.acknowledged_at = read_optional_timestamp(row[12]);
    alert.acknowledged_by = read_id<AgentId>(row[13]);
    alert.ended_at = read_optional_timestamp(row[14]);
    alert.version = row[15].as<int>();
    return alert;
}

Raised raise(Tx& tx, std::span<const Alert> alerts) {
    if (alerts.empty()) {
        return {};
    }
    Raised result{.superseded = supersede(tx, alerts), .firing = {}};
    UuidColumn account, id, subject, conversation, promise, recipient;
    TimeColumn raised, noticed;
    ArrayText kind, level, state, recipient_type;
    for (const auto& alert : alerts) {
        account.add(alert.account);
        id.add(alert.id);
        kind.add(alert.kind);
        subject.add(alert.subject);
        level.add(alert.level);
        state.add(alert.state);
        conversation.add(alert.conversation);
        promise.add(alert.promise);
        recipient_type.add(alert.recipient_type);
        alert.recipient.is_nil() ? recipient.add_null() : recipient.add(alert.recipient);
        raised.add(alert.raised_at);
        noticed.add(alert.noticed_at);
    }
    const auto rows = tx.exec(sql::insert_alerts,
                              pqxx::params{account.param(), id.param(), kind.str(), subject.param(), level.str(),
                                           state.str(), conversation.param(), promise.param(), recipient_type.str(),
                                           recipient.param(), raised.param(), noticed.param()});
    for (auto& alert : read_alerts(rows)) {
        if (alert.state == State::firing) {
            result.firing.push_back(std::move(alert));
        }
    }
    return result;
}

std::vector<Alert> resolve_subject(Tx& tx, AccountId account, Kind kind, const Uuid& subject) {
    return read_alerts(tx.exec(sql::resolve_subject, pqxx::params{lupaus::to_string(account), static_cast<int>(kind),
                                                                  lupaus::to_string(subject)}));
}

std::vector<Alert> close_undelivered(Tx& tx, std::span<const InConversation> conversations) {
    if (conversations.empty()) {
        return {};
    }
    const auto places = columns_of(conversations);
    UuidColumn account, closed;
    for (const auto& row : tx.exec(sql::close_undelivered,
                                   pqxx::params{places.account.param(), places.conversation.param(), kClosedMax})) {
        account.add(read_uuid(row[0]));
        closed.add(read_uuid(row[1]));
    }
    if (closed.empty()) {
        return {};
    }
    return read_alerts(tx.exec(sql::resolve_undelivered, pqxx::params{account.param(), closed.param()}));
}

std::vector<Alert> resolve_unattended(Tx& tx, std::span<const InConversation> conversations) {
    if (conversations.empty()) {
        return {};
    }
    const auto places = columns_of(conversations);
    return read_alerts(
        tx.exec(sql::resolve_unattended, pqxx::params{places.account.param(), places.conversation.param()}));
}

Result<Alert> find(Tx& tx, AccountId account, AlertId id) {
    const auto rows = tx.exec(sql::find, pqxx::params{lupaus::to_string(account), lupaus::to_string(id)});
    if (rows.empty()) {
        return not_found("alert");
    }
    return read_alert(rows.at(0));
}

Result<Alert> acknowledge(Tx& tx, AccountId account, AlertId id, AgentId by) {
    const auto rows =
        tx.exec(sql::acknowledge, pqxx::params{lupaus::to_string(account), lupaus::to_string(id), sql_id(by)});
    if (!rows.empty()) {
        return read_alert(rows.at(0));
    }
    const auto known = find(tx, account, id);
    if (known.has_error()) {
        return known.error();
    }
    return Error{.code = Errc::conflict,
                 .detail = "This alert is " + std::string(to_string(known->state)) + " and cannot be acknowledged."};
}

std::vector<Alert> page(Tx& tx, const Page& page) {
    // Year 2262 is the largest a Timestamp of the wire format can be: "before" it means from the newest on.
    const auto before = page.before.value_or(Timestamp{std::chrono::sys_days{std::chrono::year{2262} / 1 / 1}});
    return read_alerts(
        tx.exec(sql::page, pqxx::params{lupaus::to_string(page.account), static_cast<int>(page.state),
                                        sql_timestamp(before), lupaus::to_string(page.before_id), page.limit}));
}

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::promise:
            return "promise";
        case Kind::silent:
            return "silent";
        case Kind::unattended:
            return "unattended";
        case Kind::undelivered:
            return "undelivered";
    }
    return "unknown";
}

std::string_view to_string(State state) {
    switch (state) {
        case State::firing:
            return "firing";
        case State::acknowledged:
            return "acknowledged";
        case State::superseded:
            return "superseded";
        case State::resolved:
            return "resolved";
    }
    return "unknown";
}

void append_json(std::string& out, const Alert& alert) {
    text::JsonWriter json(out);
    json.begin_object();
    json.field("id", alert.id).field("kind", to_string(alert.kind)).field("level", alert.level);
    json.field("conversation_id", maybe(alert.conversation)).field("promise_id", maybe(alert.promise));
    json.field("delivery_id", alert.kind == Kind::undelivered ? std::optional(alert.subject) : std::nullopt);
    json.field("state", to_string(alert.state));
    json.key("recipient").begin_object().field("type", to_string(alert.recipient_type));
    json.field("id", alert.recipient.is_nil() ? std::nullopt : std::optional(alert.recipient)).end_object();
    json.field("raised_at", alert.raised_at).field("noticed_at", alert.noticed_at);
    json.field("acknowledged_at", alert.acknowledged_at).field("acknowledged_by", maybe(alert.acknowledged_by));
    json.field("ended_at", alert.ended_at).field("version", alert.version);
    json.end_object();
}

}  // namespace lupaus::desk::alert
