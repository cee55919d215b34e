#include "common/base/clock.hpp"

#include <array>
#include <cstdio>

namespace lupaus {

namespace {

// Reads exactly `digits` decimal digits at `at` and moves past them.
std::optional<int> take_number(std::string_view text, std::size_t& at, std::size_t digits) {
    if (at + digits > text.size()) {
        return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const char c = text[at + i];
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    at += digits;
    return value;
}

bool take(std::string_view text, std::size_t& at, std::string_view allowed) {
    if (at >= text.size() || allowed.find(text[at]) == std::string_view::npos) {
        return false;
    }
    ++at;
    return true;
}

std::optional<Micros> take_fraction(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') {
        return Micros{0};
    }
    ++at;
    std::int64_t micros = 0;
    std::int64_t unit = 100'000;
    const auto first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 9) {
        micros += (text[at] - '0') * unit;
        unit /= 10;
        ++at;
    }
    return at == first ? std::nullopt : std::optional(Micros{micros});
}

std::optional<std::chrono::minutes> take_offset(std::string_view text, std::size_t& at) {
    if (take(text, at, "Zz")) {
        return std::chrono::minutes{0};
    }
    const bool east = at < text.size() && text[at] == '+';
    if (!take(text, at, "+-")) {
        return std::nullopt;
    }
    const auto hours = take_number(text, at, 2);
    if (!hours || !take(text, at, ":")) {
        return std::nullopt;
    }
    const auto minutes = take_number(text, at, 2);
    if (!minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes offset{*hours * 60 + *minutes};
    return east ? offset : -offset;
}

std::optional<std::chrono::sys_days> take_date(std::string_view text, std::size_t& at) {
    const auto year = take_number(text, at, 4);
    if (!year || !take(text, at, "-")) {
        return std::nullopt;
    }
    const auto month = take_number(text, at, 2);
    if (!month || !take(text, at, "-")) {
        return std::nullopt;
    }
    const auto day = take_number(text, at, 2);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *year < 1970 || *year > 2261) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date};
}

std::optional<Micros> take_time_of_day(std::string_view text, std::size_t& at) {
    const auto hour = take_number(text, at, 2);
    if (!hour || !take(text, at, ":")) {
        return std::nullopt;
    }
    const auto minute = take_number(text, at, 2);
    if (!minute || !take(text, at, ":")) {
        return std::nullopt;
    }
    const auto second = take_number(text, at, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    const auto fraction = take_fraction(text, at);
    if (!fraction) {
        return std::nullopt;
    }
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second} + *fraction;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - day)};
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                                   static_cast<int>(clock.subseconds().count()));
    return std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    std::size_t at = 0;
    const auto date = take_date(text, at);
    if (!date || !take(text, at, "Tt ")) {
        return std::nullopt;
    }
    const auto time = take_time_of_day(text, at);
    if (!time) {
        return std::nullopt;
    }
    const auto offset = take_offset(text, at);
    if (!offset || at != text.size()) {
        return std::nullopt;
    }
    return Timestamp{*date} + *time - *offset;
}

Timestamp from_epoch_micros(std::int64_t micros) {
    return Timestamp{Micros{micros}};
}

std::int64_t epoch_micros(Timestamp time) {
    return time.time_since_epoch().count();
}

Timestamp system_now() {
    return std::chrono::floor<Micros>(std::chrono::system_clock::now());
}

}  // namespace lupaus
