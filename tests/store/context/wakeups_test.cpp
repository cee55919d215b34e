// NOTIFY survives an overload: what could not be said then is said afterwards, and so is everything later.
#include "services/desk/context/wakeups.hpp"

#include "common/base/limits.hpp"
#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <pqxx/pqxx>

#include <future>
#include <thread>

namespace lupaus::desk {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class WakeupsTest : public ::testing::Test {
protected:
    WakeupsTest() {
        listener_.listen("lupaus_due", [this](const pqxx::notification&) { ++heard_; });
        asio::post(desk_.io, [this] { desk_.wakeups.start(tasks_, desk_.metrics); });
    }

    ~WakeupsTest() override {
        asio::post(desk_.io, [this] { tasks_.stop(); });
        asio::co_spawn(desk_.io, tasks_.join(), asio::use_future).get();
        guard_.reset();
    }

    // Jobs that end with the promise, as many as the pool takes.
    std::vector<std::future<bool>> fill(std::shared_future<void> until) {
        const auto wait = [until](Tx&) {
            until.wait();
            return true;
        };
        std::vector<std::future<bool>> jobs;
        for (std::size_t i = 0; i < limits::kDatabaseQueueMax; ++i) {
            jobs.push_back(asio::co_spawn(desk_.io, desk_.database.worker().run(Scope::queues(), wait), asio::use_future));
        }
        return jobs;
    }

    double failures() {
        return desk_.metrics
            .counter("lupaus_loop_failures_total", "Turns of an endless loop that failed.", {{"loop", "wakeups"}})
            .value();
    }

    void await_notes(int count) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (heard_ < count && std::chrono::steady_clock::now() < deadline) {
            listener_.await_notification(0, 50'000);
        }
        EXPECT_EQ(heard_, count);
    }

    support::TestDesk desk_{};
    TaskGroup tasks_{desk_.io.get_executor(), [](const std::string& name, const std::exception_ptr&) {
                         ADD_FAILURE() << name << " ended";
                     }};
    pqxx::connection listener_{desk_.database.url("lupaus_owner")};
    int heard_ = 0;
    asio::executor_work_guard<asio::io_context::executor_type> guard_{desk_.io.get_executor()};
    std::jthread thread_{[this] { desk_.io.run(); }};
};

TEST_F(WakeupsTest, SaysAfterAnOverloadWhatItCouldNotSayDuringIt) {
    desk_.wakeups.announce(Topic::due);
    await_notes(1);
    while (desk_.database.worker().waiting() > 0) {  // the sender is home again
        std::this_thread::yield();
    }
    std::promise<void> end;
    auto jobs = fill(end.get_future().share());
    while (desk_.database.worker().waiting() < limits::kDatabaseQueueMax) {
        std::this_thread::yield();
    }
    desk_.wakeups.announce(Topic::due);
    while (failures() < 1) {
        std::this_thread::yield();
    }
    end.set_value();
    for (auto& job : jobs) {
        EXPECT_TRUE(job.get());
    }
    await_notes(2);
    desk_.wakeups.announce(Topic::due);
    await_notes(3);
}

}  // namespace
}  // namespace lupaus::desk
