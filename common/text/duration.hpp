// Durations as people write them: "500ms", "90s", "2m", "1h30m", "2d". Units d h m s ms, the largest first, each once;
// a bare number is refused because nobody knows its unit. Pure, any thread. Errors: invalid.
#pragma once

#include "common/base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lupaus::text {

inline constexpr std::chrono::milliseconds kDurationMax = std::chrono::days{3650};

Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds length);  // 90 s -> "1m30s", 0 -> "0s"; never negative

}  // namespace lupaus::text
