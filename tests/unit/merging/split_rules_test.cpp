#include "services/desk/merging/rules.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::merging {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNoon = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}} + 12h;

message::Message said(Timestamp at) {
    message::Message message;
    message.ordered_at = at;
    return message;
}

promise::Promise wait(Timestamp since, Timestamp opened) {
    promise::Promise promise;
    promise.id = PromiseId::make();
    promise.kind = promise::Kind::first_reply;
    promise.waiting_since = since;
    promise.opened_at = opened;
    promise.warn_at = opened + 45min;
    promise.due_at = opened + 1h;
    promise.leads_at = opened + 2h;
    promise.account_at = opened + 3h;
    return promise;
}

TEST(Unanswered, IsWhatWasSaidInTheWait) {
    EXPECT_TRUE(is_unanswered(said(kNoon), kNoon));
    EXPECT_TRUE(is_unanswered(said(kNoon + 1h), kNoon));
    EXPECT_FALSE(is_unanswered(said(kNoon - 1s), kNoon));
    EXPECT_FALSE(is_unanswered(said(kNoon), {}));
    auto old = said(kNoon);
    old.history = true;
    EXPECT_FALSE(is_unanswered(old, kNoon));
    auto taken_back = said(kNoon);
    taken_back.deleted_at = kNoon + 1h;
    EXPECT_FALSE(is_unanswered(taken_back, kNoon));
}

TEST(OpeningOf, IsTheTimeOfTheMessageOrOfTheHandover) {
    EXPECT_EQ(opening_of(kNoon + 1h, wait(kNoon, kNoon)), kNoon + 1h);
    EXPECT_EQ(opening_of(kNoon + 1h, wait(kNoon, kNoon + 2h)), kNoon + 2h) << "a bot had it until then";
    EXPECT_EQ(opening_of(kNoon + 3h, wait(kNoon, kNoon + 2h)), kNoon + 3h);
}

TEST(BeginAnew, EveryTimeMovesWithTheOpening) {
    auto before = wait(kNoon, kNoon);
    before.level = 2;
    before.held_until = kNoon + 2h;
    before.next_alert_at = before.account_at;
    const auto id = PromiseId::make();
    const auto after = begin_anew(before, id, kNoon + 30min);
    EXPECT_EQ(after.id, id);
    EXPECT_EQ(after.kind, promise::Kind::first_reply);
    EXPECT_EQ(after.waiting_since, kNoon + 30min);
    EXPECT_EQ(after.opened_at, kNoon + 30min);
    EXPECT_EQ(after.due_at, kNoon + 90min);
    EXPECT_EQ(after.account_at, kNoon + 3h + 30min);
    EXPECT_EQ(after.level, -1);
    EXPECT_FALSE(after.held_until);
    EXPECT_EQ(after.next_alert_at, after.warn_at);
}

TEST(BeginAnew, AHandoverStaysTheOpening) {
    const auto before = wait(kNoon, kNoon + 2h);
    const auto after = begin_anew(before, PromiseId::make(), kNoon + 1h);
    EXPECT_EQ(after.waiting_since, kNoon + 1h);
    EXPECT_EQ(after.opened_at, before.opened_at);
    EXPECT_EQ(after.due_at, before.due_at);
}

}  // namespace
}  // namespace lupaus::desk::merging
