#include "services/desk/promise/rules.hpp"

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

std::optional<Timestamp> warning_time(const Promise& promise, const Policy& policy, double warn_share) {
    const auto used = std::chrono::duration_cast<Micros>(policy.target * warn_share);
    const auto at = policy.warn_lead ? *promise.due_at - *policy.warn_lead : promise.opened_at + used;
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
    promise.due_at = promise.opened_at + policy->target;
    promise.warn_at = warning_time(promise, *policy, options.warn_share);
    promise.leads_at = *promise.due_at + policy->leads_after;
    promise.account_at = *promise.due_at + policy->account_after;
    promise.next_alert_at = promise.warn_at ? promise.warn_at : promise.due_at;
}

void begin_earlier(Promise& promise, Timestamp at) {
    const auto by = promise.opened_at - at;
    for (auto* time :
         {&promise.due_at, &promise.warn_at, &promise.leads_at, &promise.account_at, &promise.next_alert_at}) {
        if (*time) {
            **time -= by;
        }
    }
    promise.waiting_since = at;
    promise.opened_at = at;
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

std::chrono::microseconds hold_length(const Promise& promise, const LadderOptions& options) {
    const Micros hold = options.acknowledge_hold;
    return promise.due_at ? std::min(hold, (*promise.due_at - promise.opened_at) / 2) : hold;
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
