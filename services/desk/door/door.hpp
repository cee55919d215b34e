// What whoever takes messages in needs of their channel, its secrets opened.
#pragma once

#include "services/desk/channel/types.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::door {

struct Door {
    AccountId account{};
    channel::Kind kind = channel::Kind::webhook;
    std::vector<std::string> secrets{};  // bytes; two while they rotate
    Timestamp live_since{};
    std::optional<int> inbound_per_second{};  // see Allowance
    std::optional<int> messages_per_day{};
    std::optional<channel::Email> email{};  // of the kind email
};

using FoundDoor = std::shared_ptr<const Door>;  // empty: no such channel

}  // namespace lupaus::desk::door
