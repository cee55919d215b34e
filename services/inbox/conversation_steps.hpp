// The single things that are done to a conversation, whether each is asked for alone, beside a reply, or of many
// conversations at once. Each changes the locked conversation and tells of it; asking for what is the case already
// changes and tells nothing. The caller finishes the change.
#pragma once

#include "services/inbox/conversation_change.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

inline constexpr std::chrono::days kSnoozeMax{365};

// What is wrong with an agent as an assignee, to continue the name of the field; empty: nothing. Nil is nobody.
std::string_view assignee_fault(Tx& tx, const Call& call, desk::AgentId agent);

// What is wrong with a time to sleep until; empty: nothing.
std::string_view snooze_fault(Timestamp until, Timestamp now);

// To somebody or, with nil, to nobody. Agents take for themselves and give back what is theirs; leads, admins and
// integrators decide for anybody. Errors: forbidden.
Result<void> assign(const Call& call, ConversationChange& change, desk::AgentId agent);

// Out of the way, which frees its assignee's capacity; the assignee stays, to get it back.
// Errors: conflict (it is resolved).
Result<void> snooze(ConversationChange& change, Timestamp until);
Result<void> hold(ConversationChange& change);

// Where somebody waits for an answer, none is needed, for the reason given. `agent`: who says so; nil: a program. All
// of the changes began together. The answers, in their order, are the waits that ended so.
std::vector<std::optional<desk::promise::Settled>> resolve(std::span<ConversationChange> changes, desk::AgentId agent,
                                                           std::string_view reason);

// An assignee who was disabled meanwhile, or is not there, gets nothing back.
void reopen(ConversationChange& change, bool has_lost_assignee);

void transfer(ConversationChange& change, desk::TeamId team);
void set_priority(ConversationChange& change, desk::conversation::Priority priority);

// Adds what it lacks. Errors: conflict (more than a conversation may have).
Result<void> add_tags(ConversationChange& change, const std::vector<std::string>& tags);
void remove_tags(ConversationChange& change, const std::vector<std::string>& tags);

std::string text_member(std::string_view name, std::string_view word);  // "name":"word"

}  // namespace lupaus::inbox
