#include "common/async/offload.hpp"

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>

#include <latch>
#include <stdexcept>
#include <thread>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

using Pool = asio::thread_pool::executor_type;

// A pool thread may still be leaving its post() home when run() returns, so the pool ends before the io_context.
struct Places {
    explicit Places(std::size_t threads) : pool(threads) {}

    asio::io_context io{1};
    asio::thread_pool pool;
};

// Notes on which thread the caller's frame ends.
struct EndOfFrame {
    std::thread::id* thread;

    ~EndOfFrame() { *thread = std::this_thread::get_id(); }
};

TEST(Offload, WorksElsewhereAndResumesAtHome) {
    Places places(2);
    run_on(places.io, [&places]() -> asio::awaitable<void> {
        const auto home = std::this_thread::get_id();
        const auto worker = co_await offload(places.pool.get_executor(), [] { return std::this_thread::get_id(); });
        EXPECT_NE(worker, home);
        EXPECT_EQ(std::this_thread::get_id(), home);
        int side_effect = 0;
        const auto write = [&side_effect] { side_effect = 7; };
        co_await offload(places.pool.get_executor(), write);
        EXPECT_EQ(side_effect, 7);
        EXPECT_EQ(std::this_thread::get_id(), home);
    });
}

TEST(Offload, MovesItsResult) {
    Places places(1);
    run_on(places.io, [&places]() -> asio::awaitable<void> {
        const auto owned =
            co_await offload(places.pool.get_executor(), [] { return std::make_unique<std::string>("moved"); });
        EXPECT_EQ(*owned, "moved");
    });
}

TEST(Offload, ResumesAtHomeWhenTheWorkThrows) {
    Places places(1);
    run_on(places.io, [&places]() -> asio::awaitable<void> {
        const auto home = std::this_thread::get_id();
        bool caught = false;
        try {
            co_await offload(places.pool.get_executor(), []() -> int { throw std::runtime_error("deadlock"); });
        } catch (const std::runtime_error& error) {
            caught = error.what() == std::string("deadlock");
        }
        EXPECT_TRUE(caught);
        EXPECT_EQ(std::this_thread::get_id(), home);
    });
}

struct Gate {
    std::latch begun{1};
    std::latch open{1};
};

asio::awaitable<void> work_behind(Pool pool, Gate* gate, std::thread::id* ended_on, bool* went_on) {
    const EndOfFrame frame{ended_on};
    const auto work = [gate] {
        gate->begun.count_down();
        gate->open.wait();
        return 7;
    };
    const int value = co_await offload(pool, work);
    *went_on = value == 7;
    co_await pause(0s);
    ADD_FAILURE() << "the cancellation was lost";
}

void fail_test(const std::string& name, const std::exception_ptr&) {
    ADD_FAILURE() << name << " failed";
}

TEST(Offload, ResumesAtHomeWhenItsCallerIsCancelledMeanwhile) {
    Places places(1);
    Gate gate;
    std::thread::id ended_on;
    bool went_on = false;
    const auto home = std::this_thread::get_id();
    run_on(places.io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, fail_test);
        group.spawn("caller", work_behind(places.pool.get_executor(), &gate, &ended_on, &went_on));
        co_await pause(0s);
        gate.begun.wait();
        group.stop();
        gate.open.count_down();
        co_await group.join();
    });
    EXPECT_EQ(ended_on, home) << "destructors of the caller ran on the pool's thread";
}

TEST(Offload, DeliversTheCancellationAfterTheWayHome) {
    Places places(1);
    Gate gate;
    std::thread::id ended_on;
    bool went_on = false;
    std::vector<std::string> failures;
    run_on(places.io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor,
                        [&failures](const std::string& name, const std::exception_ptr&) { failures.push_back(name); });
        group.spawn("caller", work_behind(places.pool.get_executor(), &gate, &ended_on, &went_on));
        co_await pause(0s);
        gate.begun.wait();
        group.stop();
        gate.open.count_down();
        co_await group.join();
    });
    EXPECT_TRUE(failures.empty());
}

asio::awaitable<void> throw_behind(Pool pool, Gate* gate, std::thread::id* ended_on) {
    const EndOfFrame frame{ended_on};
    const auto work = [gate] {
        gate->begun.count_down();
        gate->open.wait();
        throw std::runtime_error("lost connection");
    };
    co_await offload(pool, work);
}

TEST(Offload, ResumesAtHomeWhenTheWorkThrowsAndItsCallerIsCancelled) {
    Places places(1);
    Gate gate;
    std::thread::id ended_on;
    const auto home = std::this_thread::get_id();
    run_on(places.io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, [](const std::string&, const std::exception_ptr&) {});
        group.spawn("caller", throw_behind(places.pool.get_executor(), &gate, &ended_on));
        co_await pause(0s);
        gate.begun.wait();
        group.stop();
        gate.open.count_down();
        co_await group.join();
    });
    EXPECT_EQ(ended_on, home);
}

asio::awaitable<void> work_often(Pool pool, int rounds, std::thread::id home, int* wrong) {
    for (int i = 0; i < rounds; ++i) {
        const auto work = [i] { return i; };
        const int value = co_await offload(pool, work);
        *wrong += value != i || std::this_thread::get_id() != home ? 1 : 0;
    }
}

asio::awaitable<void> clean_up(Pool pool, int* steps) {
    try {
        co_await pause(24h);
    } catch (const boost::system::system_error&) {
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto step = [steps] { ++*steps; };
    co_await offload(pool, step);
    co_await offload(pool, step);
}

TEST(Offload, KeepsACallerThatHoldsItsCancellationBack) {
    Places places(1);
    int steps = 0;
    run_on(places.io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, fail_test);
        group.spawn("cleaner", clean_up(places.pool.get_executor(), &steps));
        co_await pause(0s);
        group.stop();
        co_await group.join();
    });
    EXPECT_EQ(steps, 2);
}

TEST(Offload, ServesManyCallersAtOnce) {
    Places places(4);
    int wrong = 0;
    const auto home = std::this_thread::get_id();
    run_on(places.io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, fail_test);
        for (int i = 0; i < 50; ++i) {
            group.spawn("caller", work_often(places.pool.get_executor(), 40, home, &wrong));
        }
        co_await group.join();
    });
    EXPECT_EQ(wrong, 0);
}

asio::awaitable<void> work_with_end(Pool pool, std::thread::id home, int* elsewhere) {
    std::thread::id ended_on;
    try {
        const EndOfFrame frame{&ended_on};
        for (;;) {
            co_await offload(pool, [] { std::this_thread::yield(); });
        }
    } catch (const boost::system::system_error&) {
        *elsewhere += ended_on == home ? 0 : 1;
        throw;
    }
}

TEST(Offload, ComesHomeWheneverItIsCancelled) {
    Places places(4);
    int elsewhere = 0;
    const auto home = std::this_thread::get_id();
    for (int round = 0; round < 50; ++round) {
        run_on(places.io, [&]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            TaskGroup group(executor, fail_test);
            for (int i = 0; i < 20; ++i) {
                group.spawn("caller", work_with_end(places.pool.get_executor(), home, &elsewhere));
            }
            for (int i = 0; i < round; ++i) {
                co_await pause(0s);
            }
            group.stop();
            co_await group.join();
        });
    }
    EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace lupaus
