#include "services/desk/webhook/json.hpp"
#include "services/desk/webhook/rules.hpp"
#include "services/desk/webhook/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/webhooks.hpp"

#include <charconv>

namespace lupaus::inbox {

namespace {

using desk::EventId;
using desk::WebhookId;
using desk::webhook::Delivery;
using desk::webhook::DeliveryKey;
using desk::webhook::DeliveryPlace;
using desk::webhook::WebhookKey;

constexpr std::string_view kNewest = "webhook_deliveries.cursor";
constexpr std::string_view kFailed = "webhook_deliveries.failed";

Result<WebhookKey> find_key(Tx& tx, const Call& call) {
    const auto id = path_id<WebhookId>(call, "webhook");
    if (!id) {
        return id.error();
    }
    const WebhookKey key{.account = call.principal.account, .id = *id};
    return desk::webhook::find(tx, key) ? Result<WebhookKey>(key) : Result<WebhookKey>(not_found("webhook"));
}

Result<DeliveryKey> delivery_key(Tx& tx, const Call& call) {
    const auto webhook = find_key(tx, call);
    if (!webhook) {
        return webhook.error();
    }
    const auto event = path_id<EventId>(call, "delivery", "event_id");
    if (!event) {
        return event.error();
    }
    return DeliveryKey{.account = webhook->account, .webhook = webhook->id, .event = *event};
}

Cursor place_of(const Delivery& delivery) {
    return {.key = std::to_string(delivery.seq), .id = delivery.key.event.value};
}

Result<std::optional<DeliveryPlace>> read_place(const Page& page) {
    if (!page.after) {
        return std::optional<DeliveryPlace>{};
    }
    DeliveryPlace place{.seq = 0, .event = EventId{page.after->id}};
    const auto& key = page.after->key;
    const auto parsed = std::from_chars(key.data(), key.data() + key.size(), place.seq);
    if (parsed.ec != std::errc{} || parsed.ptr != key.data() + key.size()) {
        return invalid_field("cursor", "is not a next_cursor of this API");
    }
    return std::optional(place);
}

// True: only those that failed.
Result<bool> read_state(const net::Request& request) {
    const auto state = request.query_value("state");
    if (state && *state != "failed") {
        return invalid_field("state", "must be failed, or absent");
    }
    return state.has_value();
}

void write_delivery(text::JsonWriter& json, const Delivery& delivery) {
    json.begin_object();
    write_fields(json, delivery);
    json.end_object();
}

Answer answer_with(const Delivery& delivery, int status) {
    Answer answer{.status = status, .body = {}};
    text::JsonWriter json(answer.body);
    write_delivery(json, delivery);
    return answer;
}

void wake_sender(Tx& tx, const Call& call) {
    tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::webhook); });
}

}  // namespace

Result<Answer> handle_list_webhook_deliveries(Tx& tx, const Call& call) {
    const auto webhook = find_key(tx, call);
    if (!webhook) {
        return webhook.error();
    }
    const auto only_failed = read_state(call.request);
    if (!only_failed) {
        return only_failed.error();
    }
    const auto list = *only_failed ? kFailed : kNewest;
    const auto page = read_page(call.request, list, {"state"});
    if (!page) {
        return page.error();
    }
    const auto before = read_place(*page);
    if (!before) {
        return before.error();
    }
    const auto rows = desk::webhook::list_deliveries(
        tx, {.webhook = *webhook, .only_failed = *only_failed, .before = *before, .limit = page->limit + 1});
    return Answer{.status = 200, .body = write_page(list, *page, rows, write_delivery, place_of)};
}

Result<Answer> handle_get_webhook_delivery(Tx& tx, const Call& call) {
    const auto key = delivery_key(tx, call);
    if (!key) {
        return key.error();
    }
    const auto delivery = desk::webhook::find_delivery(tx, *key);
    if (!delivery) {
        return not_found("delivery");
    }
    const bool is_ping = delivery->type == desk::webhook::kPing;
    const auto body = is_ping ? std::optional(desk::webhook::ping_body(*delivery))
                              : desk::webhook::find_body(tx, key->account, delivery->seq);
    Answer answer;
    text::JsonWriter json(answer.body);
    json.begin_object();
    write_fields(json, *delivery);
    json.raw_field("event", body ? std::string_view(*body) : std::string_view("null")).end_object();
    return answer;
}

Result<Answer> handle_replay_webhook_delivery(Tx& tx, const Call& call) {
    const auto key = delivery_key(tx, call);
    if (!key) {
        return key.error();
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    const auto queued = desk::webhook::replay(tx, *key);
    if (!queued) {
        return queued.error();
    }
    wake_sender(tx, call);
    return answer_with(*queued, 200);
}

Result<Answer> handle_test_webhook(Tx& tx, const Call& call) {
    const auto key = find_key(tx, call);
    if (!key) {
        return key.error();
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    const auto webhook = desk::webhook::lock(tx, *key);
    if (!webhook || webhook->disabled_at) {
        return Error{.code = Errc::conflict, .detail = "The webhook is disabled."};
    }
    const auto ping = desk::webhook::ping(tx, *key);
    wake_sender(tx, call);
    return answer_with(ping, 202);
}

}  // namespace lupaus::inbox
