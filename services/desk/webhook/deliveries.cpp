// What became of each delivery, and sending it again: asked for by people and integrators.
#include "services/desk/webhook/queries.sql.hpp"
#include "services/desk/webhook/rows.hpp"
#include "services/desk/webhook/store.hpp"

#include <limits>

namespace lupaus::desk::webhook {

namespace {

// Behind every place.
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

pqxx::params named(const DeliveryKey& key) {
    return pqxx::params{to_string(key.account), to_string(key.webhook), to_string(key.event)};
}

}  // namespace

std::vector<Delivery> list_deliveries(Tx& tx, const DeliveryPage& page) {
    const auto seq = page.before ? page.before->seq : kEnd;
    const auto event = page.before ? page.before->event : EventId{};
    const pqxx::params params{to_string(page.webhook.account), to_string(page.webhook.id), seq, to_string(event),
                              page.limit};
    std::vector<Delivery> deliveries;
    for (const auto& row : tx.exec(page.only_failed ? sql::list_failed : sql::list_deliveries, params)) {
        deliveries.push_back(read_delivery(row));
    }
    return deliveries;
}

std::optional<Delivery> find_delivery(Tx& tx, const DeliveryKey& key) {
    const auto rows = tx.exec(sql::find_delivery, named(key));
    return rows.empty() ? std::nullopt : std::optional(read_delivery(rows[0]));
}

std::optional<std::string> find_body(Tx& tx, AccountId account, std::int64_t seq) {
    const auto rows = tx.exec(sql::find_body, pqxx::params{to_string(account), seq});
    return rows.empty() ? std::nullopt : std::optional(rows.at(0, 0).as<std::string>());
}

Result<Delivery> replay(Tx& tx, const DeliveryKey& key) {
    const auto webhook = lock(tx, {.account = key.account, .id = key.webhook});
    if (!webhook || !find_delivery(tx, key)) {
        return not_found("delivery");
    }
    if (webhook->disabled_at) {
        return Error{.code = Errc::conflict, .detail = "The webhook is disabled."};
    }
    const auto rows = tx.exec(sql::replay_delivery, named(key));
    if (rows.empty()) {
        return Error{.code = Errc::conflict, .detail = "An attempt is under way."};
    }
    return read_delivery(rows[0]);
}

Delivery ping(Tx& tx, const WebhookKey& key) {
    const auto rows =
        tx.exec(sql::insert_ping, pqxx::params{to_string(key.account), to_string(key.id), to_string(EventId::make())});
    return read_delivery(rows.at(0));
}

}  // namespace lupaus::desk::webhook
