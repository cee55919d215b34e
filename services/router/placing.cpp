#include "services/router/placing.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

using desk::conversation::State;
using desk::inbound::Inbound;
using desk::message::AttachmentState;

AgentId last_agent_of(const Conversation& c) {
    const auto before = c.passed_on ? AgentId{} : c.previous_agent;
    return c.assignee.is_nil() ? before : c.assignee;
}

}  // namespace

ContactFacts Placing::contact_of(const Item& item) {
    const auto& in = item.message;
    const Address address{in.channel, in.sender_id};
    if (const auto known = sheet_.snapshot.contacts.find(address); known != sheet_.snapshot.contacts.end()) {
        return known->second;
    }
    if (const auto made = new_contacts_.find(address); made != new_contacts_.end()) {
        return made->second;
    }
    const ContactFacts contact{.id = ContactId{sheet_.options.make_id()}, .name = in.sender_name, .blocked = false};
    new_contacts_.emplace(address, contact);
    sheet_.changes.contacts.push_back(NewContact{.account = in.account,
                                                 .id = contact.id,
                                                 .channel = in.channel,
                                                 .address = in.sender_id,
                                                 .name = in.sender_name,
                                                 .email = in.sender_email,
                                                 .created_at = item.row.received_at});
    return contact;
}

ConversationChange* Placing::place(const Item& item, const ContactFacts& contact, const Said& said) {
    const auto spot = find_spot(item.message, contact, said.at);
    if (spot.is_busy) {
        return nullptr;
    }
    auto& change =
        spot.joins.is_nil() ? begin_conversation(item, contact, spot.previous, said.at) : sheet_.work_on(spot.joins);
    auto& conversation = change.conversation;
    name(change, item.message);
    add_message(item, conversation, contact, said);
    keep_letter(item);
    threading_.remember(item.message, conversation.id);
    conversation.last_message_at = std::max(conversation.last_message_at, said.at);
    return &change;
}

Placing::Spot Placing::find_spot(const Inbound& in, const ContactFacts& contact, Timestamp at) {
    // What a machine says of a mail belongs to that mail, however long ago it was: it reopens nothing.
    const bool is_machines = in.mail && judge(in, contact, sheet_.snapshot);
    Spot spot;
    for (const auto id : threading_.candidates(in, contact.id)) {
        if (is_gone(id)) {
            continue;
        }
        // Merged away between the look and the lock: the next look finds where its messages are now.
        if (sheet_.snapshot.busy.contains(id) || !sheet_.work_on(id).conversation.merged_into.is_nil()) {
            spot.is_busy = true;
            return spot;
        }
        if (in.thread_id || is_machines || may_join(sheet_.work_on(id).conversation, at)) {
            spot.joins = id;
            return spot;
        }
        spot.previous = spot.previous.is_nil() ? id : spot.previous;
        if (in.mail) {
            return spot;  // the newest reference decides; an older one says less
        }
    }
    return spot;
}

bool Placing::is_gone(ConversationId id) const {
    const auto& snapshot = sheet_.snapshot;
    return !snapshot.busy.contains(id) && !snapshot.held.contains(id) && !sheet_.changes.conversations.contains(id);
}

bool Placing::may_join(const Conversation& known, Timestamp at) const {
    const auto window = reopen_window(sheet_.snapshot.channels.at(known.channel), sheet_.options.reopen_window);
    const bool is_recent = window > window.zero() && at - known.resolved_at.value_or(at) <= window;
    return known.state != State::resolved || is_recent;
}

ConversationChange& Placing::begin_conversation(const Item& item, const ContactFacts& contact, ConversationId previous,
                                                Timestamp at) {
    const auto& in = item.message;
    const auto& channel = sheet_.snapshot.channels.at(in.channel);
    const ConversationId id{sheet_.options.make_id()};
    auto& change = sheet_.changes.conversations[id];
    change.is_new = true;
    change.begun_by = item.row.seq;
    auto& c = change.conversation;
    c.account = in.account;
    c.id = id;
    c.contact = contact.id;
    c.contact_name = contact.name;
    c.channel = in.channel;
    c.thread_id = in.thread_id;
    c.visibility = in.visibility;
    c.subject = in.subject;
    c.team = channel.team;
    c.weight = channel.weight;
    c.previous = previous;
    c.previous_agent = previous.is_nil() ? AgentId{} : last_agent_of(sheet_.work_on(previous).conversation);
    c.last_message_at = at;
    c.created_at = sheet_.snapshot.now;
    threading_.remember(c);
    sheet_.happen({.type = "conversation.created", .conversation = c.id, .customer = contact.id});
    return change;
}

// The first reference stays; one that another conversation has is nobody else's.
void Placing::name(ConversationChange& change, const Inbound& in) {
    auto& c = change.conversation;
    if (!in.external_ref || c.external_ref) {
        return;
    }
    const desk::conversation::ExternalRef ref{c.account, *in.external_ref};
    if (!sheet_.snapshot.by_external_ref.contains(ref) && given_refs_.insert(ref).second) {
        c.external_ref = in.external_ref;
        change.is_changed = true;
    }
}

void Placing::add_message(const Item& item, const Conversation& conversation, const ContactFacts& contact,
                          const Said& said) {
    const auto& in = item.message;
    desk::message::Message message;
    message.account = in.account;
    message.id = item.row.id;
    message.conversation = conversation.id;
    message.channel = in.channel == conversation.channel ? desk::ChannelId{} : in.channel;
    message.seq = item.row.seq;
    message.ordered_at = said.at;
    message.author = {.type = desk::message::AuthorType::customer, .id = contact.id.value, .name = contact.name};
    message.text = in.text;
    message.html = in.html;
    message.folds = in.folds;
    message.external_id = in.external_id;
    message.history = said.is_history;
    message.judgement = judge(in, contact, sheet_.snapshot);
    message.sent_at = in.sent_at ? in.sent_at : in.occurred_at;
    message.created_at = item.row.received_at;
    for (const auto& file : in.attachments) {
        message.attachments.push_back(
            desk::message::Attachment{.id = desk::AttachmentId{sheet_.options.make_id()},
                                      .message = message.id,
                                      .name = file.name,
                                      .content_type = file.content_type,
                                      .size_bytes = file.size_bytes,
                                      .sha256 = file.sha256,
                                      .state = file.url.empty() ? AttachmentState::ready : AttachmentState::fetching,
                                      .url = file.url,
                                      .content_id = file.content_id});
    }
    sheet_.changes.messages.push_back(std::move(message));
    sheet_.happen(
        {.type = "message.created", .conversation = conversation.id, .message = item.row.id, .customer = contact.id});
}

void Placing::keep_letter(const Item& item) {
    if (item.message.mail) {
        sheet_.changes.letters.push_back({.account = item.row.account,
                                          .message = item.row.id,
                                          .channel = item.row.channel,
                                          .direction = desk::message::Direction::in,
                                          .head = *item.message.mail});
    }
}

}  // namespace lupaus::router
