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

    // With a thread id exactly that thread; else those of the contact on the channel, newest first.
    std::vector<ConversationId> candidates(const desk::inbound::Inbound& message, ContactId contact) const;

    void remember(const Conversation& begun);

private:
    const Snapshot& snapshot_;
    std::map<ThreadKey, ConversationId> threads_;
    std::map<ContactChannel, std::vector<ConversationId>> of_contact_;  // in the order they were begun
};

}  // namespace lupaus::router
