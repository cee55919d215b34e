#include "services/desk/rate/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace lupaus::desk::rate {

RateLimit::Bucket& RateLimit::bucket_of(const Uuid& key, const Rate& rate, Clock::time_point now) {
    const auto known = places_.find(key);
    if (known != places_.end()) {
        buckets_.splice(buckets_.begin(), buckets_, known->second);
        return buckets_.front();
    }
    if (buckets_.size() >= keys_max_) {
        places_.erase(buckets_.back().key);
        buckets_.pop_back();
    }
    buckets_.push_front({.key = key, .left = rate.burst, .at = now});
    places_[key] = buckets_.begin();
    return buckets_.front();
}

std::optional<std::chrono::milliseconds> RateLimit::take(const Uuid& key, const Rate& rate, Clock::time_point now) {
    auto& bucket = bucket_of(key, rate, now);
    const auto seconds = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
    bucket.left = std::min(rate.burst, bucket.left + seconds * rate.per_second);
    bucket.at = now;
    if (bucket.left >= 1) {
        bucket.left -= 1;
        return std::nullopt;
    }
    const auto wait_ms = std::ceil((1 - bucket.left) / rate.per_second * 1000);
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms));
}

}  // namespace lupaus::desk::rate
