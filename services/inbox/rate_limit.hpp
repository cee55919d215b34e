// How fast each token may ask: a token bucket for each, in memory, of this process alone. Time is an argument.
// I/O thread. When more than keys_max speak at once, those who would be allowed a full burst anyway are forgotten
// first.
#pragma once

#include "common/base/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <unordered_map>

namespace lupaus::inbox {

struct RateLimitOptions {
    double per_second = 0;
    double burst = 0;
    std::size_t keys_max = 10'000;
};

class RateLimit {
public:
    using Clock = std::chrono::steady_clock;

    explicit RateLimit(const RateLimitOptions& options) : options_(options) {}

    // Nothing: go on. Else how long until the next request of this key is allowed.
    std::optional<std::chrono::milliseconds> take(const Uuid& key, Clock::time_point now);

    std::size_t size() const { return buckets_.size(); }

private:
    struct Bucket {
        double left = 0;
        Clock::time_point at;
    };

    double refilled(const Bucket& bucket, Clock::time_point now) const;
    void make_room(Clock::time_point now);

    RateLimitOptions options_;
    std::unordered_map<Uuid, Bucket> buckets_;
};

}  // namespace lupaus::inbox
