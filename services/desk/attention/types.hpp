// What a conversation is to one agent alone: how far they have read it, and the reply they are writing. Nobody else
// sees either, and the log has neither.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::attention {

struct Key {
    AccountId account;
    AgentId agent;
    ConversationId conversation;
};

struct Draft {
    ConversationId conversation;
    std::string text;
    std::optional<std::string> html;
    Timestamp updated_at{};
};

struct Glance {
    ConversationId conversation;
    std::optional<Timestamp> read_to;  // the place of the last message that was read; none: nothing was
    bool has_draft = false;
};

}  // namespace lupaus::desk::attention
