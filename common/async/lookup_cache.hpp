// Answers of look-ups, each remembered for at most two seconds, so that a change is noticed within that time. One
// look-up at a time for each key; while it runs the others use the answer that is about to expire. Value: something
// that is false where nothing was found (std::optional, std::shared_ptr). Lives on one executor; the time is an
// argument. A failed look-up throws to everybody who waited for it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>

namespace lupaus {

// What becomes of the answer that there is nothing: it costs no look-ups where strangers choose the keys, and is
// looked up each time where something new has to be found at once.
enum class Nothing { remembered, asked_again };

template <class Key, class Value>
class LookupCache {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Load = std::function<boost::asio::awaitable<Value>(Key)>;

    static constexpr std::size_t kEntriesMax = 10'000;

    LookupCache(boost::asio::any_io_executor executor, Nothing nothing, Load load)
        : executor_(std::move(executor)), nothing_(nothing), load_(std::move(load)) {}

    boost::asio::awaitable<Value> find(Key key, Time now) {
        namespace asio = boost::asio;
        const auto known = entries_.find(key);
        if (known == entries_.end()) {
            co_return co_await ask(std::move(key), now);
        }
        const auto& entry = known->second;
        const auto age = now - entry.asked_at;
        if (entry.is_known && (age < kRefreshAfter || (entry.query && age < kExpireAfter))) {
            co_return entry.value;
        }
        const auto query = entry.query;
        if (!query) {
            co_return co_await ask(std::move(key), now);
        }
        co_await query->answered.async_wait(asio::as_tuple(asio::use_awaitable));
        if (query->failure) {
            std::rethrow_exception(query->failure);
        }
        if (!query->is_answered) {
            throw boost::system::system_error(asio::error::timed_out, "a look-up");
        }
        co_return query->value;
    }

    std::size_t size() const { return entries_.size(); }

private:
    static constexpr std::chrono::seconds kRefreshAfter{1};
    static constexpr std::chrono::seconds kExpireAfter{2};
    static constexpr std::chrono::seconds kAnswerWait{30};  // a transaction with all its tries is shorter

    struct Query {
        explicit Query(const boost::asio::any_io_executor& executor) : answered(executor, kAnswerWait) {}

        boost::asio::steady_timer answered;  // cancelled when it is
        bool is_answered = false;
        Value value{};
        std::exception_ptr failure{};
    };

    struct Entry {
        Value value{};
        Time asked_at{};
        bool is_known = false;
        std::shared_ptr<Query> query{};  // under way
    };

    boost::asio::awaitable<Value> ask(Key key, Time now) {
        make_room();
        const auto query = std::make_shared<Query>(executor_);
        entries_[key].query = query;
        try {
            query->value = co_await load_(key);
        } catch (...) {
            query->failure = std::current_exception();
        }
        query->is_answered = true;
        query->answered.cancel();
        keep(key, *query, now);
        if (query->failure) {
            std::rethrow_exception(query->failure);
        }
        co_return query->value;
    }

    // After a failure the old answer stays until it expires.
    void keep(const Key& key, const Query& query, Time now) {
        auto& entry = entries_[key];
        entry.query.reset();
        if (!query.failure) {
            entry.value = query.value;
            entry.asked_at = now;
            entry.is_known = query.value || nothing_ == Nothing::remembered;
        }
        if (!entry.is_known) {
            entries_.erase(key);
        }
    }

    // Whoever floods us with keys that lead to nothing costs look-ups, never memory.
    void make_room() {
        if (entries_.size() >= kEntriesMax) {
            std::erase_if(entries_, [](const auto& entry) { return !entry.second.query; });
        }
    }

    boost::asio::any_io_executor executor_;
    Nothing nothing_;
    Load load_;
    std::unordered_map<Key, Entry> entries_;
};

}  // namespace lupaus
