// Which wait a reply ends that was sent `despite` messages its author had not seen (SEMANTICS "Assignment", two
// agents): the one that what they had seen belongs to, and no other. Pure.
#pragma once

#include "services/desk/message/types.hpp"

#include <optional>
#include <span>

namespace lupaus::inbox {

struct ReplyWait {
    bool is_ended = true;              // the open wait, if there is one
    std::optional<Timestamp> reopens;  // the customer's oldest unseen message begins a wait of its own
};

// `waiting_since`: the customer's oldest unanswered message. `unseen`: what became visible after `seen`, in that order.
ReplyWait wait_of_reply(const std::optional<Timestamp>& waiting_since, const desk::message::Message& seen,
                        std::span<const desk::message::Message> unseen);

}  // namespace lupaus::inbox
