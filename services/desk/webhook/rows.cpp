#include "services/desk/webhook/rows.hpp"

namespace lupaus::desk::webhook {

Webhook read_webhook(const pqxx::row& row) {
    Webhook webhook;
    webhook.account = read_id<AccountId>(row[0]);
    webhook.id = read_id<WebhookId>(row[1]);
    webhook.name = row[2].as<std::string>();
    webhook.url = row[3].as<std::string>();
    webhook.format = static_cast<Format>(row[4].as<std::int16_t>());
    webhook.link_url = read_optional_text(row[5]);
    webhook.filter.types = read_text_array(row[6]);
    webhook.filter.teams = read_ids<TeamId>(row[7]);
    webhook.filter.channels = read_ids<ChannelId>(row[8]);
    webhook.filter.token = read_id<TokenId>(row[9]);
    webhook.filter.exclude_own = row[10].as<bool>();
    webhook.ordered = row[11].as<bool>();
    webhook.rotating = row[12].as<bool>();
    webhook.disabled_at = read_optional_timestamp(row[13]);
    if (!row[14].is_null()) {
        webhook.disabled_reason = static_cast<DisabledReason>(row[14].as<std::int16_t>());
    }
    webhook.version = row[15].as<int>();
    webhook.created_at = read_timestamp(row[16]);
    return webhook;
}

Breaker read_breaker(const pqxx::row& row, int first) {
    return {.failures = row[first].as<int>(),
            .trips = row[first + 1].as<int>(),
            .failing_since = read_optional_timestamp(row[first + 2]),
            .open_until = read_optional_timestamp(row[first + 3])};
}

Progress read_progress(const pqxx::row& row, int first) {
    return {.cursor = row[first].as<std::int64_t>(),
            .breaker = read_breaker(row, first + 1),
            .error = read_optional_text(row[first + 5])};
}

Delivery read_delivery(const pqxx::row& row) {
    Delivery delivery;
    delivery.key = {read_id<AccountId>(row[0]), read_id<WebhookId>(row[1]), read_id<EventId>(row[2])};
    delivery.seq = row[3].as<std::int64_t>();
    delivery.type = row[4].as<std::string>();
    delivery.occurred_at = read_timestamp(row[5]);
    delivery.state = static_cast<State>(row[6].as<std::int16_t>());
    delivery.attempt = row[7].as<int>();
    delivery.due_at = read_optional_timestamp(row[8]);
    delivery.status = row[9].is_null() ? std::nullopt : std::optional(row[9].as<int>());
    delivery.error = read_optional_text(row[10]);
    delivery.created_at = read_timestamp(row[11]);
    delivery.ended_at = read_optional_timestamp(row[12]);
    return delivery;
}

KeyArrays::KeyArrays(std::span<const DeliveryKey> keys) {
    for (const auto& key : keys) {
        account.add(key.account);
        webhook.add(key.webhook);
        event.add(key.event);
    }
}

}  // namespace lupaus::desk::webhook
