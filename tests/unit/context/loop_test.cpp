#include "services/desk/context/loop.hpp"

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "common/telemetry/log.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace lupaus::desk {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class LoopTest : public ::testing::Test {
protected:
    LoopTest() {
        log::redirect([this](std::string_view line) { lines_.emplace_back(line); });
    }

    ~LoopTest() override { log::redirect({}); }

    double failures(const std::string& name) {
        return metrics_.counter("lupaus_loop_failures_total", "Turns of an endless loop that failed.", {{"loop", name}})
            .value();
    }

    telemetry::Metrics metrics_;
    std::vector<std::string> lines_;
};

// What a turn may bring, foreseen or not.
void fail_as(int turn) {
    switch (turn) {
        case 1:
            throw std::logic_error("a mistake of our own");
        case 2:
            throw std::logic_error("a mistake of our own");
        case 3:
            throw 3;
        case 4:  // a socket was closed; the task itself goes on
            throw boost::system::system_error(asio::error::operation_aborted);
        default:
            break;
    }
}

asio::awaitable<void> take_turn(int* turns) {
    co_await pause(0s);
    fail_as(++*turns);
}

TEST_F(LoopTest, GoesOnWhateverATurnFailedFor) {
    int turns = 0;
    Loop loop{.name = "test", .turn = [&turns] { return take_turn(&turns); }};
    loop.goes_on = [&turns] { return turns < 6; };
    loop.pause = 1ms;
    run_on_io([&] { return run_loop(metrics_, loop); });
    EXPECT_EQ(turns, 6);
    EXPECT_EQ(failures("test"), 4);
    EXPECT_EQ(lines_.size(), 3U) << "the same reason again is no news";
}

asio::awaitable<void> wait_and_fail(int* turns) {
    ++*turns;
    std::exception_ptr ended;
    try {
        co_await pause(24h);
    } catch (...) {
        ended = std::current_exception();
    }
    throw std::runtime_error("swallowed its cancellation");
}

TEST_F(LoopTest, EndsWithItsTaskAlsoInAFailingTurn) {
    int turns = 0;
    int told = 0;
    const auto tell = [&told](const std::string&, const std::exception_ptr&) { ++told; };
    run_on_io([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup tasks(executor, tell, tell);
        tasks.spawn_endless("test", run_loop(metrics_, {.name = "test", .turn = [&turns] { return wait_and_fail(&turns); }}));
        co_await pause(0s);
        tasks.stop();
        co_await tasks.join();
    });
    EXPECT_EQ(turns, 1);
    EXPECT_EQ(told, 0);
    EXPECT_EQ(failures("test"), 0);
}

}  // namespace
}  // namespace lupaus::desk
