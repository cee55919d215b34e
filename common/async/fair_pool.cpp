#include "common/async/fair_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lupaus {

FairPool::FairPool(std::size_t threads, Clock clock)
    : share_alone_(std::max<std::size_t>(1, threads - 1)),
      share_in_company_(std::max<std::size_t>(1, threads / 4)),
      clock_(std::move(clock)),
      threads_(threads) {}

std::size_t FairPool::waiting(const std::string& owner) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(owner);
    return line == lines_.end() ? 0 : line->second.jobs.size();
}

void FairPool::join() {
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
    latest_at_ = clock_();
}

std::size_t FairPool::share_of(const std::string& owner) const {
    const auto others_at = owner == latest_ ? others_at_ : latest_at_;
    return others_at && clock_() - *others_at < kCompany ? share_in_company_ : share_alone_;
}

// Each turn brings one call of run_next, so that none waits without a thread that comes for it.
void FairPool::give_turn(const std::string& owner, Line& line) {
    const bool has_room = owner.empty() || line.running < share_of(owner);
    if (!line.has_turn && has_room && !line.jobs.empty()) {
        line.has_turn = true;
        turns_.push_back(owner);
        boost::asio::post(threads_, [this] { run_next(); });
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
    job->run();
    job.reset();
    lock.lock();
    --line.running;  // a line that has a job running is not erased
    give_turn(owner, line);
    if (line.jobs.empty() && line.running == 0) {
        lines_.erase(owner);
    }
}

}  // namespace lupaus
