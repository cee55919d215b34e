// The API's half of the store: one account a transaction, asked for by people and integrators.
#include "common/base/limits.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/delivery/ending.hpp"
#include "services/desk/delivery/queries.sql.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/event/store.hpp"

namespace lupaus::desk::delivery {

namespace {

std::optional<int> read_optional_int(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(field.as<int>());
}

}  // namespace

Result<Delivery> find(Tx& tx, AccountId account, DeliveryId id) {
    const auto rows = tx.exec(sql::find, pqxx::params{to_string(account), to_string(id)});
    if (rows.empty()) {
        return not_found("delivery");
    }
    return read_delivery(rows.at(0));
}

std::vector<AttemptRow> attempts_of(Tx& tx, AccountId account, DeliveryId id) {
    std::vector<AttemptRow> attempts;
    for (const auto& row :
         tx.exec(sql::attempts_of, pqxx::params{to_string(account), to_string(id), limits::kPageMax})) {
        attempts.push_back({.attempt = row[0].as<int>(),
                            .started_at = read_timestamp(row[1]),
                            .ended_at = read_optional_timestamp(row[2]),
                            .status = read_optional_int(row[3]),
                            .error = read_optional_text(row[4])});
    }
    return attempts;
}

std::vector<Delivery> list_outbox(Tx& tx, AccountId account, ChannelId channel,
                                  const std::optional<OutboxCursor>& after, int limit) {
    const auto time = after ? sql_timestamp(after->created_at) : "-infinity";
    const auto id = to_string(after ? after->id.value : Uuid{});
    std::vector<Delivery> waiting;
    for (const auto& row :
         tx.exec(sql::list_outbox, pqxx::params{to_string(account), to_string(channel), time, id, limit})) {
        waiting.push_back(read_delivery(row));
    }
    return waiting;
}

Result<Delivery> acknowledge(Tx& tx, const Acknowledgement& acknowledgement, telemetry::Metrics& metrics) {
    const auto rows =
        tx.exec(sql::acknowledge, pqxx::params{to_string(acknowledgement.account), to_string(acknowledgement.channel),
                                               to_string(acknowledgement.delivery), acknowledgement.external_id});
    if (rows.empty()) {
        auto known = find(tx, acknowledgement.account, acknowledgement.delivery);
        if (!known || known->channel != acknowledgement.channel) {
            return not_found("delivery");
        }
        if (known->state == State::sent && known->attempt == 0) {
            return known;  // somebody acknowledged it before
        }
        return Error{.code = Errc::conflict,
                     .detail = "This reply does not wait in the channel's outbox: the desk delivers it itself."};
    }
    const auto delivery = read_delivery(rows.at(0));
    const auto after = finish_sent(tx, delivery, metrics);
    event::append(tx, draft_events(tx, delivery, after, acknowledgement.actor));
    return delivery;
}

Result<Delivery> retry(Tx& tx, AccountId account, DeliveryId id, const event::Actor& actor) {
    const std::chrono::seconds patience = kUndeliveredAfter;
    const auto rows = tx.exec(sql::retry, pqxx::params{to_string(account), to_string(id), patience.count()});
    if (rows.empty()) {
        const auto known = find(tx, account, id);
        if (!known) {
            return known.error();
        }
        return Error{.code = Errc::conflict, .detail = "Only a failed or uncertain delivery can be sent again."};
    }
    const auto delivery = read_delivery(rows.at(0));
    Consequences after;
    if (!delivery.due_at) {
        after.resolved = alert::resolve_subject(tx, account, alert::Kind::undelivered, id.value);
    }
    event::append(tx, draft_events(tx, delivery, after, actor));
    return delivery;
}

Result<Undone> undo(Tx& tx, AccountId account, MessageId message) {
    const pqxx::params key{to_string(account), to_string(message)};
    const auto rows = tx.exec(sql::undo, key);
    if (rows.empty()) {
        const auto known = tx.exec(sql::find_by_message, key);
        if (known.empty()) {
            return Error{.code = Errc::conflict, .detail = "This message is no reply that the desk delivers."};
        }
        auto delivery = read_delivery(known.at(0));
        if (delivery.state == State::undone) {
            return Undone{.delivery = std::move(delivery), .is_news = false, .opened = {}, .moved = {}, .resolved = {}};
        }
        return Error{.code = Errc::conflict, .detail = "This reply is not held any more: it is on its way."};
    }
    Undone undone{.delivery = read_delivery(rows.at(0)), .is_news = true, .opened = {}, .moved = {}, .resolved = {}};
    auto after = finish_refused(tx, undone.delivery);
    undone.opened = std::move(after.opened);
    undone.moved = std::move(after.moved);
    undone.resolved = alert::resolve_subject(tx, account, alert::Kind::undelivered, undone.delivery.id.value);
    return undone;
}

}  // namespace lupaus::desk::delivery
