#include "services/desk/conversation/rules.hpp"

namespace lupaus::desk::conversation {

void owe(Conversation& conversation, const promise::Promise& promise) {
    owe_earlier(conversation, promise);
    conversation.begun = false;
}

void owe_earlier(Conversation& conversation, const promise::Promise& promise) {
    conversation.waiting_since = promise.waiting_since;
    conversation.owed = Owed{.id = promise.id,
                             .kind = static_cast<std::int16_t>(promise.kind),
                             .opened_at = promise.opened_at,
                             .due_at = promise.due_at};
    conversation.rank_at = promise.due_at ? *promise.due_at : promise.waiting_since + kRankWithoutDue;
}

void owe_nothing(Conversation& conversation) {
    conversation.waiting_since.reset();
    conversation.owed.reset();
    conversation.rank_at.reset();
}

bool counts_for_assignee(const Conversation& conversation) {
    return conversation.state == State::open && !conversation.assignee.is_nil();
}

std::string_view to_string(State state) {
    switch (state) {
        case State::open: return "open";
        case State::pending: return "pending";
        case State::snoozed: return "snoozed";
        case State::resolved: return "resolved";
    }
    return "unknown";
}

std::string_view to_string(Priority priority) {
    switch (priority) {
        case Priority::low: return "low";
        case Priority::normal: return "normal";
        case Priority::high: return "high";
        case Priority::urgent: return "urgent";
    }
    return "unknown";
}

std::string_view to_string(Visibility visibility) {
    return visibility == Visibility::public_ ? "public" : "private";
}

}  // namespace lupaus::desk::conversation
