#include "services/desk/letter/answer.hpp"

#include "common/text/utf8.hpp"
#include "services/desk/letter/head.hpp"
#include "services/desk/letter/reply_address.hpp"
#include "services/desk/letter/signature.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::desk::letter {

namespace {

using inbound::MailHead;
using inbound::Person;
using inbound::Role;

bool is_own(const std::set<std::string>& own, const Person& person) {
    return own.contains(person.address) || own.contains(without_tag(person.address));
}

void add_once(std::vector<Person>& people, const Person& person, Role role) {
    if (std::ranges::find(people, person.address, &Person::address) == people.end()) {
        people.push_back({.role = role, .name = person.name, .address = person.address});
    }
}

// "Re: " once, in one line.
std::string subject_of(const conversation::Conversation& conversation, bool is_answer) {
    std::string subject = conversation.subject;
    std::ranges::replace_if(subject, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    const bool has_prefix = text::lower_ascii(subject).starts_with("re:");
    return is_answer && !has_prefix ? "Re: " + subject : subject;
}

MailHead sent_head(const delivery::OutboundMail& mail, const MailHead& answered, const Recipients& recipients) {
    MailHead head{.id = mail.message_id, .references = answered.references};
    if (!answered.id.empty()) {
        head.references.insert(head.references.begin(), answered.id);
    }
    head.people.push_back({.role = Role::from, .name = mail.from.name, .address = mail.from.address});
    for (const auto* people : std::array{&recipients.to, &recipients.cc}) {
        head.people.insert(head.people.end(), people->begin(), people->end());
    }
    return head;
}

// Addresses are kept in lower case, as those that are read.
void replace(std::vector<Person>& people, const std::optional<std::vector<delivery::Mailbox>>& given, Role role) {
    if (given) {
        people.clear();
        for (const auto& mailbox : *given) {
            add_once(people, {.role = role, .name = mailbox.name, .address = lower_address(mailbox.address)}, role);
        }
    }
}

// A machine signs nothing, and does not send back to an address what came from there (RFC 3834, section 3.2).
Words words_of(Tx& tx, const Reply& reply, const std::optional<Answered>& answered) {
    const auto& message = reply.message;
    const Words written{.text = message.text, .html = message.html};
    if (message.author.type != message::AuthorType::agent) {
        return written;
    }
    const auto signature = find_signature(tx, reply.conversation, AgentId{message.author.id}, message.author.name);
    const auto quoted = answered ? find_quoted(tx, reply.conversation, answered->message) : std::nullopt;
    return compose(written, signature, quoted);
}

std::vector<delivery::Mailbox> mailboxes_of(const std::vector<Person>& people) {
    std::vector<delivery::Mailbox> mailboxes;
    for (const auto& person : people) {
        mailboxes.push_back({.name = person.name, .address = person.address});
    }
    return mailboxes;
}

}  // namespace

Recipients recipients_of(const MailHead& answered, const std::set<std::string>& own, std::string_view contact) {
    Recipients recipients;
    for (const auto role : {Role::reply_to, Role::from}) {
        for (const auto& person : answered.people) {
            const bool is_wanted = person.role == role && !is_own(own, person);
            if (is_wanted && (role == Role::reply_to || recipients.to.empty())) {
                add_once(recipients.to, person, Role::to);
            }
        }
    }
    if (recipients.to.empty() && !contact.empty()) {
        recipients.to.push_back({.role = Role::to, .name = {}, .address = std::string(contact)});
    }
    for (const auto& person : answered.people) {
        const bool is_named = person.role == Role::to || person.role == Role::cc;
        const bool is_asked = std::ranges::find(recipients.to, person.address, &Person::address) != recipients.to.end();
        if (is_named && !is_asked && !is_own(own, person)) {
            add_once(recipients.cc, person, Role::cc);
        }
    }
    return recipients;
}

std::optional<Prepared> prepare(Tx& tx, const crypto::SecretBox& box, const Reply& reply) {
    const auto& conversation = reply.conversation;
    const auto from = find_identity(tx, conversation.account, conversation.channel);
    if (!from) {
        return std::nullopt;
    }
    const auto found = find_answered_mail(tx, conversation, reply.visible_max);
    const auto answered = found ? found->head : MailHead{};
    const std::array accounts{conversation.account.value};
    auto own = own_addresses(tx, accounts);
    auto recipients = recipients_of(answered, own[conversation.account], reply.contact_address);
    replace(recipients.to, reply.given.to, Role::to);
    replace(recipients.cc, reply.given.cc, Role::cc);
    delivery::OutboundMail mail{
        .message_id = make_message_id(reply.message.id, from->address),
        .from = {.name = from->name, .address = from->address},
        .reply_to =
            make_reply_address(box, {.account = conversation.account, .number = conversation.number}, from->address),
        .to = mailboxes_of(recipients.to),
        .cc = mailboxes_of(recipients.cc),
        .bcc = reply.given.bcc,
        .subject = subject_of(conversation, !answered.people.empty()),
        .in_reply_to = answered.id,
        .references = {}};
    const Letter letter{.account = conversation.account,
                        .message = reply.message.id,
                        .channel = conversation.channel,
                        .direction = message::Direction::out,
                        .head = sent_head(mail, answered, recipients)};
    mail.references.assign(letter.head.references.rbegin(), letter.head.references.rend());
    insert(tx, {&letter, 1});
    return Prepared{.mail = std::move(mail), .words = words_of(tx, reply, found)};
}

}  // namespace lupaus::desk::letter
