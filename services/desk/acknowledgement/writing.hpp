// An acknowledgement as the message, the mail and the delivery that it becomes. It answers the customer's mail and goes
// to the address of its From alone, which the channel's trusted host has verified: RFC 3834 prefers the return path,
// which forwarders rewrite; whoever else the mail names (Reply-To, Cc) was named by somebody whom nobody has verified.
// The courier writes it as every automatic mail, marked as such and with a null return path. Pure, any thread.
#pragma once

#include "common/crypto/secretbox.hpp"
#include "services/desk/acknowledgement/types.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/inbound/types.hpp"
#include "services/desk/letter/types.hpp"

namespace lupaus::desk::acknowledgement {

struct Occasion {
    MessageId id{};                                  // that it shall have
    const conversation::Conversation& conversation;  // that the mail began; with its number
    const inbound::Inbound& mail;
    Timestamp now{};
};

struct Acknowledgement {
    message::Message message{};
    letter::Letter letter{};
    delivery::NewDelivery delivery{};
};

Acknowledgement write(const crypto::SecretBox& box, const Setting& setting, const Occasion& occasion);

}  // namespace lupaus::desk::acknowledgement
