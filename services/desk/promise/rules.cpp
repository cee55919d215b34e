#include "services/desk/promise/rules.hpp"

#include "services/desk/hours/rules.hpp"

#include <algorithm>

namespace lupaus::desk::promise {

namespace {

bool matches(const Policy& policy, const Facts& facts) {
    return policy.kind == facts.kind && (policy.channel.is_nil() || policy.channel == facts.channel) &&
           (policy.team.is_nil() || policy.team == facts.team) &&
           (!policy.priority || *policy.priority == facts.priority) &&
           (!policy.visibility || *policy.visibility == facts.visibility);
}

// One bit a condition, the weightiest first: comparing numbers compares specificity.
int specificity(const Policy& policy) {
    return (policy.channel.is_nil() ? 0 : 8) + (policy.team.is_nil() ? 0 : 4) + (policy.priority ? 2 : 0) +
           (policy.visibility ? 1 : 0);
}

// When so much of the promise's time has passed since the opening.
Timestamp time_used(const Promise& promise, Micros used) {
    return promise.calendar ? hours::after(*promise.calendar, promise.opened_at, used) : promise.opened_at + used;
}

Micros used_until(const Promise& promise, Timestamp at) {
    return time_between(promise.calendar.get(), promise.opened_at, at);
}

std::optional<Timestamp> warning_time(const Promise& promise, const Policy& policy, double warn_share) {
    const auto share = std::chrono::duration_cast<Micros>(policy.target * warn_share);
    const auto at = time_used(promise, policy.warn_lead ? policy.target - *policy.warn_lead : share);
    const bool at_opening = at <= promise.opened_at;  // a warning that is always there warns nobody
    return at_opening || at >= *promise.due_at ? std::nullopt : std::optional(at);
}

// That a promise is overdue is told whatever its ladder does: while it is held, or where it was climbed early.
std::optional<Timestamp> next_look(const Promise& promise, Timestamp now, const std::optional<Timestamp>& step) {
    const bool falls_due = promise.due_at && *promise.due_at > now;
    return falls_due ? std::min(step.value_or(*promise.due_at), *promise.due_at) : step;
}

}  // namespace

const Policy* choose_policy(std::span<const Policy> policies, const Facts& facts) {
    const Policy* best = nullptr;
    for (const auto& policy : policies) {
        if (!matches(policy, facts)) {
            continue;
        }
        const bool better = best == nullptr || specificity(policy) > specificity(*best) ||
                            (specificity(policy) == specificity(*best) && policy.target < best->target);
        best = better ? &policy : best;
    }
    return best;
}

void arm(Promise& promise, const Policy* policy, const LadderOptions& options) {
    if (policy == nullptr) {
        promise.leads_at = promise.opened_at + options.silent_after;
        promise.next_alert_at = promise.leads_at;
        return;
    }
    promise.policy = policy->id;
    promise.hours = policy->hours;
    promise.calendar = policy->calendar;
    promise.due_at = time_used(promise, policy->target);
    promise.warn_at = warning_time(promise, *policy, options.warn_share);
    promise.leads_at = time_used(promise, policy->target + policy->leads_after);
    promise.account_at = time_used(promise, policy->target + policy->account_after);
    promise.next_alert_at = promise.warn_at ? promise.warn_at : promise.due_at;
}

void begin_earlier(Promise& promise, Timestamp at) {
    const bool was_handed_over = promise.opened_at > promise.waiting_since;
    promise.waiting_since = at;
    if (was_handed_over) {
        return;
    }
    auto earlier = promise;
    earlier.opened_at = at;
    for (auto time :
         {&Promise::due_at, &Promise::warn_at, &Promise::leads_at, &Promise::account_at, &Promise::next_alert_at}) {
        if (promise.*time) {
            earlier.*time = time_used(earlier, used_until(promise, *(promise.*time)));
        }
    }
    promise = std::move(earlier);
}

void arm_word(Promise& word, const LadderOptions& options) {
    const auto due_at = word.due_at.value();
    const Micros time = due_at - word.opened_at;
    word.kind = Kind::commitment;
    word.source = Source::agent;
    word.waiting_since = word.opened_at;
    word.first_due_at = word.first_due_at.value_or(due_at);
    word.warn_at = word.opened_at + std::chrono::duration_cast<Micros>(time * options.warn_share);
    word.leads_at = due_at + std::min<Micros>(time / 2, kWordLeadsAfterMax);
    word.account_at = due_at + std::min<Micros>(time, kWordAccountAfterMax);
    word.next_alert_at = word.warn_at;
}

Timestamp rank_of(const Promise& promise) {
    return promise.due_at.value_or(promise.waiting_since + kRankWithoutDue);
}

double bot_seconds(const Promise& promise) {
    return std::chrono::duration<double>(promise.opened_at - promise.waiting_since).count();
}

std::array<std::optional<Timestamp>, kLevels> level_times(const Promise& promise) {
    return {promise.warn_at, promise.due_at, promise.leads_at, promise.account_at};
}

Raise raise_due(const Promise& promise, Timestamp now, const Reachable& reachable) {
    if (promise.held_until && now < *promise.held_until) {
        return Raise{.level = {}, .superseded = {}, .next = next_look(promise, now, promise.held_until)};
    }
    const auto times = level_times(promise);
    Raise raise;
    for (int level = promise.level + 1; level < kLevels; ++level) {
        const auto& at = times[static_cast<std::size_t>(level)];
        // Where nobody is there to be told, the next level is told at once, whatever its own time.
        const bool passed_on = raise.level && !reachable[static_cast<std::size_t>(*raise.level)];
        if (!passed_on && !at) {
            continue;
        }
        if (!passed_on && *at > now) {
            raise.next = at;
            break;
        }
        if (raise.level) {
            raise.superseded.push_back(*raise.level);
        }
        raise.level = level;
    }
    raise.next = next_look(promise, now, raise.next);
    raise.is_due_soon = promise.level < 0 && raise.level && promise.warn_at && now < *promise.due_at;
    return raise;
}

Micros time_between(const hours::Calendar* calendar, Timestamp from, Timestamp to) {
    return calendar != nullptr ? hours::open_between(*calendar, from, to) : to - from;
}

Micros hold_length(const Promise& promise, const LadderOptions& options) {
    const Micros hold = options.acknowledge_hold;
    return promise.due_at ? std::min(hold, used_until(promise, *promise.due_at) / 2) : hold;
}

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::first_reply: return "first_reply";
        case Kind::next_reply: return "next_reply";
        case Kind::resolution: return "resolution";
        case Kind::update: return "update";
        case Kind::commitment: return "commitment";
        case Kind::feedback: return "feedback";
    }
    return "unknown";
}

std::string_view to_string(Source source) {
    switch (source) {
        case Source::service:
            return "service";
        case Source::agent:
            return "agent";
        case Source::acknowledgement:
            return "acknowledgement";
    }
    return "unknown";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::kept: return "kept";
        case Outcome::late: return "late";
        case Outcome::broken: return "broken";
        case Outcome::renegotiated: return "renegotiated";
        case Outcome::waived: return "waived";
        case Outcome::withdrawn: return "withdrawn";
    }
    return "unknown";
}

}  // namespace lupaus::desk::promise
