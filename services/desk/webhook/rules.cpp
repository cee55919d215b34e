#include "services/desk/webhook/rules.hpp"

#include "services/desk/event/rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace lupaus::desk::webhook {

namespace {

using delivery::Outcome;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds kOpenMax = minutes{15};
constexpr int kFirstPauses = 6;  // of the schedule: half a minute where its first pause is five seconds
constexpr int kDoublingsMax = 16;
constexpr double kJitter = 0.1;

template <class Item>
bool has_any_or(const std::vector<Item>& wanted, const Item& item) {
    return wanted.empty() || std::ranges::find(wanted, item) != wanted.end();
}

milliseconds open_time(int trips, const delivery::Schedule& schedule, double chance) {
    const auto longest = std::min(kOpenMax, schedule.longest);
    const auto doublings = std::clamp(trips - 1, 0, kDoublingsMax);
    const auto planned = std::min(longest, schedule.first * kFirstPauses * (1 << doublings));
    const auto factor = 1.0 - kJitter + 2 * kJitter * chance;
    return milliseconds{static_cast<milliseconds::rep>(static_cast<double>(planned.count()) * factor)};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// One follower's part of a plan.
struct Planner {
    Plan& plan;
    const PlanLimits& limits;
    std::set<std::pair<AccountId, std::int64_t>> events;

    bool takes(const Follower& follower, const event::Head& head) {
        if (plan.picks.size() >= limits.deliveries) {
            return false;
        }
        const std::pair key{follower.account, head.seq};
        if (!events.contains(key) && events.size() >= limits.events) {
            return false;
        }
        events.insert(key);
        return true;
    }

    void add(const Follower& follower, std::size_t index, const Stretch& stretch, std::size_t stretch_index) {
        int room = follower.room;
        for (std::size_t i = 0; i < stretch.heads.size(); ++i) {
            const auto& head = stretch.heads[i];
            if (matches(follower.filter, head)) {
                if (room == 0) {
                    plan.is_short_of_room = true;
                    return;
                }
                if (!takes(follower, head)) {
                    plan.is_cut = true;
                    return;
                }
                plan.picks.push_back({.follower = index, .stretch = stretch_index, .head = i});
                --room;
            }
            plan.cursors[index] = head.seq;
        }
    }
};

}  // namespace

bool matches(const Filter& filter, const event::Head& head) {
    if (filter.exclude_own && !filter.token.is_nil() && head.token == filter.token) {
        return false;
    }
    const bool is_type = filter.types.empty() || std::ranges::any_of(filter.types, [&head](const auto& pattern) {
                             return event::matches_type(pattern, head.type);
                         });
    return is_type && has_any_or(filter.teams, head.team) && has_any_or(filter.channels, head.channel);
}

Plan plan(std::span<const Follower> followers, std::span<const Stretch> stretches, const PlanLimits& limits,
          std::size_t first) {
    std::map<std::pair<AccountId, std::int64_t>, std::size_t> by_place;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        by_place.emplace(std::pair{stretches[i].account, stretches[i].after}, i);
    }
    Plan made;
    for (const auto& follower : followers) {
        made.cursors.push_back(follower.cursor);
    }
    Planner planner{.plan = made, .limits = limits, .events = {}};
    for (std::size_t i = 0; i < followers.size(); ++i) {
        const auto index = (first + i) % followers.size();
        const auto& follower = followers[index];
        const auto found = by_place.find({follower.account, follower.cursor});
        if (found != by_place.end()) {
            planner.add(follower, index, stretches[found->second], found->second);
        }
    }
    return made;
}

int room_of(const Breaker& breaker, int waiting, int window) {
    return std::max(0, (breaker.open_until ? 1 : window) - waiting);
}

delivery::Step step(const Trial& trial, const delivery::Schedule& schedule, double chance) {
    const auto& report = trial.report;
    if (trial.is_ping) {
        return report.outcome == Outcome::accepted
                   ? delivery::Step{.state = State::sent}
                   : delivery::Step{.state = State::failed, .wait = {}, .error = report.detail};
    }
    if (report.outcome == Outcome::impossible) {
        auto again = report;
        again.outcome = Outcome::not_sent;
        return delivery::step(trial.attempt, again, schedule, chance);
    }
    return delivery::step(trial.attempt, report, schedule, chance);
}

Verdict judge(const Breaker& breaker, const Trial& trial, const delivery::Schedule& schedule, const Moment& moment) {
    const auto& report = trial.report;
    const bool is_open = breaker.open_until && *breaker.open_until > moment.now;
    if (report.outcome == Outcome::accepted) {
        Verdict verdict;
        verdict.breaker.open_until = is_open && !trial.is_ping ? breaker.open_until : std::nullopt;
        return verdict;
    }
    Verdict verdict{.breaker = breaker, .disable = {}};
    if (report.outcome == Outcome::called_off) {
        return verdict;  // our own fault
    }
    auto& next = verdict.breaker;
    ++next.failures;
    next.failing_since = breaker.failing_since.value_or(moment.now);
    if (!is_open && (next.failures >= kTripAfter || report.outcome == Outcome::impossible)) {
        ++next.trips;
        next.open_until = moment.now + open_time(next.trips, schedule, moment.chance);
    }
    if (report.retry_after) {
        const auto wished = moment.now + std::min<milliseconds>(*report.retry_after, schedule.longest);
        next.open_until = std::max(next.open_until.value_or(wished), wished);
    }
    if (report.outcome == Outcome::gone) {
        verdict.disable = DisabledReason::gone;
    } else if (moment.now - *next.failing_since >= schedule.give_up_after) {
        verdict.disable = DisabledReason::failing;
    }
    return verdict;
}

std::string_view phase(const Breaker& breaker, Timestamp now) {
    if (!breaker.open_until) {
        return "closed";
    }
    return *breaker.open_until > now ? "open" : "half_open";
}

std::string fill_link(std::string link_url, std::string_view id, std::string_view number) {
    replace_all(link_url, "{conversation_id}", id);
    replace_all(link_url, "{conversation_number}", number);
    return link_url;
}

std::string_view to_string(Format format) {
    return format == Format::slack ? "slack" : "event";
}

std::string_view to_string(DisabledReason reason) {
    switch (reason) {
        case DisabledReason::asked:
            return "asked";
        case DisabledReason::gone:
            return "gone";
        case DisabledReason::failing:
            return "failing";
    }
    return "unknown";
}

std::string_view state_word(State state) {
    switch (state) {
        case State::queued:
            return "queued";
        case State::sending:
            return "sending";
        case State::sent:
            return "sent";
        default:
            return "failed";
    }
}

}  // namespace lupaus::desk::webhook
