#include "services/desk/delivery/json.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/message/files.hpp"

namespace lupaus::desk::delivery {

namespace {

void write_mailbox(text::JsonWriter& json, const Mailbox& mailbox) {
    json.begin_object().field("name", mailbox.name).field("address", mailbox.address).end_object();
}

void write_mailboxes(text::JsonWriter& json, std::string_view name, const std::vector<Mailbox>& mailboxes) {
    json.key(name).begin_array();
    for (const auto& mailbox : mailboxes) {
        write_mailbox(json, mailbox);
    }
    json.end_array();
}

void write_mail(text::JsonWriter& json, const OutboundMail& mail) {
    json.key("mail").begin_object().field("message_id", mail.message_id).key("from");
    write_mailbox(json, mail.from);
    json.field("reply_to", mail.reply_to);
    write_mailboxes(json, "to", mail.to);
    write_mailboxes(json, "cc", mail.cc);
    write_mailboxes(json, "bcc", mail.bcc);
    json.field("subject", mail.subject).field("in_reply_to", mail.in_reply_to).key("references").begin_array();
    for (const auto& id : mail.references) {
        json.value(id);
    }
    json.end_array().end_object();
}

}  // namespace

std::string_view word(State state) {
    switch (state) {
        case State::queued:
            return "queued";
        case State::sending:
            return "sending";
        case State::sent:
            return "sent";
        case State::delivered:
            return "delivered";
        case State::read:
            return "read";
        case State::failed:
            return "failed";
        case State::uncertain:
            return "uncertain";
        case State::undone:
            return "undone";
    }
    return "unknown";
}

std::string outbound_body(const Outbound& reply) {
    std::string body;
    body.reserve(512 + reply.text.size() + (reply.html ? reply.html->size() : 0));
    text::JsonWriter json(body);
    json.begin_object()
        .field("id", reply.message)
        .field("type", "message")
        .field("conversation_id", reply.conversation)
        .field("conversation_number", reply.conversation_number)
        .field("thread_id", reply.thread_id);
    json.key("contact").begin_object().field("id", reply.contact).field("address", reply.address).end_object();
    json.field("text", reply.text).field("html", reply.html);
    json.key("attachments");
    message::append_attachments(json, reply.attachments);
    if (reply.agent.is_nil()) {
        json.field("agent", nullptr);
    } else {
        json.key("agent").begin_object().field("id", reply.agent).field("name", reply.agent_name).end_object();
    }
    json.field("created_at", reply.created_at);
    if (reply.in_reply_to) {
        json.field("in_reply_to", *reply.in_reply_to);
    }
    if (reply.mail) {
        write_mail(json, *reply.mail);
    }
    json.end_object();
    return body;
}

void append_json(std::string& out, const Delivery& delivery) {
    const bool is_waiting_for_attempt = delivery.state == State::queued || delivery.state == State::uncertain;
    text::JsonWriter json(out);
    json.begin_object()
        .field("id", delivery.id)
        .field("message_id", delivery.message)
        .field("conversation_id", delivery.conversation)
        .field("channel_id", delivery.channel)
        .field("state", word(delivery.state))
        .field("attempt", delivery.attempt)
        .field("due_at", is_waiting_for_attempt ? delivery.due_at : std::nullopt)
        .field("error", delivery.error)
        .field("external_id", delivery.external_id)
        .field("created_at", delivery.created_at)
        .field("sent_at", delivery.sent_at)
        .end_object();
}

}  // namespace lupaus::desk::delivery
