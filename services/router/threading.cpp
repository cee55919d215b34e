#include "services/router/threading.hpp"

namespace lupaus::router {

namespace {

template <class Map, class Key>
void append_at(const Map& map, const Key& key, std::vector<ConversationId>& found) {
    if (const auto at = map.find(key); at != map.end()) {
        found.push_back(at->second);
    }
}

}  // namespace

std::chrono::seconds reopen_window(const ChannelFacts& channel, std::chrono::seconds usual) {
    return channel.reopen_window.value_or(usual);
}

std::vector<ConversationId> Threading::candidates(const desk::inbound::Inbound& message, ContactId contact) const {
    std::vector<ConversationId> found;
    if (message.thread_id) {
        const ThreadKey thread{message.channel, *message.thread_id};
        append_at(threads_, thread, found);
        append_at(snapshot_.by_thread, thread, found);
        return found;
    }
    if (message.mail) {
        return of_mail(message);
    }
    const ContactChannel key{message.channel, contact};
    if (const auto begun = of_contact_.find(key); begun != of_contact_.end()) {
        found.assign(begun->second.rbegin(), begun->second.rend());
    }
    append_at(snapshot_.newest, key, found);
    return found;
}

std::vector<ConversationId> Threading::of_mail(const desk::inbound::Inbound& message) const {
    std::vector<ConversationId> found;
    append_at(snapshot_.by_number, NumberKey{message.account, message.mail->answers}, found);
    for (const auto& id : message.mail->references) {
        append_at(mails_, std::pair(message.account, id), found);
        append_at(snapshot_.by_mail, MailKey{message.channel, id}, found);
    }
    return found;
}

// The first with an id keeps it, as in the table.
void Threading::remember(const desk::inbound::Inbound& mail, ConversationId conversation) {
    if (mail.mail && !mail.mail->id.empty()) {
        mails_.try_emplace(std::pair(mail.account, mail.mail->id), conversation);
    }
}

void Threading::remember(const Conversation& begun) {
    of_contact_[ContactChannel{begun.channel, begun.contact}].push_back(begun.id);
    if (begun.thread_id) {
        threads_[ThreadKey{begun.channel, *begun.thread_id}] = begun.id;
    }
}

}  // namespace lupaus::router
