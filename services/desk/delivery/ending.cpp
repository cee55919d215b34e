#include "services/desk/delivery/ending.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/delivery/queries.sql.hpp"
#include "services/desk/promise/store.hpp"

#include <utility>

namespace lupaus::desk::delivery {

namespace {

using Alerts = std::vector<alert::Alert>;

// A refusal had made the wait go on; now that the reply arrived after all, it ends it as any reply does.
Alerts settle_reopened_wait(Tx& tx, const Delivery& delivery) {
    const pqxx::params message{to_string(delivery.account), to_string(delivery.message)};
    if (tx.exec(sql::find_reopened_wait, message).empty()) {
        return {};
    }
    auto conversation = conversation::lock_one(tx, {delivery.account, delivery.conversation});
    if (!conversation || tx.exec(sql::find_reopened_wait, message).empty()) {
        return {};
    }
    auto settled = promise::settle_reply(tx, {.account = delivery.account,
                                              .conversation = delivery.conversation,
                                              .ending = promise::Ending::replied,
                                              .agent = delivery.author,
                                              .team = conversation->team,
                                              .message = delivery.message});
    if (!settled) {
        return {};
    }
    conversation::owe_nothing(*conversation);
    ++conversation->version;
    conversation::update(tx, {&*conversation, 1});
    tx.exec(sql::note_settled,
            pqxx::params{to_string(delivery.account), to_string(delivery.message), to_string(settled->promise.id)});
    return std::move(settled->resolved);
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

std::vector<alert::Alert> finish_sent(Tx& tx, const Delivery& delivery) {
    auto ended = settle_reopened_wait(tx, delivery);
    promise::note_delivered(tx, delivery.account, delivery.message);
    for (auto& alert : alert::resolve_subject(tx, delivery.account, alert::Kind::undelivered, delivery.id.value)) {
        ended.push_back(std::move(alert));
    }
    return ended;
}

std::vector<event::Draft> draft_events(Tx& tx, const Delivery& delivery, std::span<const alert::Alert> ended,
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
    for (const auto& alert : ended) {
        drafts.push_back(draft("alert.resolved", "alert", alert));
    }
    return drafts;
}

}  // namespace lupaus::desk::delivery
