// What a claimer remembers of the queue, so that it neither walks dead rows nor misses live ones: where to look next,
// and which accounts have rows from where on. Pure; one thread; the time is an argument.
#pragma once

#include "services/desk/inbound/store.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::inbound {

// Where rows of a lane may still wait after a claim of at most `limit` rows of it. `claimed` and `finished`, those that
// have left the queue, may speak of other lanes too.
Lane rest_of(const Lane& lane, std::span<const Queued> claimed, std::span<const Queued> finished, int limit);

class Lanes {
public:
    using Time = std::chrono::steady_clock::time_point;

    // The next thing to look at: everything (discover_all), or from a sequence number on (discover).
    struct Look {
        bool in_full = false;
        std::int64_t from = 0;
        std::size_t level = 0;
    };

    Look next_look(Time now);
    void saw(Time now, const Look& look, const Discovery& found);

    // Lanes to try next, taking turns over the accounts, until they promise `rows_wanted` rows; sorted by account, as
    // try_lanes wants them. Each is given back by one of the three below before it is offered again.
    std::vector<Lane> candidates(std::int64_t rows_wanted, std::size_t lanes_max);

    void emptied(AccountId account);  // claimed fewer rows than asked for, and routed them all
    // Live rows at or above `from` may still wait, and backlog at or above `backlog_from`.
    void advanced(AccountId account, std::int64_t from, std::int64_t backlog_from = kNowhere);
    void returned(AccountId account);  // not locked, or the transaction failed

    bool has_candidates() const;
    std::int64_t floor(Time now) const;  // nothing that was ever seen waits below it

    std::size_t size() const { return lanes_.size(); }

private:
    struct State {
        Lane lane{};
        Lane meanwhile{};  // lowest rows seen while it was taken
        bool is_taken = false;
    };

    struct Sample {
        Time at{};
        std::int64_t highest{};
    };

    std::int64_t highest_before(Time moment) const;
    void note_highest(Time now, std::int64_t highest);

    std::map<AccountId, State> lanes_;
    std::deque<Sample> samples_;
    std::int64_t highest_ = 0;
    std::int64_t resume_ = 0;  // where a look that was cut off goes on; 0: it saw everything
    std::array<std::optional<Time>, 4> looked_{};
    AccountId last_;  // of the turns
};

}  // namespace lupaus::desk::inbound
