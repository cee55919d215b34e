#include "services/inbox/follower.hpp"

#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace lupaus::inbox {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using support::make_account;
using support::TestDesk;

class FollowerTest : public ::testing::Test {
protected:
    FollowerTest() { feed_.start(tasks_); }

    ~FollowerTest() override {
        tasks_.stop();
        run(tasks_.join());
    }

    template <class T>
    T run(asio::awaitable<T> task) {
        auto future = asio::co_spawn(desk_.io, std::move(task), asio::use_future);
        desk_.io.restart();
        while (future.wait_for(0s) != std::future_status::ready) {
            if (desk_.io.run_one_for(10s) == 0) {
                throw std::runtime_error("nothing happens any more");
            }
        }
        return future.get();
    }

    void happen(int count, desk::AccountId account) {
        desk_.database.as_worker({account}, [&](Tx& tx) {
            const std::vector<desk::event::Draft> drafts(static_cast<std::size_t>(count),
                                                         {.account = account,
                                                          .type = "team.updated",
                                                          .actor = desk::event::Actor::system(),
                                                          .conversation = {},
                                                          .message = {},
                                                          .data = "{}"});
            desk::event::append(tx, drafts);
            tx.after_commit([&] { desk_.wakeups.announce(desk::Topic::event); });
            return true;
        });
    }

    Follower follower() { return Follower(desk_.context, feed_, account_, Doorbell(desk_.io.get_executor())); }

    // The cursors of the next `count` events.
    std::vector<std::int64_t> take(Follower& follower, std::size_t count) {
        std::vector<std::int64_t> cursors;
        while (cursors.size() < count) {
            for (const auto& frame : run(follower.next(10s))) {
                cursors.push_back(frame->seq);
            }
            if (follower.is_lost()) {
                break;
            }
        }
        return cursors;
    }

    static std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
        std::vector<std::int64_t> numbers;
        for (auto number = first; number <= last; ++number) {
            numbers.push_back(number);
        }
        return numbers;
    }

    TestDesk desk_;
    desk::AccountId account_ = make_account(desk_.database);
    desk::AccountId other_ = make_account(desk_.database, "Other");
    TaskGroup tasks_{desk_.io.get_executor(),
                     [](const std::string&, std::exception_ptr error) { std::rethrow_exception(error); }};
    Feed feed_{desk_.context, desk_.io.get_executor()};
};

TEST_F(FollowerTest, BeginsAtThePresent) {
    happen(3, account_);
    auto reader = follower();
    const auto start = run(reader.start(std::nullopt));
    EXPECT_FALSE(start.is_resync);
    EXPECT_EQ(start.cursor, 3);
    EXPECT_TRUE(run(reader.next(0s)).empty());
    happen(2, account_);
    happen(1, other_);
    EXPECT_EQ(take(reader, 2), range(4, 5));
    EXPECT_TRUE(run(reader.next(0s)).empty()) << "another account's event is not ours";
}

TEST_F(FollowerTest, CatchesUpOverPagesAndGoesOnLive) {
    happen(450, account_);
    auto reader = follower();
    EXPECT_EQ(run(reader.start(10)).cursor, 10);
    EXPECT_EQ(take(reader, 440), range(11, 450));
    happen(1, account_);
    EXPECT_EQ(take(reader, 1), range(451, 451));
    EXPECT_NE(reader.reader(), nullptr) << "live";
}

TEST_F(FollowerTest, JoinsAHubThatOthersHaveMovedOn) {
    auto first = follower();
    run(first.start(std::nullopt));
    run(first.next(0s));
    happen(300, account_);
    std::int64_t seen = 0;
    while (seen < 300) {
        for (const auto& frame : run(first.next(10s))) {
            ASSERT_EQ(frame->seq, seen + 1);
            seen = frame->seq;
        }
    }
    auto second = follower();
    run(second.start(100));
    EXPECT_EQ(take(second, 200), range(101, 300));
    happen(5, account_);
    EXPECT_EQ(take(second, 5), range(301, 305));
    EXPECT_EQ(take(first, 5), range(301, 305));
}

TEST_F(FollowerTest, WhoHasReadAheadOfTheHubGetsNothingTwice) {
    auto first = follower();
    run(first.start(std::nullopt));
    run(first.next(0s));
    // Committed, but the hub has not looked yet: the second one reads it in a page of its own.
    happen(3, account_);
    auto second = follower();
    run(second.start(0));
    EXPECT_EQ(take(second, 3), range(1, 3));
    happen(1, account_);
    EXPECT_EQ(take(second, 1), range(4, 4));
    EXPECT_EQ(take(first, 4), range(1, 4));
}

TEST_F(FollowerTest, ACursorOfAnotherLogIsAResync) {
    happen(2, account_);
    auto reader = follower();
    const auto start = run(reader.start(99));
    EXPECT_TRUE(start.is_resync);
    EXPECT_EQ(start.cursor, 2);
    happen(1, account_);
    EXPECT_EQ(take(reader, 1), range(3, 3));
}

TEST_F(FollowerTest, WhoDoesNotReadIsCutAndCanResume) {
    auto slow = follower();
    auto quick = follower();
    run(slow.start(std::nullopt));
    run(quick.start(std::nullopt));
    run(slow.next(0s));
    const int count = static_cast<int>(limits::kStreamQueueMax) + 1;
    happen(count, account_);
    EXPECT_EQ(take(quick, static_cast<std::size_t>(count)), range(1, count));
    EXPECT_TRUE(run(slow.next(10s)).empty());
    EXPECT_TRUE(slow.is_lost());
    EXPECT_EQ(slow.cursor(), 0);
    EXPECT_FALSE(quick.is_lost());

    run(slow.start(slow.cursor()));
    EXPECT_FALSE(slow.is_lost());
    EXPECT_EQ(take(slow, static_cast<std::size_t>(count)), range(1, count));
}

TEST_F(FollowerTest, BroadcastsReachTheOthersOnly) {
    auto first = follower();
    auto second = follower();
    run(first.start(std::nullopt));
    run(second.start(std::nullopt));
    run(first.next(0s));
    run(second.next(0s));
    feed_.broadcast(account_, make_frame("typing", "{}"), first.reader());
    feed_.broadcast(other_, make_frame("typing", "{}"));
    EXPECT_EQ(run(second.next(10s)).size(), 1U);
    EXPECT_TRUE(run(first.next(0s)).empty());
}

}  // namespace
}  // namespace lupaus::inbox
