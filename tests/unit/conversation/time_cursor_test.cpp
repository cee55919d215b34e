#include "services/inbox/time_cursor.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

TEST(TimeCursor, KeepsMicroseconds) {
    const auto at = from_epoch_micros(1'795'341'917'123'456);
    const auto cursor = time_cursor(at, make_uuid_v7());
    EXPECT_EQ(read_time(cursor).value(), at);
}

TEST(TimeCursor, RefusesWhatIsNoTime) {
    for (const auto* key :
         {"", "x", "1.5", " 1", "1 ", "-1", "9000000000000001", "99999999999999999999", "2026-11-22T10:05:17Z"}) {
        EXPECT_TRUE(read_time({.key = key, .id = {}}).has_error()) << key;
    }
    EXPECT_TRUE(read_time({.key = "0", .id = {}}).has_value());
    EXPECT_TRUE(read_time({.key = "9000000000000000", .id = {}}).has_value());
}

}  // namespace
}  // namespace lupaus::inbox
