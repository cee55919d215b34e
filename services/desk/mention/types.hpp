// A note names an agent, who hears of it and has it in a list of their own until they have read so far.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"
#include "services/desk/message/types.hpp"

#include <cstddef>
#include <string>

namespace lupaus::desk::mention {

inline constexpr std::size_t kMentionsMax = 20;  // of one note

struct Named {
    AgentId id;
    std::string name;
    bool is_disabled = false;
};

struct Mention {
    message::Message note;
    Timestamp said_at{};
    bool is_unread = true;
};

}  // namespace lupaus::desk::mention
