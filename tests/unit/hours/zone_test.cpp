// The table of a zone against what is known of it.
#include "tests/unit/hours/calendar_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::hours {
namespace {

std::chrono::seconds ahead_at(const Zone& zone, Timestamp at) {
    auto offset = zone.offsets.front().ahead;
    for (const auto& change : zone.offsets) {
        offset = change.from <= at ? change.ahead : offset;
    }
    return offset;
}

TEST(FindZone, ThereIsNoneWithoutThatName) {
    for (const auto* name : {"", "Europe/Turku", "europe/helsinki", "../../etc/passwd", "Europe/"}) {
        EXPECT_EQ(find_zone(name), nullptr) << name;
    }
}

TEST(FindZone, ReadsItOnce) {
    EXPECT_NE(find_zone("Europe/Helsinki"), nullptr);
    EXPECT_EQ(find_zone("Europe/Helsinki"), find_zone("Europe/Helsinki"));
}

TEST(FindZone, KnowsUtcAndItsChangesNothing) {
    EXPECT_EQ(find_zone("UTC")->offsets.size(), 1U);
}

TEST(FindZone, KnowsWhenTheClocksChange) {
    const auto helsinki = find_zone("Europe/Helsinki");
    EXPECT_EQ(ahead_at(*helsinki, at("2026-03-29T00:59:59Z")), 2h);
    EXPECT_EQ(ahead_at(*helsinki, at("2026-03-29T01:00:00Z")), 3h);
    EXPECT_EQ(ahead_at(*helsinki, at("2026-10-25T00:59:59Z")), 3h);
    EXPECT_EQ(ahead_at(*helsinki, at("2026-10-25T01:00:00Z")), 2h);
    const auto york = find_zone("America/New_York");
    EXPECT_EQ(ahead_at(*york, at("2026-03-08T06:59:59Z")), -5h);
    EXPECT_EQ(ahead_at(*york, at("2026-03-08T07:00:00Z")), -4h);
    EXPECT_EQ(ahead_at(*york, at("2026-11-01T05:59:59Z")), -4h);
    EXPECT_EQ(ahead_at(*york, at("2026-11-01T06:00:00Z")), -5h);
}

// Ten years ahead, too: a promise may reach so far, and some builds of the database stop earlier.
TEST(FindZone, KnowsTheChangesOfTheNextYears) {
    EXPECT_EQ(ahead_at(*find_zone("Europe/Helsinki"), at("2036-07-01T00:00:00Z")), 3h);
    EXPECT_EQ(ahead_at(*find_zone("Europe/Helsinki"), at("2036-12-01T00:00:00Z")), 2h);
}

TEST(FindZone, ChangesAreInOrderAndReal) {
    for (const auto* name : {"Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}) {
        const auto zone = find_zone(name);
        for (std::size_t i = 1; i < zone->offsets.size(); ++i) {
            EXPECT_LT(zone->offsets[i - 1].from, zone->offsets[i].from) << name;
            EXPECT_NE(zone->offsets[i - 1].ahead, zone->offsets[i].ahead) << name;
        }
    }
}

}  // namespace
}  // namespace lupaus::desk::hours
