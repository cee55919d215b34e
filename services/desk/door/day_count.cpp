#include "services/desk/door/day_count.hpp"

#include <algorithm>

namespace lupaus::desk::door {

std::optional<std::chrono::seconds> DayCount::take(int per_day, Timestamp now) {
    const auto today = std::chrono::floor<std::chrono::days>(now);
    if (today != day_) {
        day_ = today;
        known_ = 0;
        pending_ = 0;
    }
    if (known_ + pending_ >= per_day) {
        return std::chrono::ceil<std::chrono::seconds>(today + std::chrono::days{1} - now);
    }
    ++pending_;
    return std::nullopt;
}

void DayCount::give_back() {
    pending_ = std::max<std::int64_t>(0, pending_ - 1);
}

void DayCount::learn(std::int64_t counted, std::int64_t total) {
    known_ = total;
    pending_ = std::max<std::int64_t>(0, pending_ - counted);
}

}  // namespace lupaus::desk::door
