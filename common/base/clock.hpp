// Time is an argument. Decisions use database time; the process clock only schedules and measures.
// A Timestamp has microseconds, as PostgreSQL's timestamptz has; on the wire times are RFC 3339 UTC with milliseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus {

using Micros = std::chrono::microseconds;
using Timestamp = std::chrono::sys_time<Micros>;

std::string to_rfc3339(Timestamp time);  // 2026-11-22T10:05:17.123Z
std::optional<Timestamp> parse_rfc3339(
    std::string_view text);  // offsets accepted, years 1970 to 2262; a leap second is refused
Timestamp from_epoch_micros(std::int64_t micros);
std::int64_t epoch_micros(Timestamp time);
Timestamp system_now();  // the process clock

}  // namespace lupaus
