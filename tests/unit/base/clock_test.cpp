#include "common/base/clock.hpp"

#include <gtest/gtest.h>

namespace lupaus {
namespace {

std::string normalised(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? to_rfc3339(*time) : "refused";
}

TEST(Rfc3339, WritesMillisecondsInUtc) {
    EXPECT_EQ(to_rfc3339(from_epoch_micros(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(from_epoch_micros(1'795'341'917'123'999)), "2026-11-22T10:05:17.123Z");
    EXPECT_EQ(to_rfc3339(from_epoch_micros(951'782'400'000'000)), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(from_epoch_micros(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatTheRfcAllows) {
    EXPECT_EQ(normalised("2026-11-22T10:05:17Z"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2026-11-22t10:05:17z"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2026-11-22 10:05:17Z"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2026-11-22T10:05:17.1Z"), "2026-11-22T10:05:17.100Z");
    EXPECT_EQ(normalised("2026-11-22T10:05:17.123456789Z"), "2026-11-22T10:05:17.123Z");
    EXPECT_EQ(normalised("2026-11-22T12:05:17+02:00"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2026-11-22T04:35:17-05:30"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2026-01-01T00:30:00+01:00"), "2025-12-31T23:30:00.000Z");
    EXPECT_EQ(normalised("2026-11-22T10:05:17-00:00"), "2026-11-22T10:05:17.000Z");
    EXPECT_EQ(normalised("2024-02-29T23:59:59.999Z"), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(normalised("2261-12-31T23:59:59Z"), "2261-12-31T23:59:59.000Z");
    EXPECT_EQ(normalised("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z");
}

TEST(Rfc3339, KeepsMicroseconds) {
    EXPECT_EQ(epoch_micros(*parse_rfc3339("1970-01-01T00:00:01.000001Z")), 1'000'001);
    EXPECT_EQ(epoch_micros(*parse_rfc3339("1970-01-01T00:00:01.0000019Z")), 1'000'001);
}

TEST(Rfc3339, RefusesTheRest) {
    for (const auto* text : {"",
                             "2026-11-22",
                             "2026-11-22T10:05:17",
                             "2026-11-22T10:05Z",
                             "2026-11-22T10:05:17.Z",
                             "2026-11-22T10:05:17,1Z",
                             "2026-11-22T10:05:17.1234567890Z",
                             "2026-11-22T10:05:60Z",
                             "2026-12-31T23:59:60Z",
                             "2026-11-22T24:00:00Z",
                             "2026-11-22T10:60:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-02-29T00:00:00Z",
                             "2100-02-29T00:00:00Z",
                             "2026-04-31T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "1969-12-31T23:59:59Z",
                             "2262-01-01T00:00:00Z",
                             "26-11-22T10:05:17Z",
                             "2026-11-22T10:05:17+0200",
                             "2026-11-22T10:05:17+02",
                             "2026-11-22T10:05:17+24:00",
                             "2026-11-22T10:05:17+02:60",
                             "2026-11-22T10:05:17ZZ",
                             " 2026-11-22T10:05:17Z",
                             "2026-11-22T10:05:17Z ",
                             "2026-1-22T10:05:17Z",
                             "+026-11-22T10:05:17Z",
                             "2026-11-22T-1:05:17Z",
                             "yesterday",
                             "1795341917"}) {
        EXPECT_EQ(normalised(text), "refused") << text;
    }
}

TEST(Clock, StandsInTheSameUnits) {
    const auto now = system_now();
    EXPECT_EQ(from_epoch_micros(epoch_micros(now)), now);
    EXPECT_LE(now, system_now());
}

}  // namespace
}  // namespace lupaus
