#include "services/inbox/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace lupaus::inbox {

double RateLimit::refilled(const Bucket& bucket, Clock::time_point now) const {
    const auto seconds = std::chrono::duration<double>(now - bucket.at).count();
    return std::min(options_.burst, bucket.left + std::max(0.0, seconds) * options_.per_second);
}

std::optional<std::chrono::milliseconds> RateLimit::take(const Uuid& key, Clock::time_point now) {
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        make_room(now);
        found = buckets_.emplace(key, Bucket{.left = options_.burst, .at = now}).first;
    }
    auto& bucket = found->second;
    bucket.left = refilled(bucket, now);
    bucket.at = now;
    if (bucket.left >= 1) {
        bucket.left -= 1;
        return std::nullopt;
    }
    const auto wait_ms = std::ceil((1 - bucket.left) / options_.per_second * 1000);
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms));
}

void RateLimit::make_room(Clock::time_point now) {
    if (buckets_.size() < options_.keys_max) {
        return;
    }
    std::erase_if(buckets_, [&](const auto& entry) { return refilled(entry.second, now) >= options_.burst; });
    while (buckets_.size() >= options_.keys_max) {
        buckets_.erase(buckets_.begin());
    }
}

}  // namespace lupaus::inbox
