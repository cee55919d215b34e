#include "services/desk/verdict/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::verdict {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PromiseId kFirst = PromiseId::make();
const PromiseId kSecond = PromiseId::make();

// Said in that second, and visible in that order.
Judged said(int second, PromiseId waived = {}) {
    return Judged{.id = MessageId::make(),
                  .said_at = Timestamp{std::chrono::seconds{second}},
                  .seq = second,
                  .visible_seq = second,
                  .can_wait = true,
                  .waived = waived};
}

TEST(CountAgain, TheWaitBeginsWithTheOldest) {
    const std::vector<Judged> messages{said(1, kFirst), said(2, kFirst), said(5, kSecond), said(6)};
    const auto counted = count_again(messages, 0);
    ASSERT_TRUE(counted.oldest);
    EXPECT_EQ(counted.oldest->id, messages.front().id);
    EXPECT_THAT(counted.waivers, ElementsAre(kFirst, kSecond));
}

TEST(CountAgain, WhatAReplyHadBeforeItIsAnswered) {
    const std::vector<Judged> messages{said(1, kFirst), said(3, kSecond)};
    const auto counted = count_again(messages, 2);
    ASSERT_TRUE(counted.oldest);
    EXPECT_EQ(counted.oldest->id, messages.back().id);
    EXPECT_THAT(counted.waivers, ElementsAre(kSecond)) << "the other waiver does no harm now";
    EXPECT_FALSE(count_again(messages, 4).oldest);
}

TEST(CountAgain, WhatCannotWaitWaitsForNothing) {
    auto history = said(1, kFirst);
    history.can_wait = false;
    const auto counted = count_again(std::span(&history, 1), 0);
    EXPECT_FALSE(counted.oldest);
    EXPECT_THAT(counted.waivers, IsEmpty());
    EXPECT_FALSE(count_again({}, 0).oldest);
}

}  // namespace
}  // namespace lupaus::desk::verdict
