// What is owed for what customers said: waits for a reply begin, or turn out to have begun before, and are promises.
// Pure; lives for one batch.
#pragma once

#include "services/desk/promise/rules.hpp"
#include "services/router/sheet.hpp"

namespace lupaus::router {

class Waits {
public:
    explicit Waits(Sheet& sheet) : sheet_(sheet) {}

    // The customer said something then that wants an answer.
    void ask(ConversationChange& change, Timestamp at);

private:
    void begin(Conversation& c, desk::promise::Kind kind, Timestamp at);
    void begin_earlier(Conversation& c, Timestamp at);
    const desk::promise::Policy* policy_for(const desk::promise::Promise& promise, const Conversation& c) const;

    Sheet& sheet_;
};

}  // namespace lupaus::router
