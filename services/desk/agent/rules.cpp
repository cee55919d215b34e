#include "services/desk/agent/rules.hpp"

#include <algorithm>

namespace lupaus::desk::agent {

namespace {

Presence lapsed(Presence held, Micros age, const LeaseTerms& terms) {
    if (age >= terms.offline_after) {
        return Presence::offline;
    }
    return age >= terms.away_after ? Presence::away : held;
}

template <class T>
bool gained(const std::vector<T>& before, const std::vector<T>& after) {
    return std::ranges::any_of(after,
                               [&before](const T& item) { return std::ranges::find(before, item) == before.end(); });
}

}  // namespace

Presence effective(const Lease& lease, Timestamp now, const LeaseTerms& terms) {
    if (lease.chosen == Presence::offline) {
        return Presence::offline;
    }
    if (lease.until && now < *lease.until) {
        return lease.chosen;
    }
    const auto since = std::max(lease.seen_at, lease.until.value_or(lease.seen_at));
    if (lease.chosen != Presence::break_) {
        return lapsed(lease.chosen, now - since, terms);
    }
    // A break that is over gives work only to somebody who is really back.
    const bool back = now - lease.seen_at < terms.away_after;
    return back ? Presence::online : lapsed(Presence::away, now - since, terms);
}

std::chrono::milliseconds touch_interval(const LeaseTerms& terms) {
    return std::min<std::chrono::milliseconds>(kTouchInterval, terms.away_after / 4);
}

std::chrono::milliseconds stream_interval(const LeaseTerms& terms) {
    return std::min<std::chrono::milliseconds>(kStreamInterval, touch_interval(terms) / 2);
}

std::optional<std::string_view> refuse_until(Presence chosen, const std::optional<Timestamp>& until, Timestamp now) {
    if (!until) {
        return chosen == Presence::break_ ? std::optional<std::string_view>("is required: a break has an end")
                                          : std::nullopt;
    }
    if (chosen == Presence::offline) {
        return "does not go with offline";
    }
    if (*until <= now) {
        return "must be in the future";
    }
    if (*until > now + kUntilMax) {
        return "must be within 24 hours";
    }
    return std::nullopt;
}

bool opens_capacity(const Agent& before, const Agent& after) {
    if (after.disabled_at) {
        return false;
    }
    return before.disabled_at || after.capacity > before.capacity || gained(before.skills, after.skills) ||
           gained(before.teams, after.teams);
}

bool leaves_work(const Agent& before, const Agent& after) {
    const bool loses = after.disabled_at || gained(after.skills, before.skills) || gained(after.teams, before.teams);
    return loses && !before.disabled_at;
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::agent:
            return "agent";
        case Role::lead:
            return "lead";
        case Role::admin:
            return "admin";
        case Role::integrator:
            break;
    }
    return "integrator";
}

std::string_view to_string(Presence presence) {
    switch (presence) {
        case Presence::online:
            return "online";
        case Presence::away:
            return "away";
        case Presence::break_:
            return "break";
        case Presence::offline:
            break;
    }
    return "offline";
}

std::string_view to_string(TeamMode mode) {
    return mode == TeamMode::pull ? "pull" : "automatic";
}

}  // namespace lupaus::desk::agent
