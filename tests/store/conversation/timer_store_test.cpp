#include "services/desk/timer/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::timer {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class TimerStore : public ::testing::Test {
protected:
    // As the watcher: no account named.
    template <class Work>
    auto change(Work work) {
        return database_.worker().run_blocking(Scope::queues(), work);
    }

    Timer put_one(Micros ahead, Kind kind = Kind::snooze_end) {
        return change([&](Tx& tx) {
            const Timer timer{.key = {.account = account_, .kind = kind, .subject = make_uuid_v7()},
                              .due_at = start_ + ahead};
            put(tx, {{timer.key, timer.due_at}});
            return timer;
        });
    }

    std::vector<Timer> claim(Micros from = -1h) {
        return change([&](Tx& tx) { return claim_due(tx, start_ + from, 10); });
    }

    support::TestDatabase database_{};
    AccountId account_ = support::make_account(database_);
    Timestamp start_ = system_now();
};

TEST_F(TimerStore, WhatIsDueIsTakenOnceOldestFirst) {
    const auto late = put_one(-1s);
    const auto early = put_one(-1min, Kind::unattended);
    put_one(1h);
    const auto due = claim();
    ASSERT_THAT(due, SizeIs(2));
    EXPECT_EQ(due[0].key, early.key);
    EXPECT_EQ(due[1].key, late.key);
    EXPECT_EQ(due[1].due_at, late.due_at);
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_F(TimerStore, ATimerIsMovedAndRemoved) {
    auto timer = put_one(-1s);
    timer.due_at = start_ + 1h;
    change([&](Tx& tx) {
        put(tx, {{timer.key, timer.due_at}});
        return 0;
    });
    EXPECT_THAT(claim(), IsEmpty());
    const auto next = change([&](Tx& tx) { return next_due(tx, start_ - 1h); });
    EXPECT_EQ(next, timer.due_at);
    change([&](Tx& tx) {
        remove(tx, std::span(&timer.key, 1));
        remove(tx, std::span(&timer.key, 1));
        return 0;
    });
    EXPECT_EQ(change([&](Tx& tx) { return next_due(tx, start_ - 1h); }), std::nullopt);
}

TEST_F(TimerStore, ManyArePutAtOnce) {
    const auto moved = put_one(1h);
    std::map<Key, Timestamp> timers{{moved.key, start_ - 3s}};
    for (int i = 0; i < 2; ++i) {
        timers.emplace(Key{.account = account_, .kind = Kind::undelivered, .subject = make_uuid_v7()}, start_ - 2s);
    }
    change([&](Tx& tx) {
        put(tx, {});
        put(tx, timers);
        return 0;
    });
    const auto due = claim();
    ASSERT_THAT(due, SizeIs(3));
    EXPECT_EQ(due[0].key, moved.key);
    for (const auto& timer : due) {
        EXPECT_EQ(timer.due_at, timers.at(timer.key));
    }
}

TEST_F(TimerStore, PostponingMovesOnlyWhatComesTooSoon) {
    const auto soon = put_one(1min);
    const auto far = put_one(2h);
    change([&](Tx& tx) {
        postpone(tx, soon.key, 1h);
        postpone(tx, far.key, 1h);
        postpone(tx, {.account = account_, .kind = Kind::snooze_end, .subject = make_uuid_v7()}, 1h);
        return 0;
    });
    const auto next = change([&](Tx& tx) { return next_due(tx, start_ - 1h); });
    ASSERT_TRUE(next);
    EXPECT_GT(*next, start_ + 59min);
    EXPECT_LT(*next, far.due_at);
}

TEST_F(TimerStore, WhatIsOlderThanTheWatermarkIsLeftForTheFullScan) {
    put_one(-10min);
    EXPECT_THAT(claim(-1min), IsEmpty());
    EXPECT_THAT(claim(), SizeIs(1));
}

TEST_F(TimerStore, WhatSomebodyElseHoldsIsSkipped) {
    put_one(-1s);
    const auto nested = [&](Tx& tx) {
        const auto mine = claim_due(tx, start_ - 1h, 10);
        EXPECT_THAT(claim(), IsEmpty());
        return mine.size();
    };
    EXPECT_EQ(change(nested), 1u);
}

}  // namespace
}  // namespace lupaus::desk::timer
