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

// The verdict on a message, and the rule that fired; empty: a person wants an answer. Whom the desk blocked has nothing
// to say, whatever it is, and what the desk itself sends is no customer's.
std::optional<desk::message::Judgement> judge(const desk::inbound::Inbound& message, const ContactFacts& contact,
                                              const Snapshot& snapshot);

Said when_said(const Item& item, const ChannelFacts& channel);

}  // namespace lupaus::router
