#include "common/async/side_by_side.hpp"

#include "common/async/cancellation.hpp"
#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A list of `size` items, and how many of them were under way at one time.
struct Work {
    int size = 0;
    int next = 0;
    int under_way = 0;
    int most_under_way = 0;
    int done = 0;
    int fails_at = -1;

    asio::awaitable<void> take_some() {
        while (next < size) {
            const int item = next++;
            most_under_way = std::max(most_under_way, ++under_way);
            co_await pause(1ms);
            --under_way;
            if (item == fails_at) {
                throw std::runtime_error("item " + std::to_string(item));
            }
            ++done;
        }
    }
};

TEST(SideBySide, TakesFromOneListUntilItIsEmpty) {
    asio::io_context io{1};
    Work work{.size = 20};
    run_on(io, [&work]() -> asio::awaitable<void> {
        const auto lane = [&work] { return work.take_some(); };
        co_await side_by_side(4, lane);
    });
    EXPECT_EQ(work.done, 20);
    EXPECT_EQ(work.most_under_way, 4);
}

TEST(SideBySide, EndsWithTheFirstFailureWhenAllHaveEnded) {
    asio::io_context io{1};
    Work work{.size = 20, .fails_at = 3};
    std::string failure;
    run_on(io, [&work, &failure]() -> asio::awaitable<void> {
        const auto lane = [&work] { return work.take_some(); };
        try {
            co_await side_by_side(4, lane);
        } catch (const std::exception& error) {
            failure = error.what();
        }
    });
    EXPECT_EQ(failure, "item 3");
    EXPECT_EQ(work.under_way, 0);
    EXPECT_EQ(work.done, 19);
}

TEST(SideBySide, IsCancelledAsAWhole) {
    asio::io_context io{1};
    int begun = 0;
    int ended = 0;
    bool is_cancelled = false;
    run_on(io, [&]() -> asio::awaitable<void> {
        TaskGroup tasks(io.get_executor(), [](const std::string&, std::exception_ptr) { ADD_FAILURE(); });
        const auto lane = [&]() -> asio::awaitable<void> {
            struct End {
                int& count;

                ~End() { ++count; }
            };

            const End end{ended};
            ++begun;
            co_await pause(1h);
        };
        const auto whole = [&]() -> asio::awaitable<void> {
            try {
                co_await side_by_side(3, lane);
            } catch (const std::exception& error) {
                is_cancelled = is_cancellation(error);
                throw;
            }
        };
        tasks.spawn("whole", whole());
        while (begun < 3) {
            co_await pause(1ms);
        }
        tasks.stop();
        co_await tasks.join();
    });
    EXPECT_EQ(ended, 3);
    EXPECT_TRUE(is_cancelled);
}

}  // namespace
}  // namespace lupaus
