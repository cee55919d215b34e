#include "services/desk/conversation/rules.hpp"

#include "services/desk/promise/rules.hpp"

#include <algorithm>

namespace lupaus::desk::conversation {

namespace {

// What has no due time comes after all that has one.
bool is_due_sooner(const promise::Promise& promise, const std::optional<Owed>& owed) {
    return !owed || (promise.due_at && (!owed->due_at || *promise.due_at < *owed->due_at));
}

void add(Conversation& conversation, const promise::Promise& promise) {
    if (is_due_sooner(promise, conversation.owed)) {
        conversation.owed = Owed{.id = promise.id,
                                 .kind = static_cast<std::int16_t>(promise.kind),
                                 .opened_at = promise.opened_at,
                                 .due_at = promise.due_at};
    }
    const auto rank = promise::rank_of(promise);
    conversation.rank_at = std::min(conversation.rank_at.value_or(rank), rank);
}

}  // namespace

void owe(Conversation& conversation, const promise::Promise& promise) {
    conversation.waiting_since = promise.waiting_since;
    conversation.begun = false;
    add(conversation, promise);
}

void owe_earlier(Conversation& conversation, const promise::Promise& promise) {
    conversation.waiting_since = promise.waiting_since;
    if (conversation.owed && conversation.owed->id == promise.id) {
        conversation.owed.reset();
    }
    add(conversation, promise);
}

void end_wait(Conversation& conversation, const std::optional<Owed>& next) {
    conversation.waiting_since.reset();
    conversation.owed = next;
    conversation.rank_at = next ? next->due_at : std::nullopt;
}

void owe_word(Conversation& conversation, const promise::Promise& word) {
    add(conversation, word);
}

void owe_these(Conversation& conversation, std::span<const promise::Promise> open) {
    conversation.owed.reset();
    conversation.rank_at.reset();
    for (const auto& promise : open) {
        add(conversation, promise);
    }
}

bool is_held_by_bot(const Conversation& conversation) {
    return !conversation.bot.is_nil();
}

void give_to_bot(Conversation& conversation, TokenId bot) {
    conversation.bot = bot;
    conversation.begun = false;
    if (!conversation.assignee.is_nil()) {
        conversation.previous_agent = conversation.assignee;
        conversation.assignee = AgentId{};
    }
}

void ask_bot(Conversation& conversation, Timestamp said_at, Timestamp asked_at) {
    conversation.waiting_since = std::min(conversation.waiting_since.value_or(said_at), said_at);
    conversation.bot_asked_at = conversation.bot_asked_at.value_or(asked_at);
}

void take_from_bot(Conversation& conversation) {
    conversation.bot = TokenId{};
    conversation.bot_asked_at.reset();
}

bool is_offered(const Conversation& conversation) {
    return conversation.state == State::open && conversation.assignee.is_nil() && !is_held_by_bot(conversation) &&
           conversation.rank_at.has_value();
}

bool counts_for_assignee(const Conversation& conversation) {
    return conversation.state == State::open && !conversation.assignee.is_nil();
}

std::string_view to_string(State state) {
    switch (state) {
        case State::open:
            return "open";
        case State::pending:
            return "pending";
        case State::snoozed:
            return "snoozed";
        case State::resolved:
            return "resolved";
    }
    return "unknown";
}

std::string_view to_string(Priority priority) {
    switch (priority) {
        case Priority::low:
            return "low";
        case Priority::normal:
            return "normal";
        case Priority::high:
            return "high";
        case Priority::urgent:
            return "urgent";
    }
    return "unknown";
}

std::string_view to_string(Visibility visibility) {
    return visibility == Visibility::public_ ? "public" : "private";
}

}  // namespace lupaus::desk::conversation
