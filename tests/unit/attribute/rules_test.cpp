#include "services/desk/attribute/rules.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace lupaus::desk::attribute {
namespace {

TEST(AttributeKey, IsAWordOfSmallLettersDigitsAndLines) {
    for (const auto* fine : {"plan", "p", "order_total_2", "a_"}) {
        EXPECT_TRUE(is_key(fine)) << fine;
    }
    for (const auto* wrong : {"", "Plan", "2nd", "_plan", "plan-b", "plan b", "plän", "a.b", "a\"b"}) {
        EXPECT_FALSE(is_key(wrong)) << wrong;
    }
    EXPECT_TRUE(is_key(std::string(kKeyBytesMax, 'k')));
    EXPECT_FALSE(is_key(std::string(kKeyBytesMax + 1, 'k')));
}

TEST(AttributeDate, IsADayThatThereIs) {
    for (const auto* fine : {"2026-11-22", "2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"}) {
        EXPECT_TRUE(is_date(fine)) << fine;
    }
    for (const auto* wrong : {"", "2026-11-31", "2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-1-1",
                              "0000-01-01", "2026-11-22T10:00:00Z", "26-11-22", "2026/11/22", "2026-11-2x"}) {
        EXPECT_FALSE(is_date(wrong)) << wrong;
    }
}

TEST(AttributeNumber, IsWrittenAsItWasGiven) {
    EXPECT_EQ(number_text(0.1), "0.1");
    EXPECT_EQ(number_text(129.9), "129.9");
    EXPECT_EQ(number_text(-0.000000001), "-0.000000001");
    EXPECT_EQ(number_text(1000.0), "1000");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(999999999999999.0), "999999999999999");
    EXPECT_EQ(number_text(123456.123456789), "123456.123456789");
}

TEST(AttributeNumber, HasNoMoreDigitsThanAreKept) {
    for (const double wrong : {1e15, -1e15, 0.0000000001, 0.12345678901, 1234567.123456789, 1.0 / 3, 1e300,
                               std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::denorm_min()}) {
        EXPECT_EQ(number_text(wrong), std::nullopt) << wrong;
    }
}

}  // namespace
}  // namespace lupaus::desk::attribute
