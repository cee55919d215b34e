// A channel: where messages come from and replies go. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lupaus::desk::channel {

enum class Kind : std::int16_t { webhook = 0 };
enum class ReopenTo : std::int16_t {
    same_agent = 0,  // who had it, if they are online
    queue = 1,       // whoever is free, no matter who had it
};

struct Channel {
    AccountId account;
    ChannelId id;
    Kind kind = Kind::webhook;
    std::string name;
    TeamId team;                       // conversations start here; nil: none
    std::optional<std::string> skill;  // an agent must have it
    int weight = 1;
    std::optional<std::string> outbound_url;            // empty: replies wait in the channel's outbox
    Timestamp live_since{};                             // older messages are history
    bool rotating = false;                              // the previous secret is still accepted
    std::optional<std::chrono::seconds> reopen_window;  // after a resolution; empty: as configured, 0: never
    ReopenTo reopen_to = ReopenTo::same_agent;
    TokenId bot;  // conversations begin with it; nil: with the desk
    std::optional<Timestamp> disabled_at;
    int version = 1;
};

}  // namespace lupaus::desk::channel
