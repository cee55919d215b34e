// A filter: which conversations a saved view shows. A tree of terms, each of which asks one thing of a conversation.
// Offsets are kept as they were written, so that "two hours ago" means that at every look.
#pragma once

#include "common/base/clock.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lupaus::desk::filter {

enum class Field : std::uint8_t {
    state,
    priority,
    team,
    assignee,
    channel,
    contact,
    tag,
    waiting,  // a customer waits for the desk
    owed,
    overdue,
    waiting_since,
    due_at,
    last_message_at,
    created_at,
    snoozed_until,
    resolved_at,
    attribute,          // of the conversation; Term::key says which
    contact_attribute,  // of its contact
};

enum class Op : std::uint8_t { is, in, has, before, after, at_least, at_most, set };

// So long before or after the moment of asking.
struct Offset {
    std::int64_t count = 0;
    char unit = 'h';  // m, h, d or w

    friend bool operator==(const Offset&, const Offset&) = default;
};

// A number as JSON writes it, since that is exact.
struct Number {
    std::string json;

    friend bool operator==(const Number&, const Number&) = default;
};

using Value = std::variant<bool, std::string, Number, Timestamp, Offset>;

struct Term {
    Field field{};
    std::string key;  // of an attribute
    Op op{};
    std::vector<Value> values;  // one, or with `in` several

    friend bool operator==(const Term&, const Term&) = default;
};

enum class Kind : std::uint8_t { all, any, negation, term };

struct Node {
    Kind kind = Kind::all;
    std::vector<Node> parts;  // of a negation: one
    Term term;

    friend bool operator==(const Node&, const Node&) = default;
};

}  // namespace lupaus::desk::filter
