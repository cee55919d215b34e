// What is owed for what customers said: waits for a reply begin, or turn out to have begun before, and are promises.
// While a bot has the customer the wait runs and nothing is promised: that begins with the handover. Pure; lives for
// one batch.
#pragma once

#include "services/desk/promise/rules.hpp"
#include "services/router/sheet.hpp"

namespace lupaus::router {

class Waits {
public:
    explicit Waits(Sheet& sheet) : sheet_(sheet) {}

    // The customer said something then that wants an answer, of the channel's bot or of the desk.
    void ask(ConversationChange& change, Timestamp at);

    // From the bot that holds it to the desk, at that time. `reason`: see count_handover.
    void hand_over(ConversationChange& change, Timestamp at, std::string_view reason);

private:
    struct Opening {
        desk::promise::Kind kind{};
        Timestamp waiting_since{};
        Timestamp opened_at{};
    };

    void ask_bot(Conversation& c, Timestamp at);
    void begin(Conversation& c, const Opening& opening);
    void begin_earlier(Conversation& c, Timestamp at);
    const desk::promise::Policy* policy_for(const desk::promise::Promise& promise, const Conversation& c) const;

    Sheet& sheet_;
};

}  // namespace lupaus::router
