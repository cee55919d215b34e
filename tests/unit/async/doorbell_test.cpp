#include "common/async/doorbell.hpp"

#include "common/async/task_group.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <thread>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

void fail_test(const std::string& name, const std::exception_ptr&) {
    ADD_FAILURE() << name << " failed";
}

asio::awaitable<void> count_rings(Doorbell* bell, int* rings) {
    for (;;) {
        co_await bell->wait();
        ++*rings;
    }
}

TEST(Doorbell, RemembersARingWhileNobodyWaits) {
    run_on_io([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        bell.ring();
        bell.ring();
        bell.ring();
        co_await bell.wait();
        const bool again = co_await bell.wait_for(0s);
        EXPECT_FALSE(again) << "many rings cost one pass";
    });
}

TEST(Doorbell, WakesWhoeverWaits) {
    int rings = 0;
    run_on_io([&rings]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        TaskGroup group(executor, fail_test);
        group.spawn("listener", count_rings(&bell, &rings));
        co_await pause(0s);
        EXPECT_EQ(rings, 0);
        bell.ring();
        co_await pause(0s);
        EXPECT_EQ(rings, 1);
        bell.ring();
        co_await pause(0s);
        EXPECT_EQ(rings, 2);
        group.stop();
        co_await group.join();
    });
}

TEST(Doorbell, EndsAtItsLimit) {
    run_on_io([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        const auto before = std::chrono::steady_clock::now();
        const bool rung = co_await bell.wait_for(20ms);
        EXPECT_FALSE(rung);
        EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
        bell.ring();
        const bool second = co_await bell.wait_for(24h);
        EXPECT_TRUE(second);
    });
}

TEST(Doorbell, KeepsARingThatArrivesInTheSamePassAsTheLimit) {
    run_on_io([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        asio::steady_timer timer(executor, 1ms);
        timer.async_wait([&bell](const boost::system::error_code&) { bell.ring(); });
        bool rung = co_await bell.wait_for(1ms);
        while (!rung) {
            rung = co_await bell.wait_for(24h);
        }
    });
}

TEST(Doorbell, RingsFromAnotherThread) {
    constexpr int kRings = 1'000;
    std::atomic<int> sent = 0;
    run_on_io([&sent]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        std::jthread ringer([bell, &sent]() mutable {
            for (int i = 0; i < kRings; ++i) {
                ++sent;
                bell.ring_from_any_thread();
            }
        });
        while (sent < kRings) {
            co_await bell.wait();
        }
    });
    EXPECT_EQ(sent, kRings);
}

asio::awaitable<void> wait_once(Doorbell* bell, bool* cancelled) {
    try {
        co_await bell->wait();
    } catch (const boost::system::system_error& error) {
        *cancelled = error.code() == asio::error::operation_aborted;
        throw;
    }
}

TEST(Doorbell, ThrowsWhenItsTaskIsCancelled) {
    bool cancelled = false;
    run_on_io([&cancelled]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Doorbell bell(executor);
        TaskGroup group(executor, fail_test);
        group.spawn("waiter", wait_once(&bell, &cancelled));
        co_await pause(0s);
        group.stop();
        co_await group.join();
    });
    EXPECT_TRUE(cancelled);
}

asio::awaitable<void> wait_and_catch(Doorbell* bell, Doorbell* caught) {
    try {
        co_await bell->wait();
    } catch (const std::exception&) {
        caught->ring();
    }
}

TEST(Doorbell, SurvivesBeingDestroyedWhileSomebodyWaits) {
    run_on_io([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, fail_test);
        Doorbell caught(executor);
        auto bell = std::make_unique<Doorbell>(executor);
        group.spawn("waiter", wait_and_catch(bell.get(), &caught));
        co_await pause(0s);
        bell.reset();
        group.stop();
        co_await group.join();
        const bool rung = co_await caught.wait_for(24h);
        EXPECT_TRUE(rung);
    });
}

TEST(Pause, ThrowsWhenItsTaskIsCancelled) {
    run_on_io([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group(executor, fail_test);
        group.spawn("sleeper", pause(24h));
        co_await pause(0s);
        group.stop();
        co_await group.join();
    });
}

}  // namespace
}  // namespace lupaus
