// Counting against a slow judge that asks the wall clock every minute, over random weeks, zones, holidays and instants,
// many of them where clocks change. A failure names the seed that makes it again.
#include "tests/unit/hours/calendar_sample.hpp"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace lupaus::desk::hours {
namespace {

constexpr auto kRange = std::chrono::days{17};

struct Sample {
    std::string zone;
    Calendar calendar;
    Timestamp from;
};

// Clocks change on the quarter of an hour, so it is asked as often.
class WallClock {
public:
    explicit WallClock(const std::string& zone) : zone_(date::locate_zone(zone)) {}

    std::chrono::local_time<std::chrono::minutes> show(Timestamp minute) {
        const auto quarter = std::chrono::floor<std::chrono::duration<int, std::ratio<900>>>(minute);
        if (asked_ != quarter) {
            asked_ = quarter;
            ahead_ = zone_->get_info(std::chrono::floor<std::chrono::seconds>(minute)).offset;
        }
        return std::chrono::local_time<std::chrono::minutes>{
            std::chrono::floor<std::chrono::minutes>(minute.time_since_epoch() + ahead_)};
    }

private:
    const date::time_zone* zone_;
    Timestamp asked_{Micros{1}};
    std::chrono::seconds ahead_{};
};

bool is_holiday(const Calendar& calendar, std::chrono::local_days date) {
    return std::ranges::count(calendar.holidays, date) > 0;
}

bool is_within(const Calendar& calendar, std::chrono::local_days day, int minute_of_day) {
    const auto weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1;
    return std::ranges::any_of(calendar.week, [&](const Interval& interval) {
        const bool is_of_day = interval.open / kMinutesPerDay == weekday;
        const auto minute = weekday * kMinutesPerDay + minute_of_day;
        return is_of_day && interval.open <= minute && minute < interval.close;
    });
}

bool is_open(const Calendar& calendar, std::chrono::local_time<std::chrono::minutes> shown) {
    const auto today = std::chrono::floor<std::chrono::days>(shown);
    if (is_holiday(calendar, today)) {
        return false;
    }
    const auto yesterday = today - std::chrono::days{1};
    const auto minute = static_cast<int>((shown - today) / 1min);
    return is_within(calendar, today, minute) ||
           (!is_holiday(calendar, yesterday) && is_within(calendar, yesterday, minute + kMinutesPerDay));
}

struct Judged {
    Micros open{};
    std::optional<Timestamp> used_at;  // when `used` was; empty: not within the range
};

Judged judge(const Sample& sample, Timestamp to, Micros used) {
    WallClock clock(sample.zone);
    Judged judged;
    for (auto minute = std::chrono::floor<std::chrono::minutes>(sample.from); minute < to; minute += 1min) {
        if (!is_open(sample.calendar, clock.show(minute))) {
            continue;
        }
        const auto begin = std::max<Timestamp>(minute, sample.from);
        const auto end = std::min<Timestamp>(minute + 1min, to);
        if (!judged.used_at && judged.open + (end - begin) >= used) {
            judged.used_at = begin + (used - judged.open);
        }
        judged.open += end - begin;
    }
    return judged;
}

class Chance {
public:
    explicit Chance(unsigned seed) : engine_(seed) {}

    std::int64_t between(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
    }

    template <class Item>
    const Item& one_of(const std::vector<Item>& items) {
        return items[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(items.size()) - 1))];
    }

private:
    std::mt19937 engine_;
};

std::vector<Interval> random_week(Chance& chance) {
    for (;;) {
        std::vector<Interval> week;
        const auto count = chance.between(1, 12);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto open = static_cast<int>(chance.between(0, kMinutesPerWeek - 1));
            const auto length = chance.one_of<int>({1, 30, 60, 240, 480, 720, kMinutesPerDay});
            week.push_back({.open = open, .close = open + length});
        }
        if (check_week(week)) {
            return week;
        }
    }
}

Sample random_sample(Chance& chance) {
    static const std::vector<std::string> kZones{"Europe/Helsinki",     "America/New_York", "Asia/Kolkata",
                                                 "Australia/Lord_Howe", "Pacific/Apia",     "UTC"};
    // Around the changes of the clocks in both halves of the world, and anywhere.
    static const std::vector<std::string> kDates{"2026-03-08", "2026-03-29", "2026-10-25",
                                                 "2026-11-01", "2026-04-05", "2026-10-04"};
    Sample sample{.zone = chance.one_of(kZones), .calendar = {}, .from = {}};
    sample.calendar.zone = find_zone(sample.zone);
    sample.calendar.week = random_week(chance);
    const bool anywhere = chance.between(0, 3) == 0;
    const auto date =
        parse_date(chance.one_of(kDates)).value() + std::chrono::days{anywhere ? chance.between(-3000, 3000) : 0};
    sample.from =
        Timestamp{(date - std::chrono::days{5}).time_since_epoch()} + Micros{chance.between(0, 86'400'000'000 * 4)};
    const auto holidays = chance.between(0, 3);
    for (std::int64_t i = 0; i < holidays; ++i) {
        sample.calendar.holidays.push_back(date + std::chrono::days{chance.between(-6, 12)});
    }
    std::ranges::sort(sample.calendar.holidays);
    return sample;
}

TEST(Counting, AgreesWithAskingTheWallClockEveryMinute) {
    std::size_t decided = 0;
    for (unsigned seed = 1; seed <= 400; ++seed) {
        Chance chance(seed);
        const auto sample = random_sample(chance);
        const auto to = sample.from + Micros{chance.between(0, Micros(kRange).count())};
        const Micros used{chance.between(1, Micros(std::chrono::hours{40}).count())};
        const auto judged = judge(sample, to, used);
        EXPECT_EQ(open_between(sample.calendar, sample.from, to), judged.open) << "seed " << seed << " " << sample.zone;
        const auto counted = after(sample.calendar, sample.from, used);
        if (judged.used_at) {
            ++decided;
            EXPECT_EQ(counted, *judged.used_at) << "seed " << seed << " " << sample.zone;
        } else {
            EXPECT_GE(counted, to) << "seed " << seed << " " << sample.zone;
        }
    }
    EXPECT_GT(decided, 150U) << "most ranges are long enough to decide";
}

// The two functions are each other's inverse.
TEST(Counting, WhatIsOpenUntilThenIsWhatWasAskedFor) {
    for (unsigned seed = 1; seed <= 2'000; ++seed) {
        Chance chance(seed);
        const auto sample = random_sample(chance);
        const Micros used{chance.between(1, Micros(std::chrono::hours{100}).count())};
        const auto then = after(sample.calendar, sample.from, used);
        if (then == sample.from + kHorizon) {
            EXPECT_LE(open_between(sample.calendar, sample.from, then), used) << "seed " << seed;
            continue;  // a minute a week takes longer than is looked
        }
        EXPECT_EQ(open_between(sample.calendar, sample.from, then), used) << "seed " << seed;
        EXPECT_LT(open_between(sample.calendar, sample.from, then - 1us), used) << "seed " << seed;
    }
}

}  // namespace
}  // namespace lupaus::desk::hours
