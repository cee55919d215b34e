#include "services/desk/acknowledgement/writing.hpp"

#include "common/text/utf8.hpp"
#include "services/desk/canned/rules.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/letter/head.hpp"
#include "services/desk/letter/reply_address.hpp"

#include <algorithm>

namespace lupaus::desk::acknowledgement {

namespace {

using inbound::Role;

canned::Values values_of(const Setting& setting, const conversation::Conversation& conversation) {
    return {.contact_name = conversation.contact_name,
            .agent_name = {},
            .team_name = setting.team_name,
            .channel_name = setting.channel_name,
            .subject = conversation.subject,
            .number = std::to_string(conversation.number)};
}

// In one line, whatever a customer is called.
std::string subject_of(const Setting& setting, const canned::Values& values) {
    const auto& wanted = setting.words.subject;
    const std::string answer = text::lower_ascii(values.subject).starts_with("re:") ? "" : "Re: ";
    auto subject = wanted.empty() ? answer + values.subject : canned::render(wanted, values);
    std::ranges::replace_if(subject, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return subject;
}

message::Message message_of(const Setting& setting, const Occasion& occasion, std::string text) {
    message::Message message;
    message.account = occasion.conversation.account;
    message.id = occasion.id;
    message.conversation = occasion.conversation.id;
    message.ordered_at = occasion.now;
    message.direction = message::Direction::out;
    message.kind = message::Kind::automatic;
    message.author = {.type = message::AuthorType::system, .id = {}, .name = setting.channel_name};
    message.text = std::move(text);
    message.delivery_state = message::DeliveryState::queued;
    message.created_at = occasion.now;
    return message;
}

delivery::OutboundMail mail_of(const crypto::SecretBox& box, const Setting& setting, const Occasion& occasion) {
    const auto& conversation = occasion.conversation;
    const auto& answered = *occasion.mail.mail;
    delivery::OutboundMail mail{
        .message_id = letter::make_message_id(occasion.id, setting.address),
        .from = {.name = setting.sender_name, .address = setting.address},
        .reply_to = letter::make_reply_address(box, {.account = conversation.account, .number = conversation.number},
                                               setting.address),
        .to = {{.name = occasion.mail.sender_name, .address = occasion.mail.sender_id}},
        .subject = subject_of(setting, values_of(setting, conversation)),
        .in_reply_to = answered.id};
    mail.references.assign(answered.references.rbegin(), answered.references.rend());
    if (!answered.id.empty()) {
        mail.references.push_back(answered.id);
    }
    return mail;
}

letter::Letter letter_of(const delivery::OutboundMail& mail, const Occasion& occasion) {
    const auto& to = mail.to.front();
    inbound::MailHead head{.id = mail.message_id,
                           .references = {mail.references.rbegin(), mail.references.rend()},
                           .people = {{.role = Role::from, .name = mail.from.name, .address = mail.from.address},
                                      {.role = Role::to, .name = to.name, .address = to.address}}};
    return {.account = occasion.conversation.account,
            .message = occasion.id,
            .channel = occasion.conversation.channel,
            .direction = message::Direction::out,
            .head = std::move(head)};
}

std::string body_of(const message::Message& message, const Occasion& occasion, delivery::OutboundMail mail) {
    const auto& conversation = occasion.conversation;
    return delivery::outbound_body({.message = message.id,
                                    .conversation = conversation.id,
                                    .conversation_number = conversation.number,
                                    .thread_id = conversation.thread_id,
                                    .contact = conversation.contact,
                                    .address = occasion.mail.sender_id,
                                    .text = message.text,
                                    .html = {},
                                    .attachments = {},
                                    .agent = {},
                                    .agent_name = {},
                                    .created_at = message.created_at,
                                    .in_reply_to = occasion.mail.external_id,
                                    .mail = std::move(mail)});
}

}  // namespace

Acknowledgement write(const crypto::SecretBox& box, const Setting& setting, const Occasion& occasion) {
    const auto& conversation = occasion.conversation;
    auto text = canned::render(setting.words.text, values_of(setting, conversation));
    Acknowledgement written{.message = message_of(setting, occasion, std::move(text))};
    auto mail = mail_of(box, setting, occasion);
    written.letter = letter_of(mail, occasion);
    written.delivery = {.account = conversation.account,
                        .channel = conversation.channel,
                        .conversation = conversation.id,
                        .message = occasion.id,
                        .author = {},
                        .body = body_of(written.message, occasion, std::move(mail))};
    return written;
}

}  // namespace lupaus::desk::acknowledgement
