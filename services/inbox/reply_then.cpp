#include "services/inbox/reply_then.hpp"

#include "services/inbox/admission.hpp"

#include <algorithm>
#include <array>

namespace lupaus::inbox {

using desk::AgentId;
using desk::conversation::State;

namespace {

constexpr std::array kStates{text::Choice<State>{"pending", State::pending},
                             text::Choice<State>{"snoozed", State::snoozed},
                             text::Choice<State>{"resolved", State::resolved}};

Result<void> set_state(ConversationChange& change, const Then& then, AgentId author) {
    switch (then.state.value_or(State::open)) {
        case State::open:
            return {};
        case State::pending:
            return hold(change);
        case State::snoozed:
            return snooze(change, *then.snoozed_until);
        case State::resolved:
            resolve(std::span(&change, 1), author, "other");
            return {};
    }
    return {};
}

}  // namespace

Then read_then(text::JsonReader& reader) {
    Then then;
    then.state = reader.optional_one_of<State>("state", kStates);
    if (then.state == State::snoozed) {
        then.snoozed_until = reader.timestamp("snoozed_until");
    } else if (reader.optional_timestamp("snoozed_until")) {
        reader.fail("snoozed_until", "goes with the state snoozed alone");
    }
    then.add_tags = reader.string_list("add_tags");
    if (reader.has("assignee_id")) {
        then.assignee = reader.optional_id<AgentId>("assignee_id").value_or(AgentId{});
    }
    reader.refuse_unknown();
    return then;
}

bool is_empty(const Then& then) {
    return !then.state && then.add_tags.empty() && !then.assignee;
}

Result<void> check_then_scope(const Call& call) {
    return check_rights(call.principal, "conversations:write", desk::agent::Role::agent);
}

Result<void> follow_up(Tx& tx, const Call& call, ConversationChange& change, const Then& then, AgentId author) {
    if (then.snoozed_until) {
        if (const auto fault = snooze_fault(*then.snoozed_until, change.now()); !fault.empty()) {
            return invalid_field("/then/snoozed_until", std::string(fault));
        }
    }
    if (then.assignee) {
        if (const auto fault = assignee_fault(tx, call, *then.assignee); !fault.empty()) {
            return invalid_field("/then/assignee_id", std::string(fault));
        }
        if (auto assigned = assign(call, change, *then.assignee); !assigned) {
            return assigned;
        }
    }
    if (auto tagged = add_tags(change, then.add_tags); !tagged) {
        return tagged;
    }
    return set_state(change, then, author);
}

}  // namespace lupaus::inbox
