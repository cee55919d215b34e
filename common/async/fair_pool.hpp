// A fixed pool of threads for blocking work of many owners. Owners take turns, one job a turn, in a line each. One
// owner's jobs never have all threads at once, so that another's first job finds one free; and no more than a quarter
// of them while others have brought jobs within the last second. Where even that would be more than an eighth of the
// machine's cores they rest between their jobs, so that the cores behind the threads are not all theirs either. Work of
// nobody (an empty name) has its turns too and may take every thread. Any thread. Jobs must not throw.
#pragma once

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace lupaus {

class FairPool {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Clock = std::function<Time()>;

    static constexpr std::chrono::seconds kCompany{1};

    struct Options {
        std::size_t cores = 0;  // that the jobs run on; 0: nobody rests
        std::chrono::milliseconds patience{20};
        std::chrono::milliseconds rest_max{100};
        Clock clock = std::chrono::steady_clock::now;
    };

    explicit FairPool(std::size_t threads) : FairPool(threads, Options{}) {}

    FairPool(std::size_t threads, Options options);
    FairPool(const FairPool&) = delete;
    FairPool& operator=(const FairPool&) = delete;
    ~FairPool();

    // What asio::post and offload() take: each copy brings jobs of that owner.
    class Executor {
    public:
        Executor(FairPool& pool, std::string owner)
            : pool_(&pool), owner_(std::make_shared<const std::string>(std::move(owner))) {}

        template <class Function>
        void execute(Function&& function) const {
            pool_->add(*owner_, std::make_unique<Holder<std::decay_t<Function>>>(std::forward<Function>(function)));
        }

        Executor require(boost::asio::execution::blocking_t::never_t) const { return *this; }

        boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
            return pool_->threads_;
        }

        friend bool operator==(const Executor& a, const Executor& b) noexcept {
            return a.pool_ == b.pool_ && *a.owner_ == *b.owner_;
        }

        friend bool operator!=(const Executor& a, const Executor& b) noexcept { return !(a == b); }

    private:
        FairPool* pool_;
        std::shared_ptr<const std::string> owner_;  // copies of an executor must not throw
    };

    Executor executor(std::string owner) { return {*this, std::move(owner)}; }

    std::size_t waiting(const std::string& owner) const;
    void join();  // when every job is done; nobody rests any more

private:
    struct Job {
        virtual ~Job() = default;
        virtual void run() = 0;
    };

    template <class Function>
    struct Holder : Job {
        explicit Holder(Function given) : function(std::move(given)) {}

        void run() override { function(); }

        Function function;
    };

    struct Line {
        std::deque<std::unique_ptr<Job>> jobs;
        std::size_t running = 0;
        bool has_turn = false;                              // is among the turns
        std::optional<boost::asio::steady_timer> rest;      // no turn while it lasts
        std::optional<boost::asio::steady_timer> patience;  // of the jobs that wait; since the last one ended
    };

    void add(const std::string& owner, std::unique_ptr<Job> job);
    void note(const std::string& owner);
    bool is_in_company(const std::string& owner) const;
    std::size_t share_of(const std::string& owner) const;  // threads that its jobs may have at once
    void give_turn(const std::string& owner, Line& line);
    void queue(const std::string& owner, Line& line);
    void watch(const std::string& owner, Line& line);
    void lose_patience(const std::string& owner);
    void rest(const std::string& owner, Line& line, Time::duration worked);
    void end_rest(const std::string& owner);
    void forget_idle(const std::string& owner);
    void run_next();

    std::size_t share_alone_;
    std::size_t share_in_company_;
    double rest_share_;  // of the time that a job took
    Options options_;
    mutable std::mutex mutex_;
    std::map<std::string, Line> lines_;
    std::deque<std::string> turns_;
    bool is_ending_ = false;
    std::string latest_;  // who brought the last job
    std::optional<Time> latest_at_;
    std::optional<Time> others_at_;  // when anybody else brought one
    boost::asio::thread_pool threads_;
};

}  // namespace lupaus
