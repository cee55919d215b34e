#include "services/inbox/deliveries.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/delivery/copies.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::ChannelId;
using desk::DeliveryId;
using desk::delivery::AttemptRow;
using desk::delivery::Delivery;

constexpr std::string_view kWaiting = "outbox.created_at";

void write_waiting(text::JsonWriter& json, const Delivery& delivery) {
    json.begin_object().field("id", delivery.id).field("conversation_id", delivery.conversation);
    json.field("message_id", delivery.message).field("created_at", delivery.created_at);
    json.raw_field("body", delivery.body).end_object();
}

Result<std::optional<desk::delivery::OutboxCursor>> place_of(const Page& page) {
    if (!page.after) {
        return std::optional<desk::delivery::OutboxCursor>{};
    }
    const auto time = parse_rfc3339(page.after->key);
    if (!time) {
        return invalid_field("cursor", "is not a cursor of this list");
    }
    return std::optional(desk::delivery::OutboxCursor{.created_at = *time, .id = DeliveryId{page.after->id}});
}

Answer answer_with(const Delivery& delivery) {
    Answer answer;
    desk::delivery::append_json(answer.body, delivery);
    return answer;
}

void write_attempts(text::JsonWriter& json, const std::vector<AttemptRow>& attempts) {
    json.begin_array();
    for (const auto& attempt : attempts) {
        json.begin_object().field("attempt", attempt.attempt).field("started_at", attempt.started_at);
        json.field("ended_at", attempt.ended_at)
            .field("status", attempt.status)
            .field("error", attempt.error)
            .end_object();
    }
    json.end_array();
}

void announce_after_commit(Tx& tx, const Call& call, desk::Topic topic) {
    tx.after_commit([&wakeups = call.desk.wakeups, topic] { wakeups.announce(topic); });
}

}  // namespace

Result<Answer> handle_list_outbox(Tx& tx, const Call& call) {
    const auto channel = path_id<ChannelId>(call, "channel");
    if (!channel || !desk::channel::find(tx, call.principal.account, *channel)) {
        return not_found("channel");
    }
    const auto page = read_page(call.request, kWaiting);
    if (!page) {
        return page.error();
    }
    const auto after = place_of(*page);
    if (!after) {
        return after.error();
    }
    const auto rows = desk::delivery::list_outbox(tx, call.principal.account, *channel, *after, page->limit + 1);
    const auto place = [](const Delivery& row) {
        return Cursor{.key = sql_timestamp(row.created_at), .id = row.id.value};
    };
    return Answer{.status = 200, .body = write_page(kWaiting, *page, rows, write_waiting, place)};
}

Result<Answer> handle_acknowledge_delivery(Tx& tx, const Call& call) {
    const auto channel = path_id<ChannelId>(call, "channel");
    const auto delivery = path_id<DeliveryId>(call, "delivery", "delivery_id");
    if (!channel || !delivery) {
        return not_found("delivery");
    }
    text::JsonReader reader(call.body);
    auto external_id = reader.optional_string("id", {.max_bytes = limits::kExternalIdBytesMax});
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto sent = desk::delivery::acknowledge(tx,
                                                  {.account = call.principal.account,
                                                   .channel = *channel,
                                                   .delivery = *delivery,
                                                   .external_id = std::move(external_id),
                                                   .actor = call.actor()},
                                                  call.desk.metrics);
    if (!sent) {
        return sent.error();
    }
    announce_after_commit(tx, call, desk::Topic::event);
    return answer_with(*sent);
}

Result<Answer> handle_get_delivery(Tx& tx, const Call& call) {
    const auto id = path_id<DeliveryId>(call, "delivery");
    if (!id) {
        return id.error();
    }
    const auto delivery = desk::delivery::find(tx, call.principal.account, *id);
    if (!delivery) {
        return delivery.error();
    }
    auto answer = answer_with(*delivery);
    answer.body.pop_back();
    answer.body += ",\"attempts\":";
    text::JsonWriter json(answer.body);
    write_attempts(json, desk::delivery::attempts_of(tx, call.principal.account, *id));
    answer.body += ",\"copy_error\":";
    text::JsonWriter(answer.body).value(desk::delivery::find_copy_error(tx, call.principal.account, *id));
    answer.body += '}';
    return answer;
}

Result<Answer> handle_retry_delivery(Tx& tx, const Call& call) {
    const auto id = path_id<DeliveryId>(call, "delivery");
    if (!id) {
        return id.error();
    }
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    const auto queued = desk::delivery::retry(tx, call.principal.account, *id, call.actor());
    if (!queued) {
        return queued.error();
    }
    announce_after_commit(tx, call, desk::Topic::delivery);
    announce_after_commit(tx, call, desk::Topic::event);
    return answer_with(*queued);
}

}  // namespace lupaus::inbox
