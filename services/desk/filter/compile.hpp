// A filter as one expression of SQL/JSON path over what a conversation is (the view conversation_facts of the schema),
// with every value of it apart, as a variable. Nothing that somebody wrote stands in the expression: it is made of
// words of this file and of numbers. An attribute that is gone has no value anywhere. Pure.
#pragma once

#include "services/desk/filter/check.hpp"
#include "services/desk/filter/rules.hpp"
#include "services/desk/filter/types.hpp"

#include <string>

namespace lupaus::desk::filter {

// Who asks, and when.
struct Asker {
    AgentId agent;  // nil: nothing is assigned to "me"
    Timestamp now{};
};

struct Compiled {
    std::string path;           // jsonpath; its answer is true or false
    std::string variables;      // JSON
    bool asks_contact = false;  // what the contact is has to be looked up too
    States states{};            // others need not be looked at
};

Compiled compile(const Node& filter, const Known& known, const Asker& asker);

}  // namespace lupaus::desk::filter
