#include "common/net/client_pool.hpp"

#include <boost/system/error_code.hpp>

#include <utility>

namespace lupaus::net {

namespace {

constexpr std::size_t kIdleMax = 256;

}  // namespace

ClientPool::ClientPool(boost::asio::any_io_executor executor, std::size_t per_origin_max,
                       std::chrono::milliseconds idle_wait)
    : timer_(std::move(executor)), per_origin_max_(per_origin_max), idle_wait_(idle_wait) {}

std::unique_ptr<ClientStream> ClientPool::take(const std::string& origin) {
    const auto found = idle_.find(origin);
    std::unique_ptr<ClientStream> usable;
    while (found != idle_.end() && !found->second.empty() && !usable) {
        auto newest = std::move(found->second.back());
        found->second.pop_back();
        if (newest.since + idle_wait_ > Clock::now() && newest.stream->is_quiet()) {
            usable = std::move(newest.stream);
        }
    }
    if (found != idle_.end() && found->second.empty()) {
        idle_.erase(found);
    }
    return usable;
}

void ClientPool::put(const std::string& origin, std::unique_ptr<ClientStream> stream) {
    if (is_closed_ || per_origin_max_ == 0 || size() >= kIdleMax) {
        return;
    }
    auto& list = idle_[origin];
    if (list.size() < per_origin_max_) {
        list.push_back({std::move(stream), Clock::now()});
    }
    arm();
}

void ClientPool::close_all() {
    is_closed_ = true;
    idle_.clear();
    timer_.cancel();
}

std::size_t ClientPool::size() const {
    std::size_t count = 0;
    for (const auto& [origin, list] : idle_) {
        count += list.size();
    }
    return count;
}

void ClientPool::arm() {
    if (is_armed_) {
        return;
    }
    is_armed_ = true;
    timer_.expires_after(idle_wait_);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
        if (const auto pool = weak.lock()) {
            pool->is_armed_ = false;
            pool->drop_old(Clock::now());
            if (!pool->idle_.empty()) {
                pool->arm();
            }
        }
    });
}

void ClientPool::drop_old(Clock::time_point now) {
    for (auto& [origin, list] : idle_) {
        std::erase_if(list, [&](const Idle& idle) { return idle.since + idle_wait_ <= now; });
    }
    std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace lupaus::net
