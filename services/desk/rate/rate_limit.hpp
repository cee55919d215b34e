// How fast each of many may ask: a token bucket for each, in memory, of this process alone. Time is an argument.
// I/O thread. When more than keys_max speak at once, whoever has been silent longest is forgotten.
#pragma once

#include "common/base/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

namespace lupaus::desk::rate {

struct Rate {
    double per_second = 0;
    double burst = 0;
};

class RateLimit {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kKeysMax = 10'000;

    explicit RateLimit(std::size_t keys_max = kKeysMax) : keys_max_(keys_max) {}

    // Nothing: go on. Else how long until the next request of this key is allowed. `rate` may differ from the last
    // time.
    std::optional<std::chrono::milliseconds> take(const Uuid& key, const Rate& rate, Clock::time_point now);

    std::size_t size() const { return buckets_.size(); }

private:
    struct Bucket {
        Uuid key;
        double left = 0;
        Clock::time_point at;
    };

    using Place = std::list<Bucket>::iterator;

    Bucket& bucket_of(const Uuid& key, const Rate& rate, Clock::time_point now);

    std::size_t keys_max_;
    std::list<Bucket> buckets_;  // who spoke last comes first
    std::unordered_map<Uuid, Place> places_;
};

}  // namespace lupaus::desk::rate
