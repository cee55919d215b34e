// What a channel tells a customer at once who begins a conversation by mail, in whose name, and who is told.
#pragma once

#include "services/desk/channel/types.hpp"
#include "services/desk/ids.hpp"

#include <compare>
#include <string>

namespace lupaus::desk::acknowledgement {

struct Setting {
    channel::Acknowledgement words{};
    std::string address{};  // that it is from
    std::string sender_name{};
    std::string channel_name{};
    std::string team_name{};  // of the channel's team
};

struct Sender {
    AccountId account{};
    std::string address{};  // in lower case

    auto operator<=>(const Sender&) const = default;
};

}  // namespace lupaus::desk::acknowledgement
