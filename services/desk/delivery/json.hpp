// Deliveries as JSON. What a webhook channel's receiver is sent (proto/outbound.schema.json) is built once, when the
// reply is written, and stored: every attempt sends the same bytes. Pure, any thread.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::delivery {

struct Mailbox {
    std::string name{};
    std::string address{};
};

// Of a reply on an email channel. Ids are without <>; the name of the sender is the channel's.
struct OutboundMail {
    std::string message_id{};
    Mailbox from{};
    std::string reply_to{};
    std::vector<Mailbox> to{}, cc{}, bcc{};
    std::string subject{};
    std::string in_reply_to{};              // empty: it answers nothing
    std::vector<std::string> references{};  // the oldest first
};

// Views live for the call.
struct Outbound {
    MessageId message;
    ConversationId conversation;
    std::int64_t conversation_number = 0;
    std::optional<std::string_view> thread_id;
    ContactId contact;
    std::string_view address;  // of the contact on the channel
    std::string_view text;
    std::optional<std::string_view> html;
    std::span<const message::Attachment> attachments;
    AgentId agent;  // nil: an automatic message
    std::string_view agent_name;
    Timestamp created_at{};
    std::optional<std::string_view> in_reply_to;  // external id of the customer's message that it answers
    std::optional<OutboundMail> mail{};           // on an email channel
};

std::string outbound_body(const Outbound& reply);

std::string_view word(State state);  // as the API, the events and receipts have it

// What the API and the events show of a delivery; without its body.
void append_json(std::string& out, const Delivery& delivery);

}  // namespace lupaus::desk::delivery
