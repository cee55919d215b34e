#include "common/text/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace lupaus::text {

namespace {

using Milliseconds = std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    Milliseconds length;
};

constexpr std::array kUnits{
    Unit{"d", std::chrono::days{1}},    Unit{"h", std::chrono::hours{1}}, Unit{"m", std::chrono::minutes{1}},
    Unit{"s", std::chrono::seconds{1}}, Unit{"ms", Milliseconds{1}},
};

Error refusal(std::string_view why) {
    return Error{.code = Errc::invalid,
                 .detail = std::string(why) + "; a duration looks like 500ms, 90s, 2m, 1h30m or 2d"};
}

// The index of the unit at the start of `text`, or the number of units when there is none.
std::size_t unit_at(std::string_view text) {
    const auto end = text.find_first_of("0123456789");
    const auto word = text.substr(0, end);
    std::size_t index = 0;
    while (index < kUnits.size() && kUnits[index].name != word) {
        ++index;
    }
    return index;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) {
        return refusal("it is empty");
    }
    Milliseconds total{0};
    std::size_t least_unit = 0;
    while (!text.empty()) {
        std::int64_t count = 0;
        const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (status == std::errc::result_out_of_range) {
            return refusal("it is longer than ten years");
        }
        if (status != std::errc() || count < 0) {
            return refusal("a number is missing");
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto unit = unit_at(text);
        if (unit == kUnits.size()) {
            return refusal("a unit (d, h, m, s, ms) is missing");
        }
        if (unit < least_unit) {
            return refusal("each unit comes once, the largest first");
        }
        if (count > (kDurationMax - total) / kUnits[unit].length) {
            return refusal("it is longer than ten years");
        }
        total += count * kUnits[unit].length;
        least_unit = unit + 1;
        text.remove_prefix(kUnits[unit].name.size());
    }
    return total;
}

std::string format_duration(Milliseconds length) {
    std::string text;
    for (const auto& unit : kUnits) {
        const auto count = length / unit.length;
        if (count > 0) {
            text += std::to_string(count);
            text += unit.name;
            length -= count * unit.length;
        }
    }
    return text.empty() ? "0s" : text;
}

}  // namespace lupaus::text
