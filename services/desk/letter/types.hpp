// A mail as the desk remembers it beside its message: by which id others refer to it, and whom it names.
#pragma once

#include "services/desk/ids.hpp"
#include "services/desk/inbound/types.hpp"
#include "services/desk/message/types.hpp"

#include <string_view>

namespace lupaus::desk::letter {

inline constexpr std::string_view kOwnAddress =
    "mail.own_address";  // the router's rule: it knows them all; see machine.hpp

struct Letter {
    AccountId account;
    MessageId message;
    ChannelId channel;
    message::Direction direction = message::Direction::in;
    inbound::MailHead head;
};

}  // namespace lupaus::desk::letter
