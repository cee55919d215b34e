#include "common/async/lookup_cache.hpp"

#include "common/async/doorbell.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Cache = LookupCache<std::string, std::optional<int>>;

// Look-ups that are counted, answer what they are told, and can be held back.
class Source {
public:
    explicit Source(asio::io_context& io) : gate_(io.get_executor()) {}

    Cache::Load load() {
        return [this](const std::string&) { return answer(); };
    }

    asio::awaitable<std::optional<int>> answer() {
        ++asked;
        const auto found = value;
        const auto is_broken = fails;
        if (is_held) {
            co_await gate_.wait();
        }
        if (is_broken) {
            throw std::runtime_error("the database is gone");
        }
        co_return found;
    }

    void open() {
        is_held = false;
        gate_.ring();
    }

    int asked = 0;
    bool is_held = false;
    bool fails = false;
    std::optional<int> value = 1;

private:
    Doorbell gate_;
};

class LookupCacheTest : public ::testing::Test {
protected:
    // What a caller learnt: the answer, or that the look-up failed.
    struct Call {
        bool is_over = false;
        bool is_failed = false;
        std::optional<int> value;
    };

    asio::awaitable<void> find(Call* call, Cache& cache, std::string key) {
        try {
            call->value = co_await cache.find(key, now_);
        } catch (const std::exception&) {
            call->is_failed = true;
        }
        call->is_over = true;
    }

    Call find_now(Cache& cache, std::string key) {
        Call call;
        begin(call, cache, std::move(key));
        settle();
        return call;
    }

    void begin(Call& call, Cache& cache, std::string key) {
        asio::co_spawn(io_, find(&call, cache, std::move(key)), [](const std::exception_ptr&) {});
    }

    void settle() {
        io_.restart();
        io_.poll();
    }

    asio::io_context io_{1};
    Source source_{io_};
    Cache cache_{io_.get_executor(), Nothing::remembered, source_.load()};
    Cache forgetful_{io_.get_executor(), Nothing::asked_again, source_.load()};
    Cache::Time now_{Cache::Time::duration(1h)};
    std::string key_ = "support@example.com";
};

TEST_F(LookupCacheTest, RemembersForASecond) {
    EXPECT_EQ(find_now(cache_, key_).value, source_.value);
    now_ += 999ms;
    EXPECT_EQ(find_now(cache_, key_).value, source_.value);
    EXPECT_EQ(source_.asked, 1);
    now_ += 1ms;
    find_now(cache_, key_);
    EXPECT_EQ(source_.asked, 2);
}

TEST_F(LookupCacheTest, NoticesAChangeWithinTwoSeconds) {
    find_now(cache_, key_);
    source_.value.reset();
    now_ += 2s;
    EXPECT_EQ(find_now(cache_, key_).value, std::nullopt);
}

TEST_F(LookupCacheTest, RemembersThatThereIsNothing) {
    source_.value.reset();
    EXPECT_TRUE(find_now(cache_, key_).is_over);
    find_now(cache_, key_);
    EXPECT_EQ(source_.asked, 1);
}

TEST_F(LookupCacheTest, OrFindsWhatIsNewAtOnce) {
    source_.value.reset();
    EXPECT_EQ(find_now(forgetful_, key_).value, std::nullopt);
    EXPECT_EQ(forgetful_.size(), 0U);
    source_.value = 2;
    EXPECT_EQ(find_now(forgetful_, key_).value, 2);
    find_now(forgetful_, key_);
    EXPECT_EQ(source_.asked, 2);
}

TEST_F(LookupCacheTest, ForgetsAnAnswerThatHasBecomeNothing) {
    find_now(forgetful_, key_);
    source_.value.reset();
    now_ += 1s;
    EXPECT_EQ(find_now(forgetful_, key_).value, std::nullopt);
    EXPECT_EQ(forgetful_.size(), 0U);
}

TEST_F(LookupCacheTest, AsksOnceForEverybodyWhoWaits) {
    source_.is_held = true;
    std::array<Call, 5> calls;
    for (auto& call : calls) {
        begin(call, cache_, key_);
    }
    settle();
    EXPECT_FALSE(calls[0].is_over);
    source_.open();
    settle();
    for (const auto& call : calls) {
        EXPECT_TRUE(call.is_over);
        EXPECT_EQ(call.value, source_.value);
    }
    EXPECT_EQ(source_.asked, 1);
}

TEST_F(LookupCacheTest, UsesTheOldAnswerWhileItIsRefreshed) {
    find_now(cache_, key_);
    now_ += 1500ms;
    source_.is_held = true;
    Call refresher;
    begin(refresher, cache_, key_);
    settle();
    EXPECT_TRUE(find_now(cache_, key_).is_over);
    now_ += 500ms;
    Call late;
    begin(late, cache_, key_);
    settle();
    EXPECT_FALSE(late.is_over);
    source_.open();
    settle();
    EXPECT_TRUE(late.is_over);
    EXPECT_TRUE(refresher.is_over);
    EXPECT_EQ(source_.asked, 2);
}

TEST_F(LookupCacheTest, TellsEverybodyThatALookUpFailedAndAsksAgain) {
    source_.is_held = true;
    source_.fails = true;
    Call first;
    Call second;
    begin(first, cache_, key_);
    begin(second, cache_, key_);
    settle();
    source_.open();
    settle();
    EXPECT_TRUE(first.is_failed);
    EXPECT_TRUE(second.is_failed);
    source_.fails = false;
    EXPECT_EQ(find_now(cache_, key_).value, source_.value);
    EXPECT_EQ(source_.asked, 2);
}

TEST_F(LookupCacheTest, IsBounded) {
    for (std::size_t i = 0; i < Cache::kEntriesMax + 1; ++i) {
        find_now(cache_, std::to_string(i));
    }
    EXPECT_LE(cache_.size(), Cache::kEntriesMax);
}

}  // namespace
}  // namespace lupaus
