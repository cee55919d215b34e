// The desk's strong ids. All are UUIDv7 made in the program; none of them orders anything.
#pragma once

#include "common/base/uuid.hpp"

#include <optional>

namespace lupaus::desk {

using AccountId = StrongId<struct AccountTag>;
using AgentId = StrongId<struct AgentTag>;
using TeamId = StrongId<struct TeamTag>;
using ChannelId = StrongId<struct ChannelTag>;
using ContactId = StrongId<struct ContactTag>;
using ConversationId = StrongId<struct ConversationTag>;
using MessageId = StrongId<struct MessageTag>;
using AttachmentId = StrongId<struct AttachmentTag>;
using PromiseId = StrongId<struct PromiseTag>;
using PolicyId = StrongId<struct PolicyTag>;
using HoursId = StrongId<struct HoursTag>;
using AlertId = StrongId<struct AlertTag>;
using DeliveryId = StrongId<struct DeliveryTag>;
using EventId = StrongId<struct EventTag>;
using TokenId = StrongId<struct TokenTag>;
using WebhookId = StrongId<struct WebhookTag>;

// In JSON an id that names nothing is null.
template <class Tag>
std::optional<StrongId<Tag>> id_or_null(const StrongId<Tag>& id) {
    return id.is_nil() ? std::nullopt : std::optional(id);
}

}  // namespace lupaus::desk
