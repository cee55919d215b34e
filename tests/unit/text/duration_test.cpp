#include "common/text/duration.hpp"

#include <gtest/gtest.h>

namespace lupaus::text {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsWhatPeopleWrite) {
    EXPECT_EQ(*parse_duration("0s"), 0ms);
    EXPECT_EQ(*parse_duration("500ms"), 500ms);
    EXPECT_EQ(*parse_duration("90s"), 90s);
    EXPECT_EQ(*parse_duration("2m"), 2min);
    EXPECT_EQ(*parse_duration("1h30m"), 90min);
    EXPECT_EQ(*parse_duration("2d"), 48h);
    EXPECT_EQ(*parse_duration("1d2h3m4s5ms"), 24h + 2h + 3min + 4s + 5ms);
    EXPECT_EQ(*parse_duration("3650d"), kDurationMax);
}

TEST(Duration, RefusesWhatIsNoDuration) {
    for (const auto* text : {"",
                             "5",
                             "s",
                             "-5s",
                             "+5s",
                             "5 s",
                             " 5s",
                             "5s ",
                             "1.5h",
                             "5x",
                             "5sec",
                             "5S",
                             "30m1h",
                             "1h1h",
                             "5ms1s",
                             "3651d",
                             "87601h",
                             "99999999999999999999s",
                             "9223372036854775807d",
                             "3650d1ms",
                             "1h30"}) {
        const auto length = parse_duration(text);
        ASSERT_TRUE(length.has_error()) << text;
        EXPECT_EQ(length.error().code, Errc::invalid) << text;
        EXPECT_NE(length.error().detail.find("1h30m"), std::string::npos) << "the message shows how: " << text;
    }
}

TEST(Duration, WritesTheShortestForm) {
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(90s), "1m30s");
    EXPECT_EQ(format_duration(7 * 24h), "7d");
    EXPECT_EQ(format_duration(1500ms), "1s500ms");
    EXPECT_EQ(format_duration(25h), "1d1h");
}

TEST(Duration, SurvivesTheRoundTrip) {
    for (const auto length :
         std::initializer_list<std::chrono::milliseconds>{0ms, 1ms, 59s, 60s, 61min, 26h, 365 * 24h}) {
        EXPECT_EQ(*parse_duration(format_duration(length)), length);
    }
}

}  // namespace
}  // namespace lupaus::text
