// Due times that are not promises. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>

namespace lupaus::desk::timer {

enum class Kind : std::int16_t {
    snooze_end = 0,   // subject: a conversation
    undelivered = 1,  // subject: a delivery
    unattended = 2,   // subject: a conversation
    coverage = 3,     // subject: a team, or nil: somebody left who could take what waits there
    bot_silence = 4,  // subject: a conversation whose bot was asked
    bot_end = 5,      // subject: a bot's token, which expires
};

struct Key {
    AccountId account;
    Kind kind = Kind::snooze_end;
    Uuid subject;

    auto operator<=>(const Key&) const = default;
};

struct Timer {
    Key key;
    Timestamp due_at{};
};

}  // namespace lupaus::desk::timer
