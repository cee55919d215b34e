#include "services/inbox/time_cursor.hpp"

#include <charconv>

namespace lupaus::inbox {

namespace {

// What the database can hold is far more; what a page can end at lies between these.
constexpr std::int64_t kMicrosMin = 0;
constexpr std::int64_t kMicrosMax = 9'000'000'000'000'000;  // in the year 2255

}  // namespace

Cursor time_cursor(Timestamp at, const Uuid& id) {
    return {.key = std::to_string(epoch_micros(at)), .id = id};
}

Result<Timestamp> read_time(const Cursor& cursor) {
    std::int64_t micros = 0;
    const auto* end = cursor.key.data() + cursor.key.size();
    const auto parsed = std::from_chars(cursor.key.data(), end, micros);
    if (parsed.ec != std::errc{} || parsed.ptr != end || micros < kMicrosMin || micros > kMicrosMax) {
        return invalid_field("cursor", "is not a next_cursor of this API");
    }
    return from_epoch_micros(micros);
}

}  // namespace lupaus::inbox
