// One message as an adapter hands it over; a test changes the field it is about.
#pragma once

#include "services/desk/inbound/types.hpp"

namespace lupaus::support {

inline desk::inbound::Inbound make_inbound(desk::AccountId account, desk::ChannelId channel, std::string external_id) {
    desk::inbound::Inbound message;
    message.account = account;
    message.channel = channel;
    message.external_id = std::move(external_id);
    message.sender_id = "u1";
    message.sender_name = "Aino";
    message.text = "Hei!";
    message.raw = "{\"id\":\"" + message.external_id + "\"}";
    return message;
}

inline desk::inbound::Inbound make_inbound(std::string external_id = "ext-1") {
    return make_inbound(desk::AccountId::make(), desk::ChannelId::make(), std::move(external_id));
}

}  // namespace lupaus::support
