// Search over what customers and agents wrote. A hit is one message, or the head of a conversation: its subject, its
// customer and its tags.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::search {

enum class Order : std::uint8_t { newest, relevant };

struct Hit {
    ConversationId conversation;
    MessageId message;  // nil: the head
    Uuid document;      // with `at` the place in the order of the newest
    Timestamp at{};
    std::string passage;  // marked, see rules.hpp
};

}  // namespace lupaus::desk::search
