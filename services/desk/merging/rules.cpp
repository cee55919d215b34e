#include "services/desk/merging/rules.hpp"

#include "services/desk/promise/rules.hpp"

#include <algorithm>
#include <iterator>

namespace lupaus::desk::merging {

namespace {

using conversation::State;

// Asleep until the first of their ends, where that is the state of both.
std::optional<Timestamp> end_of_sleep(const Conversation& source, const Conversation& target) {
    if (source.state == target.state) {
        return std::min(source.snoozed_until, target.snoozed_until);
    }
    return source.state < target.state ? source.snoozed_until : target.snoozed_until;
}

// Somebody has begun what goes on. What was begun in a wait that has ended does not count.
bool is_begun(const Conversation& source, const Conversation& target) {
    if (!source.waiting_since && !target.waiting_since) {
        return target.begun;
    }
    return (source.waiting_since && source.begun) || (target.waiting_since && target.begun);
}

}  // namespace

Wait wait_that_goes_on(const Conversation& source, const Conversation& target) {
    if (!source.waiting_since) {
        return target.waiting_since ? Wait::of_target : Wait::none;
    }
    const bool is_older = !target.waiting_since || *source.waiting_since < *target.waiting_since;
    return is_older ? Wait::of_source : Wait::of_target;
}

std::vector<std::string> united_tags(const Conversation& source, const Conversation& target) {
    auto tags = target.tags;
    std::ranges::copy_if(source.tags, std::back_inserter(tags),
                         [&target](const auto& tag) { return std::ranges::count(target.tags, tag) == 0; });
    return tags;
}

void take_in(Conversation& target, const Conversation& source) {
    const auto goes_on = wait_that_goes_on(source, target);
    target.begun = is_begun(source, target);
    target.waiting_since = goes_on == Wait::of_source ? source.waiting_since : target.waiting_since;
    target.tags = united_tags(source, target);
    target.spam = source.spam || target.spam;
    target.subject = target.subject.empty() ? source.subject : target.subject;
    target.last_message_at = std::max(target.last_message_at, source.last_message_at);
    target.snoozed_until = end_of_sleep(source, target);
    target.state = std::min(source.state, target.state);
    target.resolved_at =
        target.state == State::resolved ? std::max(source.resolved_at, target.resolved_at) : std::nullopt;
    const bool is_strange = target.assignee.is_nil() && target.previous_agent.is_nil();
    if (is_strange) {
        target.previous_agent = source.assignee.is_nil() ? source.previous_agent : source.assignee;
    }
}

bool is_unanswered(const message::Message& message, const std::optional<Timestamp>& waiting_since) {
    return waiting_since && message.ordered_at >= *waiting_since && !message.history && !message.deleted_at &&
           !message.judgement;
}

Timestamp opening_of(Timestamp at, const promise::Promise& wait) {
    const bool was_handed_over = wait.opened_at > wait.waiting_since;
    return was_handed_over ? std::max(at, wait.opened_at) : at;
}

promise::Promise begin_anew(const promise::Promise& wait, PromiseId id, Timestamp at) {
    auto next = wait;
    next.id = id;
    next.level = -1;
    next.held_until.reset();
    if (at >= wait.opened_at) {
        next.waiting_since = wait.opened_at;  // what was a bot's of the wait is over by then
    }
    promise::begin_earlier(next, at);  // or later: its times move either way
    const auto times = promise::level_times(next);
    const auto first = std::ranges::find_if(times, [](const auto& time) { return time.has_value(); });
    next.next_alert_at = first == times.end() ? std::nullopt : *first;
    return next;
}

void leave(Conversation& source, ConversationId into, Timestamp at) {
    source.merged_into = into;
    source.state = State::resolved;
    source.snoozed_until.reset();
    source.resolved_at = source.resolved_at.value_or(at);
    source.previous_agent = source.assignee.is_nil() ? source.previous_agent : source.assignee;
    source.assignee = AgentId{};
    source.begun = false;
    source.spam = false;
    source.waiting_since.reset();
    source.owed.reset();
    source.rank_at.reset();
}

}  // namespace lupaus::desk::merging
