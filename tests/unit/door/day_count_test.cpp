#include "services/desk/door/day_count.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::door {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kEvening = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 23h;

TEST(DayCount, TellsWhenTheNextDayBegins) {
    DayCount count;
    EXPECT_FALSE(count.take(2, kEvening));
    EXPECT_FALSE(count.take(2, kEvening));
    EXPECT_EQ(count.take(2, kEvening), 1h);
    EXPECT_EQ(count.take(2, kEvening + 59min + 59s + 1us), 1s);
    EXPECT_FALSE(count.take(2, kEvening + 1h)) << "a new day, in UTC";
    EXPECT_EQ(count.uncounted(), 1);
}

TEST(DayCount, GivesBackWhatWasNoNewMessage) {
    DayCount count;
    EXPECT_FALSE(count.take(1, kEvening));
    EXPECT_TRUE(count.take(1, kEvening));
    count.give_back();
    EXPECT_FALSE(count.take(1, kEvening));
    count.give_back();
    count.give_back();
    EXPECT_EQ(count.uncounted(), 0);
}

TEST(DayCount, LearnsWhatOtherProcessesCounted) {
    DayCount count;
    count.take(10, kEvening);
    count.take(10, kEvening);
    count.learn(1, 9);
    EXPECT_EQ(count.uncounted(), 1) << "one came while the other was being counted";
    EXPECT_TRUE(count.take(10, kEvening));
    EXPECT_FALSE(count.take(11, kEvening));
}

}  // namespace
}  // namespace lupaus::desk::door
