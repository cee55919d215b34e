// Where a message may belong: the conversations the snapshot knows and those that this batch began before it. Pure;
// lives for one batch.
#pragma once

#include "services/router/snapshot.hpp"

namespace lupaus::router {

// How long after its resolution a conversation of the channel may be reopened; 0: never.
std::chrono::seconds reopen_window(const ChannelFacts& channel, std::chrono::seconds usual);

class Threading {
public:
    explicit Threading(const Snapshot& snapshot) : snapshot_(snapshot) {}

    // With a thread id exactly that thread; of a mail what its reply address and its references name, in this order,
    // and nothing else; else those of the contact on the channel, newest first.
    std::vector<ConversationId> candidates(const desk::inbound::Inbound& message, ContactId contact) const;

    void remember(const Conversation& begun);
    void remember(const desk::inbound::Inbound& mail, ConversationId conversation);

private:
    std::vector<ConversationId> of_mail(const desk::inbound::Inbound& message) const;

    const Snapshot& snapshot_;
    std::map<ThreadKey, ConversationId> threads_;
    std::map<std::pair<AccountId, std::string>, ConversationId> mails_;
    std::map<ContactChannel, std::vector<ConversationId>> of_contact_;  // in the order they were begun
};

}  // namespace lupaus::router
