#include "common/async/fair_pool.hpp"

#include <boost/asio/post.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace lupaus {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

// Jobs that wait until they are let go, and what they did.
class Floor {
public:
    // For the pool: notes its beginning, waits, notes nothing more.
    auto job(std::string name) {
        return [this, name = std::move(name)] {
            std::unique_lock lock(mutex_);
            begun_.push_back(name);
            changed_.notify_all();
            changed_.wait(lock, [this, &name] { return is_open_ || let_go_.contains(name); });
        };
    }

    bool wait_begun(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 10s, [&] { return begun_.size() >= count; });
    }

    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }

    void let_go(const std::string& name) {
        const std::lock_guard lock(mutex_);
        let_go_.insert(name);
        changed_.notify_all();
    }

    std::vector<std::string> begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> begun_;
    std::set<std::string> let_go_;
    bool is_open_ = false;
};

constexpr std::chrono::hours kForever{1};

void add(FairPool& pool, Floor& floor, const std::string& owner, const std::string& name) {
    boost::asio::post(pool.executor(owner), floor.job(name));
}

TEST(FairPool, OneOwnerLeavesAThreadForTheOthers) {
    Floor floor;
    FairPool pool(3);
    for (int i = 0; i < 20; ++i) {
        add(pool, floor, "noisy", "n");
    }
    ASSERT_TRUE(floor.wait_begun(2));
    EXPECT_EQ(pool.waiting("noisy"), 18U);
    add(pool, floor, "quiet", "q");
    ASSERT_TRUE(floor.wait_begun(3));
    EXPECT_THAT(floor.begun(), ElementsAre("n", "n", "q")) << "while the others wait";
    floor.open();
    pool.join();
    EXPECT_EQ(floor.begun().size(), 21U) << "nothing is lost";
    EXPECT_EQ(pool.waiting("noisy"), 0U);
}

TEST(FairPool, InCompanyOneStartsNoMoreThanAQuarter) {
    Floor floor;
    FairPool pool(8, {.patience = kForever});
    add(pool, floor, "quiet", "q");
    ASSERT_TRUE(floor.wait_begun(1));
    for (int i = 0; i < 20; ++i) {
        add(pool, floor, "noisy", "n");
    }
    ASSERT_TRUE(floor.wait_begun(3));
    add(pool, floor, "late", "l");
    ASSERT_TRUE(floor.wait_begun(4));
    EXPECT_THAT(floor.begun(), ElementsAre("q", "n", "n", "l"));
    floor.open();
    pool.join();
    EXPECT_EQ(floor.begun().size(), 22U);
}

TEST(FairPool, CompanyLastsASecond) {
    std::atomic<FairPool::Time> now{FairPool::Time{} + 1h};
    Floor floor;
    FairPool pool(4, {.patience = kForever, .clock = [&now] { return now.load(); }});
    add(pool, floor, "quiet", "q");
    floor.let_go("q");
    ASSERT_TRUE(floor.wait_begun(1));
    now = now.load() + FairPool::kCompany - 1ms;
    add(pool, floor, "noisy", "n1");
    add(pool, floor, "noisy", "n2");
    ASSERT_TRUE(floor.wait_begun(2));
    add(pool, floor, "", "x");
    ASSERT_TRUE(floor.wait_begun(3));
    EXPECT_THAT(floor.begun(), ElementsAre("q", "n1", "x")) << "the quiet one was there just now";
    now = now.load() + 1ms;
    add(pool, floor, "noisy", "n3");
    EXPECT_TRUE(floor.wait_begun(5)) << "alone again";
    floor.open();
    pool.join();
}

TEST(FairPool, AJobThatTakesLongHoldsUpTheOthersOfItsOwnerForAMoment) {
    Floor floor;
    FairPool pool(4, {.patience = 1ms});
    add(pool, floor, "quiet", "q");
    ASSERT_TRUE(floor.wait_begun(1));
    for (int i = 0; i < 5; ++i) {
        add(pool, floor, "noisy", "n");
    }
    EXPECT_TRUE(floor.wait_begun(4)) << "three of them, as many as an owner may have at all";
    floor.open();
    pool.join();
    EXPECT_EQ(floor.begun().size(), 6U);
}

// A pool of four on two cores, whose clock a job can set on.
class RestingPool : public ::testing::Test {
protected:
    FairPool::Options options(std::chrono::milliseconds rest_max) {
        return {.cores = cores_, .patience = kForever, .rest_max = rest_max, .clock = [this] { return now_.load(); }};
    }

    // A job of the noisy one that takes an hour.
    void work_long(FairPool& pool, const std::function<void()>& meanwhile = [] {}) {
        boost::asio::post(pool.executor("noisy"), [this, meanwhile] {
            now_ = now_.load() + 1h;
            meanwhile();
        });
    }

    void greet(FairPool& pool, const std::string& name) {
        floor_.let_go(name);
        add(pool, floor_, "quiet", name);
    }

