// An outbound reply on its way. Codes are stored as smallint and shared with message::DeliveryState; never renumber
// them. Queued without a due time it waits in its channel's outbox until it is acknowledged there.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"
#include "services/desk/message/types.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::delivery {

using State = message::DeliveryState;

struct Delivery {
    AccountId account;
    DeliveryId id;
    ChannelId channel;
    ConversationId conversation;
    MessageId message;
    AgentId author;
    State state = State::queued;
    int attempt = 0;
    std::optional<Timestamp> due_at;  // of the next attempt; while sending the end of the lease; empty: see state
    std::optional<Timestamp> leased_until;
    std::string body;  // the bytes that are sent, unchanged, at every attempt
    std::optional<std::string> error;
    std::optional<std::string> external_id;  // the receiver's own id of the message; receipts refer to it
    Timestamp created_at{};
    std::optional<Timestamp> sent_at;
};

}  // namespace lupaus::desk::delivery
