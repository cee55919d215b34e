// Sequence numbers are drawn before their rows commit, so the highest number seen is no watermark: a slow transaction
// may still commit a lower one. Rows are therefore looked for from where the newest row was some time ago: often and
// closely behind, more rarely from further back, and once a minute in full. Within an account nothing is forgotten: its
// lane keeps the lowest row that may still wait, so a stuck lane pins nobody else's watermark. Looking closely behind
// keeps a look cheap while somebody's snapshot keeps the dead rows of the last minutes in the index.

#include "services/desk/inbound/lanes.hpp"

#include <algorithm>

namespace lupaus::desk::inbound {

namespace {

using namespace std::chrono_literals;

// How far behind the newest row a look begins, and how often. The last must exceed the longest intake transaction.
struct Level {
    std::chrono::milliseconds lag;
    std::chrono::milliseconds every;
};

constexpr std::array<Level, 3> kLevels{{{200ms, 0ms}, {5s, 1s}, {60s, 10s}}};
constexpr std::size_t kFullLevel = kLevels.size();
constexpr std::chrono::milliseconds kFullEvery = 60s;
constexpr std::chrono::milliseconds kSampleEvery = 20ms;

}  // namespace

Lanes::Look Lanes::next_look(Time now) {
    const auto is_due = [&](std::size_t level, std::chrono::milliseconds every) {
        return !looked_.at(level) || now - *looked_.at(level) >= every;
    };
    if (is_due(kFullLevel, kFullEvery)) {
        return {.in_full = true, .level = kFullLevel};
    }
    for (std::size_t level = kLevels.size(); level-- > 1;) {
        if (is_due(level, kLevels.at(level).every)) {
            return {.from = highest_before(now - kLevels.at(level).lag) + 1, .level = level};
        }
    }
    return {.from = std::max(resume_, highest_before(now - kLevels.front().lag) + 1)};
}

void Lanes::saw(Time now, const Look& look, const Discovery& found) {
    looked_.at(look.level) = now;
    for (const auto& seen : found.lanes) {
        const auto [place, is_new] = lanes_.try_emplace(seen.account, State{.from = seen.from, .rows = seen.rows});
        auto& lane = place->second;
        if (is_new) {
            continue;
        }
        lane.rows = std::max(lane.rows, seen.rows);
        if (lane.is_taken) {
            lane.meanwhile = std::min(lane.meanwhile.value_or(seen.from), seen.from);
        } else {
            lane.from = std::min(lane.from, seen.from);
        }
    }
    if (look.in_full) {
        return;
    }
    if (look.level == 0) {
        resume_ = found.is_cut ? found.highest + 1 : 0;
    }
    // A deeper look that was cut off ends below what is known already.
    note_highest(now, found.highest);
}

void Lanes::note_highest(Time now, std::int64_t highest) {
    highest_ = std::max(highest_, highest);
    // Between two samples nothing is written down: later is the safe side.
    const bool is_news = highest_ > (samples_.empty() ? 0 : samples_.back().highest);
    if (is_news && (samples_.empty() || now - samples_.back().at >= kSampleEvery)) {
        samples_.push_back({.at = now, .highest = highest_});
    }
    // The newest sample beyond the longest lag is the one that answers for it.
    while (samples_.size() > 1 && samples_[1].at <= now - kLevels.back().lag) {
        samples_.pop_front();
    }
}

std::int64_t Lanes::highest_before(Time moment) const {
    const auto after = std::upper_bound(samples_.begin(), samples_.end(), moment,
                                        [](Time at, const Sample& sample) { return at < sample.at; });
    return after == samples_.begin() ? 0 : std::prev(after)->highest;
}

std::vector<Lane> Lanes::candidates(std::int64_t rows_wanted, std::size_t lanes_max) {
    std::vector<Lane> chosen;
    std::int64_t rows = 0;
    auto next = lanes_.upper_bound(last_);
    for (std::size_t looked = 0; looked < lanes_.size() && chosen.size() < lanes_max && rows < rows_wanted; ++looked) {
        if (next == lanes_.end()) {
            next = lanes_.begin();
        }
        auto& [account, lane] = *next++;
        if (lane.is_taken) {
            continue;
        }
        lane.is_taken = true;
        last_ = account;
        rows += lane.rows;
        chosen.push_back({.account = account, .from = lane.from, .rows = lane.rows});
    }
    std::ranges::sort(chosen, {}, &Lane::account);
    return chosen;
}

void Lanes::settle(AccountId account, std::optional<std::int64_t> from) {
    const auto place = lanes_.find(account);
    if (place == lanes_.end()) {
        return;
    }
    auto& lane = place->second;
    lane.is_taken = false;
    if (lane.meanwhile) {
        from = std::min(from.value_or(*lane.meanwhile), *lane.meanwhile);
        lane.meanwhile.reset();
    }
    if (!from) {
        lanes_.erase(place);
        return;
    }
    lane.from = *from;
}

void Lanes::emptied(AccountId account) {
    settle(account, std::nullopt);
}

void Lanes::advanced(AccountId account, std::int64_t from) {
    settle(account, from);
}

void Lanes::returned(AccountId account) {
    const auto place = lanes_.find(account);
    if (place != lanes_.end()) {
        settle(account, place->second.from);
    }
}

bool Lanes::has_candidates() const {
    return std::ranges::any_of(lanes_, [](const auto& entry) { return !entry.second.is_taken; });
}

std::int64_t Lanes::floor(Time now) const {
    auto lowest = highest_before(now - kLevels.back().lag) + 1;
    for (const auto& [account, lane] : lanes_) {
        lowest = std::min(lowest, lane.meanwhile ? std::min(lane.from, *lane.meanwhile) : lane.from);
    }
    return lowest;
}

}  // namespace lupaus::desk::inbound
