#include "common/mail/date.hpp"

#include "common/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>

namespace lupaus::mail {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};

// What RFC 3339 times are read from, too.
constexpr Timestamp kFirst{};
constexpr Timestamp kEnd = std::chrono::sys_days(std::chrono::year(2262) / 1 / 1);

constexpr CharSet kWordEnds(" \t\r\n,()");

struct Zone {
    std::string_view name;
    int hours_east;
};

constexpr Zone kZones[] = {{"ut", 0},   {"gmt", 0},  {"utc", 0},  {"z", 0},    {"est", -5}, {"edt", -4},
                           {"cst", -6}, {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

// Words of letters, digits and signs; commas, blanks and comments are between them. A date has few.
struct Words {
    std::array<std::string_view, 12> list{};
    std::size_t count = 0;
};

Words split(std::string_view text) {
    Words words;
    int depth = 0;
    for (std::size_t at = 0; at < text.size() && words.count < words.list.size(); ++at) {
        depth += text[at] == '(' ? 1 : text[at] == ')' && depth > 0 ? -1 : 0;
        if (depth > 0 || text[at] == ')' || text[at] == ',' || is_blank(text[at])) {
            continue;
        }
        const auto end = kWordEnds.find_in(text, at);
        words.list.at(words.count++) = text.substr(at, end - at);
        at = end - 1;
    }
    return words;
}

std::optional<int> read_number(std::string_view text) {
    int number = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end && is_digit(text.front()) ? std::optional(number) : std::nullopt;
}

std::optional<unsigned> read_month(std::string_view text) {
    for (unsigned i = 0; i < kMonths.size(); ++i) {
        if (is_same_name(text.substr(0, 3), kMonths[i])) {
            return i + 1;
        }
    }
    return std::nullopt;
}

int full_year(int year, std::size_t digits) {
    if (digits > 3) {
        return year;
    }
    return year + (digits == 2 && year < 50 ? 2000 : 1900);
}

// 10:05, 10:05:17
std::optional<seconds> read_time(std::string_view text) {
    std::array<int, 3> parts{};
    std::size_t count = 0;
    while (count < parts.size()) {
        const auto colon = std::min(text.find(':'), text.size());
        const auto number = colon == 0 ? std::nullopt : read_number(text.substr(0, colon));
        if (!number) {
            return std::nullopt;
        }
        parts[count++] = *number;
        if (colon == text.size()) {
            break;
        }
        text.remove_prefix(colon + 1);
    }
    if (count < 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 60) {
        return std::nullopt;
    }
    return hours(parts[0]) + minutes(parts[1]) + seconds(parts[2]);
}

minutes read_zone(std::string_view text) {
    const bool is_offset = text.size() == 5 && (text[0] == '+' || text[0] == '-');
    if (const auto number = is_offset ? read_number(text.substr(1)) : std::nullopt) {
        const auto east = hours(*number / 100) + minutes(*number % 100);
        return text[0] == '-' ? -east : east;
    }
    for (const auto& zone : kZones) {
        if (is_same_name(text, zone.name)) {
            return hours(zone.hours_east);
        }
    }
    return minutes(0);
}

}  // namespace

std::optional<Timestamp> parse_date(std::string_view folded) {
    const auto split_up = split(folded);
    auto words = std::span(split_up.list).first(split_up.count);
    if (!words.empty() && !is_digit(words.front().front())) {
        words = words.subspan(1);  // the day of the week
    }
    if (words.size() < 4) {
        return std::nullopt;
    }
    const auto day = read_number(words[0]);
    const auto month = read_month(words[1]);
    const auto year = read_number(words[2]);
    const auto time = read_time(words[3]);
    // Checked before std::chrono narrows them.
    if (!day || !month || !year || !time || *day < 1 || *day > 31 || *year > 9999) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(full_year(*year, words[2].size())),
                                           std::chrono::month(*month), std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) {
        return std::nullopt;
    }
    const auto zone = words.size() > 4 ? read_zone(words[4]) : minutes(0);
    const Timestamp read = std::chrono::sys_days(date) + *time - zone;
    return read < kFirst || read >= kEnd ? std::nullopt : std::optional(read);
}

}  // namespace lupaus::mail
