#include "common/base/limits.hpp"
#include "services/inbox/backlog.hpp"
#include "services/inbox/token_cache.hpp"

#include "common/crypto/token.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;

const auto kStart = std::chrono::steady_clock::time_point{} + 1h;

PrincipalPtr somebody() {
    return std::make_shared<const desk::token::Principal>();
}

TEST(TokenCacheTest, AsksAgainBeforeItForgets) {
    TokenCache cache;
    const auto token = crypto::token_hash("lup_a");
    EXPECT_EQ(cache.find(token, kStart), nullptr);
    const auto principal = somebody();
    cache.put(token, principal, kStart);
    EXPECT_EQ(cache.find(token, kStart + 999ms), principal);
    EXPECT_EQ(cache.find(token, kStart + 1s), nullptr) << "the first one looks it up again";
    EXPECT_EQ(cache.find(token, kStart + 1s), principal) << "the others need not wait for that";
    EXPECT_EQ(cache.find(token, kStart + 1999ms), principal);
    EXPECT_EQ(cache.find(token, kStart + 2s), nullptr);
    EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCacheTest, ARefreshCountsFromWhenItWasAsked) {
    TokenCache cache;
    const auto token = crypto::token_hash("lup_a");
    cache.put(token, somebody(), kStart);
    EXPECT_EQ(cache.find(token, kStart + 1500ms), nullptr);
    const auto refreshed = somebody();
    cache.put(token, refreshed, kStart + 1500ms);
    EXPECT_EQ(cache.find(token, kStart + 2400ms), refreshed);
    EXPECT_EQ(cache.find(token, kStart + 2500ms), nullptr);
}

TEST(TokenCacheTest, ForgetsTheRevokedAndStaysBounded) {
    TokenCache cache(2);
    const auto token = crypto::token_hash("lup_a");
    cache.put(token, somebody(), kStart);
    cache.forget(token);
    EXPECT_EQ(cache.find(token, kStart), nullptr);
    for (const auto* text : {"lup_b", "lup_c", "lup_d", "lup_e"}) {
        cache.put(crypto::token_hash(text), somebody(), kStart);
        EXPECT_LE(cache.size(), 2U);
    }
    EXPECT_NE(cache.find(crypto::token_hash("lup_e"), kStart), nullptr);
}

TEST(BacklogTest, HoldsExactlyItsLimitOfFrames) {
    Backlog backlog(2, 1000);
    backlog.push(make_frame("typing", "a"));
    backlog.push(make_frame("typing", "b"));
    EXPECT_FALSE(backlog.is_lost());
    EXPECT_EQ(backlog.take().size(), 2U);
    EXPECT_TRUE(backlog.is_empty());
    for (int i = 0; i < 3; ++i) {
        backlog.push(make_frame("typing", "c"));
    }
    EXPECT_TRUE(backlog.is_lost());
    EXPECT_TRUE(backlog.is_empty());
    backlog.push(make_frame("typing", "d"));
    EXPECT_TRUE(backlog.is_empty()) << "nothing may follow a gap";
}

TEST(BacklogTest, HoldsExactlyItsLimitOfBytes) {
    Backlog backlog(100, 10);
    backlog.push(make_frame("typing", "12345"));
    backlog.push(make_frame("typing", "12345"));
    EXPECT_FALSE(backlog.is_lost());
    backlog.take();
    backlog.push(make_frame("typing", "1234567890"));
    EXPECT_FALSE(backlog.is_lost());
    backlog.push(make_frame("typing", "1"));
    EXPECT_TRUE(backlog.is_lost());
}

TEST(BacklogTest, AFrameContainsItsEvent) {
    const auto frame = make_event_frame(7, "message.created", R"({"id":"x"})");
    EXPECT_EQ(frame->text, R"({"type":"event","event":{"id":"x"}})");
    EXPECT_EQ(frame->event(), R"({"id":"x"})");
    EXPECT_EQ(frame->seq, 7);
}

}  // namespace
}  // namespace lupaus::inbox
