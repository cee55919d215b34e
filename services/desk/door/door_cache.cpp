#include "services/desk/door/door_cache.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace lupaus::desk::door {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kRefreshAfter = 1s;
constexpr auto kExpireAfter = 2s;
constexpr auto kAnswerWait = 30s;  // a transaction with all its tries is shorter

}  // namespace

struct DoorCache::Query {
    explicit Query(const asio::any_io_executor& executor) : answered(executor, kAnswerWait) {}

    asio::steady_timer answered;  // cancelled when it is
    bool is_answered = false;
    Found door{};
    std::exception_ptr failure{};
};

DoorCache::DoorCache(asio::any_io_executor executor, Load load)
    : executor_(std::move(executor)), load_(std::move(load)) {}

asio::awaitable<DoorCache::Found> DoorCache::find(ChannelId id, Time now) {
    const auto known = entries_.find(id);
    if (known == entries_.end()) {
        co_return co_await ask(id, now);
    }
    const auto& entry = known->second;
    const auto age = now - entry.asked_at;
    if (entry.is_known && (age < kRefreshAfter || (entry.query && age < kExpireAfter))) {
        co_return entry.door;
    }
    const auto query = entry.query;
    if (!query) {
        co_return co_await ask(id, now);
    }
    co_await query->answered.async_wait(asio::as_tuple(asio::use_awaitable));
    if (query->failure) {
        std::rethrow_exception(query->failure);
    }
    if (!query->is_answered) {
        throw boost::system::system_error(asio::error::timed_out, "a channel's look-up");
    }
    co_return query->door;
}

asio::awaitable<DoorCache::Found> DoorCache::ask(ChannelId id, Time now) {
    make_room();
    const auto query = std::make_shared<Query>(executor_);
    entries_[id].query = query;
    try {
        query->door = co_await load_(id);
    } catch (...) {
        query->failure = std::current_exception();
    }
    query->is_answered = true;
    query->answered.cancel();
    auto& entry = entries_[id];
    entry.query.reset();
    if (query->failure) {
        if (!entry.is_known) {
            entries_.erase(id);
        }
        std::rethrow_exception(query->failure);
    }
    entry.door = query->door;
    entry.asked_at = now;
    entry.is_known = true;
    co_return query->door;
}

// Whoever floods us with ids that do not exist costs look-ups, never memory.
void DoorCache::make_room() {
    if (entries_.size() >= kEntriesMax) {
        std::erase_if(entries_, [](const auto& entry) { return !entry.second.query; });
    }
}

}  // namespace lupaus::desk::door
