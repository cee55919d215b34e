#include "common/async/fair_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace lupaus {

namespace {

constexpr double kCoresInCompany = 1.0 / 8;

// Threads that work one part of the time and rest the others are as many as what they are allowed of the cores.
double rest_share(std::size_t threads, std::size_t cores) {
    const auto allowed = static_cast<double>(cores) * kCoresInCompany;
    return cores == 0 ? 0 : std::max(0.0, static_cast<double>(threads) / allowed - 1);
}

// Nothing happens at the end of one that is destroyed or set again before.
template <class Executor, class Function>
void set(std::optional<boost::asio::steady_timer>& timer, Executor& executor, FairPool::Time::duration length,
         Function at_end) {
    timer.emplace(executor, length);
    timer->async_wait([at_end = std::move(at_end)](const boost::system::error_code& error) {
        if (!error) {
            at_end();
        }
    });
}

}  // namespace

FairPool::FairPool(std::size_t threads, Options options)
    : share_alone_(std::max<std::size_t>(1, threads - 1)),
      share_in_company_(std::max<std::size_t>(1, threads / 4)),
      rest_share_(rest_share(share_in_company_, options.cores)),
      options_(std::move(options)),
      threads_(threads) {}

FairPool::~FairPool() {
    join();
}

std::size_t FairPool::waiting(const std::string& owner) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(owner);
    return line == lines_.end() ? 0 : line->second.jobs.size();
}

void FairPool::join() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
        for (auto& [owner, line] : lines_) {
            line.rest.reset();
            give_turn(owner, line);
        }
    }
    threads_.join();
}

void FairPool::add(const std::string& owner, std::unique_ptr<Job> job) {
    const std::lock_guard lock(mutex_);
    note(owner);
    auto& line = lines_[owner];
    line.jobs.push_back(std::move(job));
    give_turn(owner, line);
}

// The last two owners are enough to know whether anybody but one of them has been there.
void FairPool::note(const std::string& owner) {
    if (owner.empty()) {
        return;
    }
    if (owner != latest_) {
        others_at_ = latest_at_;
        latest_ = owner;
    }
    latest_at_ = options_.clock();
}

bool FairPool::is_in_company(const std::string& owner) const {
    const auto others_at = owner == latest_ ? others_at_ : latest_at_;
    return others_at && options_.clock() - *others_at < kCompany;
}

std::size_t FairPool::share_of(const std::string& owner) const {
    return is_in_company(owner) ? share_in_company_ : share_alone_;
}

void FairPool::give_turn(const std::string& owner, Line& line) {
    if (line.has_turn || line.jobs.empty() || line.rest) {
        return;
    }
    if (owner.empty() || line.running < share_of(owner)) {
        queue(owner, line);
    } else if (!line.patience) {
        watch(owner, line);
    }
}

// Each turn brings one call of run_next, so that none waits without a thread that comes for it.
void FairPool::queue(const std::string& owner, Line& line) {
    line.has_turn = true;
    turns_.push_back(owner);
    boost::asio::post(threads_, [this] { run_next(); });
}

// Ends with the line, so that nobody has to wait for it.
void FairPool::watch(const std::string& owner, Line& line) {
    set(line.patience, threads_, options_.patience, [this, owner] { lose_patience(owner); });
}

void FairPool::lose_patience(const std::string& owner) {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(owner);
    if (found == lines_.end()) {
        return;
    }
    auto& line = found->second;
    line.patience.reset();
    if (!line.has_turn && !line.jobs.empty() && line.running < share_alone_) {
        queue(owner, line);
    }
}

void FairPool::rest(const std::string& owner, Line& line, Time::duration worked) {
    const auto wanted = std::chrono::duration_cast<Time::duration>(worked * rest_share_);
    const auto length = std::min<Time::duration>(wanted, options_.rest_max);
    if (is_ending_ || owner.empty() || length <= Time::duration::zero() || !is_in_company(owner)) {
        return;
    }
    set(line.rest, threads_, length, [this, owner] { end_rest(owner); });
}

void FairPool::end_rest(const std::string& owner) {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(owner);
    if (line == lines_.end()) {
        return;
    }
    line->second.rest.reset();
    give_turn(owner, line->second);
    forget_idle(owner);
}

void FairPool::forget_idle(const std::string& owner) {
    const auto& line = lines_.at(owner);
    if (line.jobs.empty() && line.running == 0 && !line.rest) {
        lines_.erase(owner);
    }
}

void FairPool::run_next() {
    std::unique_lock lock(mutex_);
    const auto owner = std::move(turns_.front());
    turns_.pop_front();
    auto& line = lines_.at(owner);
    line.has_turn = false;
    auto job = std::move(line.jobs.front());
    line.jobs.pop_front();
    ++line.running;
    give_turn(owner, line);
    lock.unlock();
    const auto begun_at = options_.clock();
    job->run();
    job.reset();
    lock.lock();
    line.patience.reset();
    --line.running;  // a line that has a job running is not erased
    rest(owner, line, options_.clock() - begun_at);
    give_turn(owner, line);
    forget_idle(owner);
}

}  // namespace lupaus
