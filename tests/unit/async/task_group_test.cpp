#include "common/async/task_group.hpp"

#include "common/async/doorbell.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <stdexcept>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

struct Failures {
    std::vector<std::string> lines;

    TaskGroup::Failure handler() {
        return [this](const std::string& name, std::exception_ptr error) {
            try {
                std::rethrow_exception(std::move(error));
            } catch (const std::exception& failure) {
                lines.push_back(name + ": " + failure.what());
            }
        };
    }
};

asio::awaitable<void> wait_for_ever(int* ended) {
    struct Ending {
        int* count;

        ~Ending() { ++*count; }
    };

    const Ending ending{ended};
    co_await pause(24h);
}

asio::awaitable<void> fail_with(std::string what) {
    co_await pause(0s);
    throw std::runtime_error(what);
}

asio::awaitable<void> count_up(int* counter) {
    co_await pause(0s);
    ++*counter;
}

asio::awaitable<void> swallow_cancellation(int* rounds) {
    try {
        co_await pause(24h);
    } catch (const std::exception&) {
        ++*rounds;
    }
}

TEST(TaskGroup, CountsAndJoins) {
    Failures failures;
    int done = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        EXPECT_TRUE(group.spawn("one", count_up(&done)));
        EXPECT_TRUE(group.spawn("two", count_up(&done)));
        EXPECT_EQ(group.size(), 2U);
        co_await group.join();
        EXPECT_EQ(group.size(), 0U);
    });
    EXPECT_EQ(done, 2);
    EXPECT_TRUE(failures.lines.empty());
}

TEST(TaskGroup, ReportsAFailureWithItsName) {
    Failures failures;
    int done = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.spawn("courier", fail_with("disk full"));
        group.spawn("other", count_up(&done));
        co_await group.join();
    });
    EXPECT_THAT(failures.lines, ElementsAre("courier: disk full"));
    EXPECT_EQ(done, 1) << "the others go on";
}

TEST(TaskGroup, StopCancelsEveryTaskAndJoinWaitsForThem) {
    Failures failures;
    int ended = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        for (int i = 0; i < 10; ++i) {
            group.spawn("task " + std::to_string(i), wait_for_ever(&ended));
        }
        co_await pause(0s);  // they have begun
        group.stop();
        group.stop();
        co_await group.join();
        co_await group.join();
        EXPECT_EQ(ended, 10);
    });
    EXPECT_TRUE(failures.lines.empty()) << "a cancelled task has not failed";
}

TEST(TaskGroup, StopsTasksThatHaveNotBegun) {
    Failures failures;
    int ended = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.spawn("late", wait_for_ever(&ended));
        group.stop();
        co_await group.join();
        EXPECT_EQ(group.size(), 0U);
    });
    EXPECT_TRUE(failures.lines.empty());
}

TEST(TaskGroup, RefusesTasksAfterStop) {
    Failures failures;
    int done = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.stop();
        EXPECT_FALSE(group.spawn("late", count_up(&done)));
        co_await group.join();
    });
    EXPECT_EQ(done, 0);
}

TEST(TaskGroup, JoinWaitsForTasksThatIgnoreTheFirstCancellation) {
    Failures failures;
    int rounds = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.spawn("stubborn", swallow_cancellation(&rounds));
        co_await pause(0s);
        group.stop();
        co_await group.join();
    });
    EXPECT_EQ(rounds, 1);
}

TEST(TaskGroup, DestructorCancelsWhatRuns) {
    Failures failures;
    int ended = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        {
            const auto executor = co_await asio::this_coro::executor;
            TaskGroup group(executor, failures.handler());
            group.spawn("orphan", wait_for_ever(&ended));
            co_await pause(0s);
        }
    });
    EXPECT_EQ(ended, 1) << "io_context::run returned, so nothing was left waiting";
    EXPECT_TRUE(failures.lines.empty());
}

asio::awaitable<void> spawn_more(TaskGroup* group, int depth, int* done) {
    ++*done;
    if (depth > 0) {
        group->spawn("child", spawn_more(group, depth - 1, done));
        group->spawn("child", spawn_more(group, depth - 1, done));
    }
    co_await pause(0s);
}

TEST(TaskGroup, LetsTasksSpawnTasks) {
    Failures failures;
    int done = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.spawn("root", spawn_more(&group, 4, &done));
        co_await group.join();
    });
    EXPECT_EQ(done, 31);
}

asio::awaitable<void> join_and_count(TaskGroup* group, int* joined) {
    co_await group->join();
    ++*joined;
}

TEST(TaskGroup, LetsSeveralWaitForTheEnd) {
    Failures failures;
    int ended = 0;
    int joined = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup workers(executor, failures.handler());
        TaskGroup waiters(executor, failures.handler());
        workers.spawn("worker", wait_for_ever(&ended));
        for (int i = 0; i < 3; ++i) {
            waiters.spawn("waiter", join_and_count(&workers, &joined));
        }
        co_await pause(0s);
        workers.stop();
        co_await waiters.join();
    });
    EXPECT_EQ(joined, 3);
}

TEST(TaskGroup, AnEndlessTaskThatEndsIsLostHoweverItEnds) {
    Failures failures;
    std::vector<std::string> lost;
    const auto lose = [&lost](const std::string& name, const std::exception_ptr& error) {
        lost.push_back(name + (error ? " failed" : " returned"));
    };
    int done = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler(), lose);
        group.spawn_endless("router", fail_with("no room"));
        group.spawn_endless("courier", count_up(&done));
        group.spawn("attempt", count_up(&done));
        group.spawn("lease", fail_with("late"));
        co_await group.join();
    });
    EXPECT_THAT(lost, ::testing::UnorderedElementsAre("router failed", "courier returned"));
    EXPECT_THAT(failures.lines, ElementsAre("lease: late"));
    EXPECT_EQ(done, 2);
}

TEST(TaskGroup, AnEndlessTaskThatWasToldToStopIsNotLost) {
    Failures failures;
    int ended = 0;
    int lost = 0;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler(),
                        [&lost](const std::string&, const std::exception_ptr&) { ++lost; });
        group.spawn_endless("router", wait_for_ever(&ended));
        co_await pause(0s);
        group.stop();
        co_await group.join();
        EXPECT_FALSE(group.spawn_endless("late", wait_for_ever(&ended)));
    });
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(lost, 0);
    EXPECT_TRUE(failures.lines.empty());
}

TEST(TaskGroup, WithoutAnybodyToTellALostTaskIsAFailedOne) {
    Failures failures;
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, failures.handler());
        group.spawn_endless("router", fail_with("no room"));
        co_await group.join();
    });
    EXPECT_THAT(failures.lines, ElementsAre("router: no room"));
}

}  // namespace
}  // namespace lupaus
