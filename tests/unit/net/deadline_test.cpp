#include "common/net/deadline.hpp"
#include "common/net/read_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lupaus::net {
namespace {

using namespace std::chrono_literals;

TEST(Deadline, FiresOnceWhenItsTimeIsOver) {
    DeadlineWheel wheel;
    int fired = 0;
    Deadline deadline(wheel, [&] { ++fired; });
    const auto now = Deadline::Clock::now();
    wheel.sweep(now + 1h);
    EXPECT_EQ(fired, 0) << "nothing was set";
    deadline.set(10s);
    wheel.sweep(now + 9s);
    EXPECT_EQ(fired, 0);
    wheel.sweep(now + 11s);
    wheel.sweep(now + 12s);
    EXPECT_EQ(fired, 1);
}

TEST(Deadline, CanBeMovedClearedAndForgotten) {
    DeadlineWheel wheel;
    int fired = 0;
    const auto now = Deadline::Clock::now();
    {
        Deadline gone(wheel, [&] { ++fired; });
        gone.set(1s);
        Deadline cleared(wheel, [&] { ++fired; });
        cleared.set(1s);
        cleared.clear();
        Deadline moved(wheel, [&] { ++fired; });
        moved.set(1s);
        moved.set(1h);
        wheel.sweep(now + 30s);
        EXPECT_EQ(fired, 1);
    }
    wheel.sweep(now + 2h);
    EXPECT_EQ(fired, 1);
}

void put(ReadBuffer& buffer, std::string_view text) {
    ASSERT_GE(buffer.free_size(), text.size());
    std::copy(text.begin(), text.end(), buffer.free_begin());
    buffer.commit(text.size());
}

TEST(ReadBuffer, KeepsUnreadBytesWhileItMovesAndGrows) {
    ReadBuffer buffer;
    buffer.make_room(8);
    put(buffer, "abcdefgh");
    EXPECT_EQ(buffer.free_size(), 0U);
    buffer.consume(3);
    buffer.make_room(8);
    EXPECT_EQ(buffer.unread(), "defgh");
    EXPECT_EQ(buffer.free_size(), 3U);
    buffer.make_room(16);
    EXPECT_EQ(buffer.unread(), "defgh");
    EXPECT_EQ(buffer.free_size(), 11U);
    buffer.consume(5);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.free_size(), 16U);
}

}  // namespace
}  // namespace lupaus::net
