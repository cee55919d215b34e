#include "common/text/utf8.hpp"

#include <gtest/gtest.h>

namespace lupaus::text {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, TakesEveryWellFormedLength) {
    EXPECT_TRUE(is_valid_utf8(""));
    EXPECT_TRUE(is_valid_utf8("plain"));
    EXPECT_TRUE(is_valid_utf8("pää"));
    EXPECT_TRUE(is_valid_utf8("€"));
    EXPECT_TRUE(is_valid_utf8("🙂"));
    EXPECT_TRUE(is_valid_utf8("\xED\x9F\xBF\xEE\x80\x80"));  // the neighbours of the surrogates
    EXPECT_TRUE(is_valid_utf8("\xF4\x8F\xBF\xBF"));          // U+10FFFF
}

TEST(Utf8, RefusesBrokenBytes) {
    for (const auto broken : {
             "\x80"sv,              // continuation without a start
             "\xC3"sv,              // cut short
             "\xE2\x82"sv,          // cut short
             "\xF0\x9F\x99"sv,      // cut short
             "\xC0\xAF"sv,          // overlong in two bytes
             "\xC1\xBF"sv,          // overlong in two bytes
             "\xE0\x80\xAF"sv,      // overlong in three bytes
             "\xF0\x80\x80\xAF"sv,  // overlong in four bytes
             "\xED\xA0\x80"sv,      // a surrogate
             "\xF4\x90\x80\x80"sv,  // above U+10FFFF
             "\xF5\x80\x80\x80"sv,  // no such start
             "\xFF"sv,              // never appears
             "a\xE2(\xA1"sv,        // a start followed by something else
         }) {
        EXPECT_FALSE(is_valid_utf8(broken)) << ::testing::PrintToString(broken);
    }
}

TEST(Utf8, FindsNul) {
    EXPECT_TRUE(has_nul("a\0b"sv));
    EXPECT_FALSE(has_nul("ab"));
}

TEST(Utf8, CountsCodePoints) {
    EXPECT_EQ(utf8_length(""), 0U);
    EXPECT_EQ(utf8_length("pää🙂"), 4U);
    EXPECT_EQ(utf8_length("a\xFFz"), 3U);
}

TEST(Utf8, CutsWhereACodePointBegins) {
    EXPECT_EQ(utf8_prefix("pää", 10), "pää");
    EXPECT_EQ(utf8_prefix("pää", 5), "pää");
    EXPECT_EQ(utf8_prefix("pää", 4), "pä");
    EXPECT_EQ(utf8_prefix("pää", 3), "pä");
    EXPECT_EQ(utf8_prefix("pää", 2), "p");
    EXPECT_EQ(utf8_prefix("🙂", 3), "");
    EXPECT_EQ(utf8_prefix("🙂🙂", 4), "🙂");
    EXPECT_EQ(utf8_prefix("abc", 0), "");
}

TEST(Utf8, CutsBrokenTextWithoutLosingMuchOfIt) {
    EXPECT_EQ(utf8_prefix("a\x80\x80\x80\x80\x80\x80", 5), "a\x80\x80\x80\x80");
}

TEST(Utf8, RepairsBrokenBytesAndNul) {
    EXPECT_EQ(repair_utf8("pää🙂"), "pää🙂");
    EXPECT_EQ(repair_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(repair_utf8("a\0z"sv), "a\xEF\xBF\xBDz");
    EXPECT_TRUE(is_valid_utf8(repair_utf8("\xE2\x82\xF0\x9F\xC0\xAF")));
}

}  // namespace
}  // namespace lupaus::text
