#include "services/desk/rate/rate_limit.hpp"
#include "services/desk/rate/refusal.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::rate {
namespace {

using namespace std::chrono_literals;

const auto kStart = std::chrono::steady_clock::time_point{} + 1h;

TEST(RateLimitTest, AllowsABurstAndThenTheRate) {
    RateLimit limit;
    const Rate rate{.per_second = 10, .burst = 3};
    const auto token = make_uuid_v7();
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(limit.take(token, rate, kStart)) << i;
    }
    const auto wait = limit.take(token, rate, kStart);
    ASSERT_TRUE(wait);
    EXPECT_EQ(*wait, 100ms);
    EXPECT_TRUE(limit.take(token, rate, kStart + 99ms));
    EXPECT_FALSE(limit.take(token, rate, kStart + 101ms));
    EXPECT_TRUE(limit.take(token, rate, kStart + 102ms));
}

TEST(RateLimitTest, KeepsNoMoreThanABurstAndKeysApart) {
    RateLimit limit;
    const Rate rate{.per_second = 10, .burst = 2};
    const auto greedy = make_uuid_v7();
    limit.take(greedy, rate, kStart);
    EXPECT_FALSE(limit.take(greedy, rate, kStart + 1h));
    EXPECT_FALSE(limit.take(greedy, rate, kStart + 1h));
    EXPECT_TRUE(limit.take(greedy, rate, kStart + 1h));
    EXPECT_FALSE(limit.take(make_uuid_v7(), rate, kStart + 1h));
}

TEST(RateLimitTest, FollowsAChangedRateAtOnce) {
    RateLimit limit;
    const auto account = make_uuid_v7();
    EXPECT_FALSE(limit.take(account, {.per_second = 100, .burst = 200}, kStart));
    EXPECT_FALSE(limit.take(account, {.per_second = 1, .burst = 1}, kStart));
    EXPECT_EQ(limit.take(account, {.per_second = 1, .burst = 1}, kStart), 1000ms);
    EXPECT_EQ(limit.take(account, {.per_second = 10, .burst = 1}, kStart), 100ms);
}

TEST(RateLimitTest, ForgetsWhoWasSilentLongest) {
    RateLimit limit(2);
    const Rate rate{.per_second = 1, .burst = 1};
    const auto busy = make_uuid_v7();
    const auto quiet = make_uuid_v7();
    limit.take(busy, rate, kStart);
    limit.take(quiet, rate, kStart);
    EXPECT_TRUE(limit.take(busy, rate, kStart)) << "spoke last";
    limit.take(make_uuid_v7(), rate, kStart);
    EXPECT_EQ(limit.size(), 2U);
    EXPECT_TRUE(limit.take(busy, rate, kStart)) << "is still known";
    EXPECT_FALSE(limit.take(quiet, rate, kStart)) << "begins anew";
    EXPECT_EQ(limit.size(), 2U);
}

TEST(RateRefusal, SaysWhichLimitAndWhenToComeBack) {
    const auto error = refusal({.limit = "channel", .words = "Too fast.", .allowed = 5, .wait = 1001ms});
    EXPECT_EQ(error.code, Errc::rate_limited);
    EXPECT_EQ(error.retry_after_s, 2);
    EXPECT_EQ(error.extension, R"({"limit":"channel","allowed":5})");
    EXPECT_EQ(refusal({.limit = "token", .words = "", .allowed = 1, .wait = 1ms}).retry_after_s, 1);
}

}  // namespace
}  // namespace lupaus::desk::rate
