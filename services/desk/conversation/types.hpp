// A conversation: one contact on one channel, about one thing. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lupaus::desk::conversation {

enum class State : std::int16_t { open = 0, pending = 1, snoozed = 2, resolved = 3 };
enum class Priority : std::int16_t { low = 0, normal = 1, high = 2, urgent = 3 };
enum class Visibility : std::int16_t { private_ = 0, public_ = 1 };  // a direct message or a public post

// The promise next due, copied onto the conversation by whoever opens or settles it.
struct Owed {
    PromiseId id;
    std::int16_t kind = 0;  // promise::Kind
    Timestamp opened_at{};
    std::optional<Timestamp> due_at;
};

struct Conversation {
    AccountId account;
    ConversationId id;
    std::int64_t number = 0;  // per account, for people
    ContactId contact;
    ChannelId channel;
    std::optional<std::string> thread_id;
    std::optional<std::string> external_ref;  // an integrator's own name for it, one of the account's
    Visibility visibility = Visibility::private_;
    std::string subject;
    State state = State::open;
    Priority priority = Priority::normal;
    TeamId team;       // nil: none
    AgentId assignee;  // nil: unassigned
    AgentId previous_agent;
    bool passed_on =
        false;  // by the previous agent, or for them, by hand: the router asks them last; nobody has it since
    ConversationId previous;
    ConversationId split_from;   // where its first message was before
    ConversationId merged_into;  // nil, or where all of it is now: nothing is done to it any more
    int weight = 1;              // what it costs of an agent's capacity while open
    std::vector<std::string> tags;
    std::optional<Timestamp> waiting_since;
    std::optional<Owed> owed;
    std::optional<Timestamp> rank_at;       // order of work: due_at, else waiting_since + 24 h
    bool begun = false;                     // somebody replied or drafted in the present wait
    TokenId bot;                            // that holds it; nil: the desk does
    std::optional<Timestamp> bot_asked_at;  // since when the customer waits for a word of the bot
    bool spam = false;                      // it holds a message with that verdict
    std::optional<Timestamp> snoozed_until;
    std::optional<Timestamp> resolved_at;
    Timestamp last_message_at{};
    int version = 1;
    Timestamp created_at{};
    // Read along for answers and events:
    std::string contact_name;
    std::string attributes = "{}";  // JSON, by key; set_attributes stores them
};

// An integrator's own name for a conversation, within an account.
using ExternalRef = std::pair<AccountId, std::string>;

}  // namespace lupaus::desk::conversation
