#include "services/desk/search/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::search {
namespace {

TEST(SearchQuery, AsksForEveryWordByItsBeginning) {
    EXPECT_EQ(tsquery_of("bicy  aino"), "'bicy':* & 'aino':*");
    EXPECT_EQ(tsquery_of(" \t polkupy\xC3\xB6r\xC3\xA4 "), "'polkupy\xC3\xB6r\xC3\xA4':*");
}

TEST(SearchQuery, ALetterAloneIsAWholeWord) {
    EXPECT_EQ(tsquery_of("a bicycle"), "'a' & 'bicycle':*");
}

TEST(SearchQuery, WhatMeansSomethingToTheDatabaseIsText) {
    EXPECT_EQ(tsquery_of("o'brien"), "'o''brien':*");
    EXPECT_EQ(tsquery_of("a\\b"), "'a\\\\b':*");
    EXPECT_EQ(tsquery_of("x:*&!y"), "'x:*&!y':*");
    EXPECT_EQ(tsquery_of("x | & ! ( )"), "'x'");
}

TEST(SearchQuery, NothingToLookForIsNoQuery) {
    EXPECT_EQ(tsquery_of(""), std::nullopt);
    EXPECT_EQ(tsquery_of("  "), std::nullopt);
    EXPECT_EQ(tsquery_of("?! -- '"), std::nullopt);
}

TEST(SearchQuery, HasAtMostEightWords) {
    EXPECT_NE(tsquery_of("a b c d e f g h"), std::nullopt);
    EXPECT_EQ(tsquery_of("a b c d e f g h i"), std::nullopt);
}

std::string marked(std::string_view text) {
    return std::string(kMatchBegin).append(text).append(kMatchEnd);
}

TEST(SearchPassage, IsCutAtItsMarks) {
    const std::vector<Part> expected{{"my ", false}, {"bicycle", true}, {" and ", false}, {"bicycles", true}};
    EXPECT_EQ(parts_of("my " + marked("bicycle") + " and " + marked("bicycles")), expected);
    EXPECT_EQ(parts_of("nothing"), (std::vector<Part>{{"nothing", false}}));
    EXPECT_TRUE(parts_of("").empty());
}

TEST(SearchPassage, BroughtMarksHideNothing) {
    const std::vector<Part> expected{{"a", false}, {"b", true}};
    EXPECT_EQ(parts_of("a" + std::string(kMatchBegin) + "b"), expected);
}

}  // namespace
}  // namespace lupaus::desk::search
