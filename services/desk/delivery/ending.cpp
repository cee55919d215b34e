#include "services/desk/delivery/ending.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/conversation/wait.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/delivery/queries.sql.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/store.hpp"

#include <utility>

namespace lupaus::desk::delivery {

namespace {

// A refusal had made the wait go on; now that the reply arrived after all, it ends it as any reply does.
std::optional<promise::Settled> settle_reopened_wait(Tx& tx, const Delivery& delivery, telemetry::Metrics& metrics) {
    const pqxx::params message{to_string(delivery.account), to_string(delivery.message)};
    if (tx.exec(sql::find_reopened_wait, message).empty()) {
        return std::nullopt;
    }
    auto conversation = conversation::lock_one(tx, {delivery.account, delivery.conversation});
    if (!conversation || tx.exec(sql::find_reopened_wait, message).empty()) {
        return std::nullopt;
    }
    auto settled = conversation::end_wait(
        tx, *conversation, {.ending = promise::Ending::replied, .agent = delivery.author, .message = delivery.message},
        metrics);
    if (settled) {
        ++conversation->version;
        conversation::update(tx, {&*conversation, 1});
        tx.exec(sql::note_settled,
                pqxx::params{to_string(delivery.account), to_string(delivery.message), to_string(settled->promise.id)});
    }
    return settled;
}

}  // namespace

Delivery read_delivery(const pqxx::row& row) {
    Delivery delivery;
    delivery.account = read_id<AccountId>(row[0]);
    delivery.id = read_id<DeliveryId>(row[1]);
    delivery.channel = read_id<ChannelId>(row[2]);
    delivery.conversation = read_id<ConversationId>(row[3]);
    delivery.message = read_id<MessageId>(row[4]);
    delivery.author = read_id<AgentId>(row[5]);
    delivery.state = static_cast<State>(row[6].as<std::int16_t>());
    delivery.attempt = row[7].as<int>();
    delivery.due_at = read_optional_timestamp(row[8]);
    delivery.leased_until = read_optional_timestamp(row[9]);
    delivery.body = row[10].as<std::string>();
    delivery.error = read_optional_text(row[11]);
    delivery.external_id = read_optional_text(row[12]);
    delivery.created_at = read_timestamp(row[13]);
    delivery.sent_at = read_optional_timestamp(row[14]);
    return delivery;
}

Consequences finish_sent(Tx& tx, const Delivery& delivery, telemetry::Metrics& metrics) {
    Consequences after;
    if (auto settled = settle_reopened_wait(tx, delivery, metrics)) {
        after.settled = std::move(settled->promise);
        after.resolved = std::move(settled->resolved);
    }
    promise::note_delivered(tx, delivery.account, delivery.message);
    for (auto& alert : alert::resolve_subject(tx, delivery.account, alert::Kind::undelivered, delivery.id.value)) {
        after.resolved.push_back(std::move(alert));
    }
    return after;
}

Consequences finish_refused(Tx& tx, const Delivery& delivery) {
    Consequences after;
    if (auto reopened = promise::reopen_undelivered(tx, delivery.account, delivery.message)) {
        (reopened->is_new ? after.opened : after.moved) = std::move(reopened->promise);
    }
    return after;
}

std::vector<event::Draft> draft_events(Tx& tx, const Delivery& delivery, const Consequences& after,
                                       const event::Actor& actor) {
    const auto known = conversation::find(tx, {delivery.account, delivery.conversation});
    const auto conversation = known ? conversation::to_json(*known) : std::string("null");
    const auto draft = [&](std::string_view type, std::string_view subject, const auto& value) {
        std::string data = "{\"conversation\":" + conversation + ",\"";
        data.append(subject).append("\":");
        append_json(data, value);
        data += '}';
        return event::Draft{.account = delivery.account,
                            .type = type,
                            .actor = actor,
                            .conversation = delivery.conversation,
                            .message = delivery.message,
                            .data = std::move(data)};
    };
    std::vector<event::Draft> drafts{draft("message.delivery", "delivery", delivery)};
    if (after.opened) {
        drafts.push_back(draft("promise.opened", "promise", *after.opened));
    }
    if (after.moved) {
        drafts.push_back(draft("promise.moved", "promise", *after.moved));
    }
    if (after.settled) {
        drafts.push_back(draft("promise.settled", "promise", *after.settled));
    }
    for (const auto& alert : after.resolved) {
        drafts.push_back(draft("alert.resolved", "alert", alert));
    }
    return drafts;
}

}  // namespace lupaus::desk::delivery