    std::size_t cores_ = 2;
    std::atomic<FairPool::Time> now_{FairPool::Time{} + 1h};
    Floor floor_;
};

TEST_F(RestingPool, InCompanyOneRestsAfterItsJob) {
    cores_ = 7;
    FairPool pool(4, options(kForever));
    greet(pool, "q1");
    ASSERT_TRUE(floor_.wait_begun(1));
    work_long(pool, [&] { greet(pool, "q2"); });
    work_long(pool, [&] { greet(pool, "q4"); });
    add(pool, floor_, "noisy", "n");
    ASSERT_TRUE(floor_.wait_begun(2));
    greet(pool, "q3");
    ASSERT_TRUE(floor_.wait_begun(3));
    EXPECT_THAT(floor_.begun(), ElementsAre("q1", "q2", "q3"));
    floor_.open();
    pool.join();
    EXPECT_THAT(floor_.begun(), UnorderedElementsAre("q1", "q2", "q3", "q4", "n")) << "nobody rests at the end";
}

TEST_F(RestingPool, ARestIsBounded) {
    FairPool pool(4, options(50ms));
    greet(pool, "q1");
    ASSERT_TRUE(floor_.wait_begun(1));
    std::atomic<FairPool::Time> ended{};
    work_long(pool, [&] {
        greet(pool, "q2");
        ended = std::chrono::steady_clock::now();
    });
    add(pool, floor_, "noisy", "n");
    EXPECT_TRUE(floor_.wait_begun(3));
    EXPECT_GE(std::chrono::steady_clock::now() - ended.load(), 50ms);
    floor_.open();
    pool.join();
}

TEST_F(RestingPool, AloneNobodyRests) {
    FairPool pool(1, options(kForever));
    work_long(pool);
    add(pool, floor_, "noisy", "n");
    EXPECT_TRUE(floor_.wait_begun(1));
    floor_.open();
    pool.join();
}

TEST_F(RestingPool, OnCoresEnoughNobodyRests) {
    cores_ = 8;
    FairPool pool(4, options(kForever));
    greet(pool, "q1");
    ASSERT_TRUE(floor_.wait_begun(1));
    work_long(pool, [&] { greet(pool, "q2"); });
    add(pool, floor_, "noisy", "n");
    EXPECT_TRUE(floor_.wait_begun(3));
    floor_.open();
    pool.join();
}

TEST(FairPool, OwnersTakeTurns) {
    Floor floor;
    FairPool pool(1);
    for (const auto* name : {"a1", "a2", "a3"}) {
        add(pool, floor, "a", name);
    }
    ASSERT_TRUE(floor.wait_begun(1));
    add(pool, floor, "b", "b1");
    add(pool, floor, "b", "b2");
    add(pool, floor, "c", "c1");
    floor.open();
    pool.join();
    EXPECT_THAT(floor.begun(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

// One owner's share grows when it is alone again; whoever comes then must not wait for somebody else's end.
TEST(FairPool, AShareThatGrowsTakesNobodysTurn) {
    std::atomic<FairPool::Time> now{FairPool::Time{} + 1h};
    Floor floor;
    FairPool pool(3, {.patience = kForever, .clock = [&now] { return now.load(); }});
    add(pool, floor, "b", "b1");
    add(pool, floor, "a", "a1");
    add(pool, floor, "", "x1");
    ASSERT_TRUE(floor.wait_begun(3));
    add(pool, floor, "a", "a2");
    add(pool, floor, "a", "a3");
    floor.let_go("b1");
    add(pool, floor, "", "x2");
    ASSERT_TRUE(floor.wait_begun(4)) << "on the thread of b1, which is done";
    now = now.load() + FairPool::kCompany;
    floor.let_go("x1");
    floor.let_go("x2");
    floor.let_go("a1");
    ASSERT_TRUE(floor.wait_begun(6)) << "a2 and a3 at once";
    add(pool, floor, "c", "c1");
    EXPECT_TRUE(floor.wait_begun(7)) << "while a2 and a3 go on";
    floor.open();
    pool.join();
    EXPECT_EQ(floor.begun().size(), 7U);
}

TEST(FairPool, WorkOfNobodyMayHaveAllThreads) {
    Floor floor;
    FairPool pool(2);
    for (int i = 0; i < 3; ++i) {
        add(pool, floor, "", "x");
    }
    EXPECT_TRUE(floor.wait_begun(2));
    floor.open();
    pool.join();
}

TEST(FairPool, EndsEveryJobOfManyOwners) {
    std::atomic<int> done{0};
    FairPool pool(4);
    for (int i = 0; i < 2000; ++i) {
        boost::asio::post(pool.executor(std::to_string(i % 7)), [&done] { ++done; });
    }
    pool.join();
    EXPECT_EQ(done.load(), 2000);
}

}  // namespace
}  // namespace lupaus
