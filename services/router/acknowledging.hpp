// Whether a customer who begins a conversation by mail is told at once that it has arrived. Never twice a day, never
// where a machine might answer that answer or nobody has verified who wrote (desk/autoreply), never where a bot
// answers; what is withheld is told with its rule. It ends no wait and moves no due time. Pure; lives for one batch.
// Sources: RFC 3834 (automatic responses).
#pragma once

#include "services/router/sheet.hpp"

#include <set>

namespace lupaus::router {

class Acknowledging {
public:
    explicit Acknowledging(Sheet& sheet) : sheet_(sheet) {}

    // A person said it, and somebody waits for an answer.
    void hear(const Item& item, ConversationChange& change);

private:
    std::string why_not(const Item& item, const Conversation& conversation) const;

    Sheet& sheet_;
    std::set<desk::acknowledgement::Sender> written_to_;
};

}  // namespace lupaus::router
