#include "services/router/acknowledging.hpp"

#include "services/desk/conversation/rules.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

desk::acknowledgement::Sender sender_of(const Item& item) {
    return {.account = item.message.account, .address = item.message.sender_id};
}

}  // namespace

void Acknowledging::hear(const Item& item, ConversationChange& change) {
    const bool begins_it = change.is_new && change.begun_by == item.row.seq;
    if (!begins_it || !item.message.mail || !sheet_.snapshot.acknowledgements.contains(item.message.channel)) {
        return;
    }
    auto& c = change.conversation;
    if (auto rule = why_not(item, c); !rule.empty()) {
        sheet_.happen({.type = "acknowledgement.withheld",
                       .conversation = c.id,
                       .message = item.row.id,
                       .extra = R"("rule":")" + rule + '"'});
        sheet_.changes.withheld.push_back(std::move(rule));
        return;
    }
    const MessageId id{sheet_.options.make_id()};
    written_to_.insert(sender_of(item));
    c.last_message_at = std::max(c.last_message_at, sheet_.snapshot.now);
    sheet_.changes.acknowledgements.push_back({.id = id, .conversation = c.id, .item = &item});
    sheet_.happen({.type = "message.created", .conversation = c.id, .message = id});
}

std::string Acknowledging::why_not(const Item& item, const Conversation& conversation) const {
    const auto& rule = item.message.mail->no_autoreply;
    if (!rule.empty()) {
        return rule;
    }
    if (desk::conversation::is_held_by_bot(conversation)) {
        return "bot";
    }
    const auto sender = sender_of(item);
    const auto known = sheet_.snapshot.written_before.find(sender);
    auto before = known == sheet_.snapshot.written_before.end() ? desk::autoreply::Before{} : known->second;
    before.to_address_today += written_to_.contains(sender) ? 1 : 0;
    return std::string(desk::autoreply::broken_cap(before));
}

}  // namespace lupaus::router
