// The account's log of changes, read by the live feed, the event pages and integrators' webhooks.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lupaus::desk::event {

enum class ActorType : std::int16_t { customer = 0, agent = 1, bot = 2, system = 3 };

// Who did it. `id`: contact or agent; `token`: the credential that was used.
struct Actor {
    ActorType type = ActorType::system;
    Uuid id;
    TokenId token;

    static Actor system() { return {}; }
};

// What is appended. `data` is a JSON object: {"conversation":{…}, …}; the message is joined when it is read.
struct Draft {
    AccountId account;
    std::string_view type;  // a constant: message.created, conversation.assigned, …
    Actor actor;
    ConversationId conversation;
    MessageId message;
    std::string data;
};

// As read back. `json` is the whole event as it goes over the wire.
struct Event {
    AccountId account;
    std::int64_t seq = 0;
    std::string type;
    std::string json;
};

// What decides who is told of an event, without what it says.
struct Head {
    std::int64_t seq = 0;
    EventId id;
    std::string type;
    TokenId token;
    ConversationId conversation;
    TeamId team;  // of the conversation, after the change
    ChannelId channel;
    Timestamp occurred_at{};
};

}  // namespace lupaus::desk::event
