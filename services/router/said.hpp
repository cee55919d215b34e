// When a message was said, as far as that counts. Pure.
#pragma once

#include "services/router/snapshot.hpp"

namespace lupaus::router {

// The start of a wait lies within the week before arrival. History alone keeps older times.
Timestamp clamp_occurred(const std::optional<Timestamp>& occurred_at, Timestamp received_at);

struct Said {
    Timestamp at{};
    bool is_history = false;  // before its channel went live
};

Said when_said(const Item& item, const ChannelFacts& channel);

}  // namespace lupaus::router
