// Sequence numbers are drawn before their rows commit, so the highest number seen is no watermark: a slow transaction
// may still commit a lower one. Rows are therefore looked for from where the newest row was some time ago: often and
// closely behind, more rarely from further back, and once a minute in full. Within an account nothing is forgotten: its
// lane keeps the lowest row that may still wait, so a stuck lane pins nobody else's watermark. What came live and the
// backlog have watermarks of their own: a live row that comes while a backlog is routed is claimed before the rest of
// it, and neither claim walks what the other has routed. Looking closely behind keeps a look cheap while somebody's
// snapshot keeps the dead rows of the last minutes in the index.

#include "services/desk/inbound/lanes.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

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

void lower(Lane& lane, const Lane& seen) {
    lane.from = std::min(lane.from, seen.from);
    lane.backlog_from = std::min(lane.backlog_from, seen.backlog_from);
}

std::int64_t lowest(const Lane& lane) {
    return std::min(lane.from, lane.backlog_from);
}

// A look that was cut short may have seen an account's backlog and not its live rows, or the other way round: what it
// did not come to is above what it saw.
Lane widened(Lane seen, bool is_cut) {
    if (is_cut) {
        seen.from = seen.backlog_from = lowest(seen);
    }
    return seen;
}

// What is left of one kind of a lane's rows.
class Rest {
public:
    explicit Rest(std::int64_t from) : next_(from) {}

    void note(std::int64_t seq, bool is_finished) {
        ++claimed_;
        next_ = seq + 1;
        if (!is_finished) {
            left_ = std::min(left_, seq);
        }
    }

    int claimed() const { return claimed_; }

    // `is_all`: the claim reached the last of them.
    std::int64_t from(bool is_all) const { return left_ != kNowhere || is_all ? left_ : next_; }

private:
    std::int64_t next_;
    std::int64_t left_ = kNowhere;
    int claimed_ = 0;
};

}  // namespace

Lane rest_of(const Lane& lane, std::span<const Queued> claimed, std::span<const Queued> finished, int limit) {
    std::unordered_set<std::int64_t> gone;
    for (const auto& row : finished) {
        gone.insert(row.seq);
    }
    Rest live(lane.from), backlog(lane.backlog_from);
    for (const auto& row : claimed) {
        if (row.account == lane.account) {
            (row.backlog ? backlog : live).note(row.seq, gone.contains(row.seq));
        }
    }
    const bool is_all = live.claimed() + backlog.claimed() < limit;
    return {.account = lane.account,
            .from = live.from(is_all || backlog.claimed() > 0),
            .backlog_from = backlog.from(is_all),
            .rows = lane.rows};
}

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
        auto& known = lanes_.try_emplace(seen.account, State{.lane = {.account = seen.account}}).first->second;
        known.lane.rows = std::max(known.lane.rows, seen.rows);
        lower(known.is_taken ? known.meanwhile : known.lane, widened(seen, found.is_cut));
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
        auto& [account, known] = *next++;
        if (known.is_taken) {
            continue;
        }
        known.is_taken = true;
        last_ = account;
        rows += known.lane.rows;
        chosen.push_back(known.lane);
    }
    std::ranges::sort(chosen, {}, &Lane::account);
    return chosen;
}

void Lanes::advanced(AccountId account, std::int64_t from, std::int64_t backlog_from) {
    const auto place = lanes_.find(account);
    if (place == lanes_.end()) {
        return;
    }
    auto& known = place->second;
    known.is_taken = false;
    known.lane.from = from;
    known.lane.backlog_from = backlog_from;
    lower(known.lane, std::exchange(known.meanwhile, {}));
    if (lowest(known.lane) == kNowhere) {
        lanes_.erase(place);
    }
}

void Lanes::emptied(AccountId account) {
    advanced(account, kNowhere);
}

void Lanes::returned(AccountId account) {
    const auto place = lanes_.find(account);
    if (place != lanes_.end()) {
        advanced(account, place->second.lane.from, place->second.lane.backlog_from);
    }
}

bool Lanes::has_candidates() const {
    return std::ranges::any_of(lanes_, [](const auto& entry) { return !entry.second.is_taken; });
}

std::int64_t Lanes::floor(Time now) const {
    auto floor = highest_before(now - kLevels.back().lag) + 1;
    for (const auto& [account, known] : lanes_) {
        floor = std::min({floor, lowest(known.lane), lowest(known.meanwhile)});
    }
    return floor;
}

}  // namespace lupaus::desk::inbound
