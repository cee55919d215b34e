#include "services/lupaus/simulate/tally.hpp"

#include "common/text/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::simulate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Timestamp kStart{std::chrono::sys_days{std::chrono::year{2026} / 5 / 4}};

text::Json summary(const Tally& tally, Timestamp now = kStart) {
    return text::parse_json(tally.summary(now)).value();
}

TEST(Tally, IsEmptyAtFirst) {
    const auto nothing = summary(Tally());
    for (const auto* name : {"sent", "refused", "answered", "lost", "doubled"}) {
        EXPECT_EQ(nothing[name], 0) << name;
    }
    EXPECT_EQ(nothing["first_reply_ms"]["p50"], 0);
    EXPECT_TRUE(nothing["first_reply_ms"]["more_than"].empty());
}

TEST(Tally, WhatWasAcceptedAndIsNowhereInTheLogIsLost) {
    Tally tally;
    for (const auto* mark : {"a", "b", "c"}) {
        tally.accepted(mark);
    }
    tally.refused();
    tally.refused();
    tally.stored("b", "conversation");
    tally.stored("d", "conversation");  // its acknowledgement did not arrive: no loss
    EXPECT_EQ(summary(tally)["sent"], 3);
    EXPECT_EQ(summary(tally)["refused"], 2);
    EXPECT_EQ(summary(tally)["lost"], 2);
    EXPECT_EQ(summary(tally)["doubled"], 0);
}

TEST(Tally, AMarkThatIsStoredTwiceIsDoubled) {
    Tally tally;
    for (const auto* mark : {"a", "b", "c"}) {
        tally.accepted(mark);
        tally.stored(mark, "conversation");
    }
    tally.stored("b", "another");
    tally.stored("c", "conversation");
    tally.stored("c", "conversation");
    EXPECT_EQ(summary(tally)["doubled"], 2) << "messages, not copies";
    EXPECT_EQ(summary(tally)["lost"], 0);
}

TEST(Tally, FirstRepliesAreThoseOfTheLedger) {
    Tally tally;
    tally.answered(9h);  // a later reply, which is no first one
    tally.stored("a", "ours");
    for (int i = 1; i <= 10; ++i) {
        tally.promised(std::to_string(i), "ours", kStart);
        tally.replied(std::to_string(i), kStart + i * 1s);
    }
    tally.promised("foreign", "theirs", kStart);
    tally.replied("foreign", kStart + 9h);
    tally.promised("waived", "ours", kStart);
    tally.released("waived");
    const auto times = summary(tally, kStart + 1h)["first_reply_ms"];
    EXPECT_EQ(times["p50"], 6'000);
    EXPECT_EQ(times["p90"], 10'000);
    EXPECT_EQ(times["answered"], 10);
    EXPECT_EQ(times["still_waiting"], 0);
    EXPECT_TRUE(times["more_than"].empty());
}

// Ten answered in a minute and ten open for an hour: half of them waited a minute, nobody knows what the others will.
TEST(Tally, AnOpenWaitCountsAsItsAgeAndMakesTheFigureALeastOne) {
    Tally tally;
    tally.stored("a", "ours");
    for (int i = 0; i < 20; ++i) {
        tally.promised(std::to_string(i), "ours", kStart);
    }
    for (int i = 0; i < 10; ++i) {
        tally.replied(std::to_string(i), kStart + 1min);
    }
    tally.promised("again", "ours", kStart);
    tally.replied("again", kStart + 1s);
    const auto times = summary(tally, kStart + 1h)["first_reply_ms"];
    EXPECT_EQ(times["p50"], 60'000);
    EXPECT_EQ(times["p90"], 3'600'000);
    EXPECT_EQ(times["more_than"], (text::Json{"p90", "p99"}));
    EXPECT_EQ(times["answered"], 11);
    EXPECT_EQ(times["still_waiting"], 10);
}

TEST(Tally, AReplyThatWasNotDeliveredLeavesTheWaitOpen) {
    Tally tally;
    tally.stored("a", "ours");
    tally.promised("p", "ours", kStart);
    tally.replied("p", kStart + 1min);
    tally.promised("p", "ours", kStart);
    EXPECT_EQ(summary(tally, kStart + 1h)["first_reply_ms"]["still_waiting"], 1);
}

TEST(Tally, TheLineOfProgressHasTheMedianOfAllReplies) {
    Tally tally;
    tally.accepted("a");
    tally.answered(100ms);
    tally.answered(300ms);
    tally.answered(200ms);
    EXPECT_THAT(tally.progress(7s), HasSubstr("7 s: 1 sent, 3 answered, median wait 200 ms, refused 0"));
}

}  // namespace
}  // namespace lupaus::simulate
