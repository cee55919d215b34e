#include "services/inbox/conversation_steps.hpp"

#include "common/base/limits.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

using desk::AgentId;
using desk::TeamId;
using desk::agent::Role;
using desk::conversation::State;

namespace {

Error forbidden(std::string detail) {
    return Error{.code = Errc::forbidden, .detail = std::move(detail)};
}

Error conflict(std::string detail) {
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

Result<void> check_may_assign(const Call& call, AgentId current, AgentId wanted) {
    const auto self = call.principal.agent;
    if (call.principal.role != Role::agent || wanted == self) {
        return {};
    }
    if (wanted.is_nil() && (current.is_nil() || current == self)) {
        return {};
    }
    return forbidden(wanted.is_nil() ? "Only a lead takes a conversation from a colleague without having it."
                                     : "Only a lead gives a conversation to somebody else.");
}

void set_aside(ConversationChange& change, State state, const std::optional<Timestamp>& until) {
    change.conversation.state = state;
    change.conversation.snoozed_until = until;
}

void set_resolved(ConversationChange& change, const std::optional<desk::promise::Settled>& waived,
                  std::string_view reason) {
    desk::conversation::take_from_bot(change.conversation);
    if (change.conversation.state != State::resolved) {
        set_aside(change, State::resolved, std::nullopt);
        change.conversation.resolved_at = change.now();
        change.tell("conversation.resolved", waived ? text_member("reason", reason) : "");
    } else if (waived) {
        change.tell("conversation.waived", text_member("reason", reason));
    }
    if (waived) {
        change.tell_settled(*waived);
    }
}

void set_tags(ConversationChange& change, std::vector<std::string> tags) {
    if (change.conversation.tags != tags) {
        change.conversation.tags = std::move(tags);
        change.tell("conversation.updated");
    }
}

Error resolved_already() {
    return conflict("This conversation is resolved; reopen it first.");
}

}  // namespace

std::string_view assignee_fault(Tx& tx, const Call& call, AgentId agent) {
    if (agent.is_nil()) {
        return {};
    }
    const auto known = desk::agent::find(tx, call.principal.account, agent, lease_terms(call));
    if (!known) {
        return "names no agent";
    }
    return known->disabled_at ? "names an agent who is disabled" : "";
}

std::string_view snooze_fault(Timestamp until, Timestamp now) {
    if (until <= now) {
        return "must be in the future";
    }
    return until > now + kSnoozeMax ? "must be within a year" : "";
}

Result<void> assign(const Call& call, ConversationChange& change, AgentId agent) {
    if (auto may = check_may_assign(call, change.conversation.assignee, agent); !may) {
        return may;
    }
    if (change.conversation.assignee != agent) {
        agent.is_nil() ? change.pass_on() : change.assign_to(agent);
        change.tell(agent.is_nil() ? "conversation.unassigned" : "conversation.assigned");
    }
    return {};
}

Result<void> snooze(ConversationChange& change, Timestamp until) {
    if (change.conversation.state == State::resolved) {
        return resolved_already();
    }
    if (change.conversation.snoozed_until != until) {
        set_aside(change, State::snoozed, until);
        change.tell("conversation.snoozed");
    }
    return {};
}

Result<void> hold(ConversationChange& change) {
    if (change.conversation.state == State::resolved) {
        return resolved_already();
    }
    if (change.conversation.state != State::pending) {
        set_aside(change, State::pending, std::nullopt);
        change.tell("conversation.pending");
    }
    return {};
}

std::vector<std::optional<desk::promise::Settled>> resolve(std::span<ConversationChange> changes, AgentId agent,
                                                           std::string_view reason) {
    const desk::conversation::WaitEnd no_answer{.ending = desk::promise::Ending::waived, .agent = agent, .message = {}};
    auto waived = ConversationChange::end_waits(changes, no_answer);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        set_resolved(changes[i], waived[i], reason);
    }
    return waived;
}

void reopen(ConversationChange& change, bool has_lost_assignee) {
    auto& conversation = change.conversation;
    if (conversation.state == State::open) {
        return;
    }
    conversation.state = State::open;
    conversation.snoozed_until.reset();
    conversation.resolved_at.reset();
    if (has_lost_assignee) {
        change.assign_to(AgentId{});
    }
    change.tell("conversation.reopened");
}

void transfer(ConversationChange& change, TeamId team) {
    auto& conversation = change.conversation;
    const bool is_held = desk::conversation::is_held_by_bot(conversation);
    if (conversation.team == team && conversation.assignee.is_nil() && !is_held) {
        return;
    }
    change.take_from_bot("taken");
    conversation.team = team;
    change.pass_on();
    change.tell("conversation.transferred");
}

void set_priority(ConversationChange& change, desk::conversation::Priority priority) {
    if (change.conversation.priority != priority) {
        change.conversation.priority = priority;
        change.tell("conversation.updated");
    }
}

Result<void> add_tags(ConversationChange& change, const std::vector<std::string>& tags) {
    auto all = change.conversation.tags;
    for (const auto& tag : tags) {
        if (std::ranges::find(all, tag) == all.end()) {
            all.push_back(tag);
        }
    }
    if (all.size() > limits::kTagsMax) {
        return conflict("A conversation has at most " + std::to_string(limits::kTagsMax) + " tags.");
    }
    set_tags(change, std::move(all));
    return {};
}

void remove_tags(ConversationChange& change, const std::vector<std::string>& tags) {
    auto left = change.conversation.tags;
    std::erase_if(left, [&tags](const auto& tag) { return std::ranges::find(tags, tag) != tags.end(); });
    set_tags(change, std::move(left));
}

std::string text_member(std::string_view name, std::string_view word) {
    return "\"" + std::string(name) + "\":\"" + std::string(word) + "\"";
}

}  // namespace lupaus::inbox
