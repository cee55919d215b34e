#include "services/desk/hours/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

// The wall clock runs evenly between two changes of the zone's offset. Each such stretch is one shift of UTC: there the
// local intervals of its days are cut to the stretch and shifted back. Gaps and repeated hours need no case of their
// own.

namespace lupaus::desk::hours {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using LocalTime = std::chrono::local_time<Micros>;

struct Span {
    Timestamp open;
    Timestamp close;
};

bool is_holiday(const Calendar& calendar, local_days date) {
    return std::ranges::binary_search(calendar.holidays, date);
}

// Calls visit(open, close) for every interval of a day, cut where the next day is a holiday; false ends it.
template <class Visit>
bool visit_day(const Calendar& calendar, local_days date, Visit visit) {
    if (is_holiday(calendar, date)) {
        return true;
    }
    const auto weekday = static_cast<int>(std::chrono::weekday(date).iso_encoding()) - 1;
    const auto midnight = weekday * kMinutesPerDay;
    const auto first = std::ranges::lower_bound(calendar.week, midnight, {}, &Interval::open);
    for (auto at = first; at != calendar.week.end() && at->open < midnight + kMinutesPerDay; ++at) {
        const auto close = LocalTime(date) + minutes(at->close - midnight);
        const auto next_day = LocalTime(date + days{1});
        const bool is_cut = close > next_day && is_holiday(calendar, date + days{1});
        if (!visit(LocalTime(date) + minutes(at->open - midnight), is_cut ? next_day : close)) {
            return false;
        }
    }
    return true;
}

// The same for every open stretch between two instants, in order, in UTC.
template <class Visit>
void visit_open(const Calendar& calendar, const Span& range, Visit visit) {
    const auto& offsets = calendar.zone->offsets;
    auto at = std::ranges::upper_bound(offsets, range.open, {}, &Offset::from);
    at = at == offsets.begin() ? at : std::prev(at);
    for (; at != offsets.end(); ++at) {
        const auto begin = at == offsets.begin() ? range.open : std::max(range.open, at->from);
        const auto end = std::next(at) == offsets.end() ? range.close : std::min(range.close, std::next(at)->from);
        if (begin >= range.close) {
            return;
        }
        const LocalTime from{begin.time_since_epoch() + at->ahead};
        const LocalTime to{end.time_since_epoch() + at->ahead};
        const auto cut = [&](LocalTime open, LocalTime close) {
            const auto begins = std::max(open, from);
            const auto ends = std::min(close, to);
            return begins >= ends || visit(Span{.open = Timestamp{begins.time_since_epoch() - at->ahead},
                                                .close = Timestamp{ends.time_since_epoch() - at->ahead}});
        };
        // A shift of the day before may still run.
        for (auto date = std::chrono::floor<days>(from) - days{1}; LocalTime(date) < to; date += days{1}) {
            if (!visit_day(calendar, date, cut)) {
                return;
            }
        }
    }
}

std::optional<int> parse_digits(std::string_view text) {
    int number = 0;
    const auto* end = text.data() + text.size();
    const bool is_digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    const auto parsed = std::from_chars(text.data(), end, number);
    return is_digits && parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

std::string two_digits(int number) {
    return std::string(number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

Timestamp after(const Calendar& calendar, Timestamp from, Micros used) {
    auto left = used;
    auto at = from;
    visit_open(calendar, {.open = from, .close = from + kHorizon}, [&](const Span& span) {
        if (left <= Micros{0}) {
            return false;
        }
        const auto taken = std::min<Micros>(left, span.close - span.open);
        left -= taken;
        at = span.open + taken;
        return true;
    });
    return left > Micros{0} ? from + kHorizon : at;
}

Micros open_between(const Calendar& calendar, Timestamp from, Timestamp to) {
    Micros sum{0};
    if (from >= to) {
        return sum;
    }
    visit_open(calendar, {.open = from, .close = to}, [&](const Span& span) {
        sum += span.close - span.open;
        return true;
    });
    return sum;
}

std::optional<int> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') {
        return std::nullopt;
    }
    const auto hour = parse_digits(text.substr(0, 2));
    const auto minute = parse_digits(text.substr(3));
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > kMinutesPerDay) {
        return std::nullopt;
    }
    return *hour * 60 + *minute;
}

std::string format_time_of_day(int minutes) {
    return two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

std::optional<local_days> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const auto year = parse_digits(text.substr(0, 4));
    const auto month = parse_digits(text.substr(5, 2));
    const auto day = parse_digits(text.substr(8));
    if (!year || !month || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(local_days{date}) : std::nullopt;
}

std::string format_date(local_days date) {
    const std::chrono::year_month_day parts{date};
    const auto year = std::to_string(static_cast<int>(parts.year()));
    return std::string(4 - std::min<std::size_t>(4, year.size()), '0') + year + "-" +
           two_digits(static_cast<int>(static_cast<unsigned>(parts.month()))) + "-" +
           two_digits(static_cast<int>(static_cast<unsigned>(parts.day())));
}

Result<void> check_week(std::vector<Interval>& week) {
    if (week.empty()) {
        return invalid_field("/week", "must have an interval on at least one day; without hours a policy is always on");
    }
    std::ranges::sort(week);
    for (std::size_t i = 0; i < week.size(); ++i) {
        const auto& interval = week[i];
        if (interval.open < 0 || interval.open >= kMinutesPerWeek || interval.close <= interval.open ||
            interval.close - interval.open > kMinutesPerDay) {
            return invalid_field("/week", "must have intervals that are longer than nothing and no longer than a day");
        }
        const bool is_last = i + 1 == week.size();
        const auto next = is_last ? week.front().open + kMinutesPerWeek : week[i + 1].open;
        if (interval.close > next) {
            return invalid_field("/week", "must not have intervals that overlap, also over midnight");
        }
    }
    return {};
}

}  // namespace lupaus::desk::hours
