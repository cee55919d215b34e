#include "services/desk/webhook/json.hpp"

#include "services/desk/event/store.hpp"
#include "services/desk/webhook/rules.hpp"

#include <optional>

namespace lupaus::desk::webhook {

namespace {

template <class Items>
void write_list(text::JsonWriter& json, std::string_view name, const Items& items) {
    json.key(name).begin_array();
    for (const auto& item : items) {
        json.value(item);
    }
    json.end_array();
}

void write_disabled(text::JsonWriter& json, const Webhook& webhook) {
    json.field("disabled", webhook.disabled_at.has_value());
    json.field("disabled_reason", webhook.disabled_reason
                                      ? std::optional<std::string_view>(to_string(*webhook.disabled_reason))
                                      : std::nullopt);
}

}  // namespace

void write_fields(text::JsonWriter& json, const Webhook& webhook) {
    json.field("id", webhook.id).field("name", webhook.name).field("url", webhook.url);
    json.field("format", to_string(webhook.format)).field("link_url", webhook.link_url);
    write_list(json, "types", webhook.filter.types);
    write_list(json, "team_ids", webhook.filter.teams);
    write_list(json, "channel_ids", webhook.filter.channels);
    json.field("exclude_own", webhook.filter.exclude_own).field("token_id", id_or_null(webhook.filter.token));
    json.field("ordered", webhook.ordered).field("rotating", webhook.rotating);
    write_disabled(json, webhook);
    json.field("created_at", webhook.created_at).field("version", webhook.version);
}

void write_fields(text::JsonWriter& json, const Progress& progress, Timestamp now) {
    const auto& breaker = progress.breaker;
    json.field("cursor", progress.cursor);
    json.key("breaker").begin_object().field("state", phase(breaker, now)).field("failures", breaker.failures);
    json.field("failing_since", breaker.failing_since).field("open_until", breaker.open_until);
    json.field("error", breaker.failing_since ? progress.error : std::nullopt).end_object();
}

void write_fields(text::JsonWriter& json, const Delivery& delivery) {
    const bool is_waiting = delivery.state == State::queued;
    json.field("event_id", delivery.key.event).field("type", delivery.type).field("cursor", delivery.seq);
    json.field("state", state_word(delivery.state)).field("attempt", delivery.attempt);
    json.field("due_at", is_waiting ? delivery.due_at : std::nullopt);
    json.field("status", delivery.status).field("error", delivery.error).field("occurred_at", delivery.occurred_at);
    json.field("created_at", delivery.created_at).field("ended_at", delivery.ended_at);
}

event::Draft describe(std::string_view type, const Webhook& webhook, const event::Actor& actor) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().field("id", webhook.id).field("name", webhook.name);
    write_disabled(json, webhook);
    json.field("version", webhook.version).end_object();
    return event::describe(webhook.account, actor, {.type = type, .member = "webhook", .json = body});
}

std::string ping_body(const Delivery& ping) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().field("id", ping.key.event).field("type", kPing).field("cursor", ping.seq);
    json.field("occurred_at", ping.occurred_at);
    json.key("actor")
        .begin_object()
        .field("type", "system")
        .field("id", nullptr)
        .field("token_id", nullptr)
        .end_object();
    json.field("webhook_id", ping.key.webhook).end_object();
    return body;
}

}  // namespace lupaus::desk::webhook
