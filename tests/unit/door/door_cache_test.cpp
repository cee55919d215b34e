#include "services/desk/door/door_cache.hpp"

#include "common/async/doorbell.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

namespace lupaus::desk::door {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using desk::ChannelId;

// Look-ups that are counted, answer what they are told, and can be held back.
class Channels {
public:
    explicit Channels(asio::io_context& io) : gate_(io.get_executor()) {}

    DoorCache::Load load() {
        return [this](ChannelId) { return answer(); };
    }

    asio::awaitable<DoorCache::Found> answer() {
        ++asked;
        const auto found = door;
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
    DoorCache::Found door = std::make_shared<Door>();

private:
    Doorbell gate_;
};

class DoorCacheTest : public ::testing::Test {
protected:
    // What a caller learnt: the door, or that the look-up failed.
    struct Call {
        bool is_over = false;
        bool is_failed = false;
        DoorCache::Found door;
    };

    asio::awaitable<void> find(Call* call, ChannelId id) {
        try {
            call->door = co_await cache_.find(id, now_);
        } catch (const std::exception&) {
            call->is_failed = true;
        }
        call->is_over = true;
    }

    Call find_now(ChannelId id) {
        Call call;
        begin(call, id);
        settle();
        return call;
    }

    void begin(Call& call, ChannelId id) {
        asio::co_spawn(io_, find(&call, id), [](const std::exception_ptr&) {});
    }

    void settle() {
        io_.restart();
        io_.poll();
    }

    asio::io_context io_{1};
    Channels channels_{io_};
    DoorCache cache_{io_.get_executor(), channels_.load()};
    DoorCache::Time now_{DoorCache::Time::duration(1h)};
    ChannelId id_ = ChannelId::make();
};

TEST_F(DoorCacheTest, RemembersForASecond) {
    EXPECT_EQ(find_now(id_).door, channels_.door);
    now_ += 999ms;
    EXPECT_EQ(find_now(id_).door, channels_.door);
    EXPECT_EQ(channels_.asked, 1);
    now_ += 1ms;
    find_now(id_);
    EXPECT_EQ(channels_.asked, 2);
}

TEST_F(DoorCacheTest, NoticesAChangeWithinTwoSeconds) {
    find_now(id_);
    channels_.door = nullptr;
    now_ += 2s;
    EXPECT_EQ(find_now(id_).door, nullptr);
}

TEST_F(DoorCacheTest, RemembersThatThereIsNoSuchChannel) {
    channels_.door = nullptr;
    EXPECT_TRUE(find_now(id_).is_over);
    find_now(id_);
    EXPECT_EQ(channels_.asked, 1);
}

TEST_F(DoorCacheTest, AsksOnceForEverybodyWhoWaits) {
    channels_.is_held = true;
    std::array<Call, 5> calls;
    for (auto& call : calls) {
        begin(call, id_);
    }
    settle();
    EXPECT_FALSE(calls[0].is_over);
    channels_.open();
    settle();
    for (const auto& call : calls) {
        EXPECT_TRUE(call.is_over);
        EXPECT_EQ(call.door, channels_.door);
    }
    EXPECT_EQ(channels_.asked, 1);
}

TEST_F(DoorCacheTest, UsesTheOldAnswerWhileItIsRefreshed) {
    find_now(id_);
    now_ += 1500ms;
    channels_.is_held = true;
    Call refresher;
    begin(refresher, id_);
    settle();
    EXPECT_TRUE(find_now(id_).is_over);
    now_ += 500ms;
    Call late;
    begin(late, id_);
    settle();
    EXPECT_FALSE(late.is_over);
    channels_.open();
    settle();
    EXPECT_TRUE(late.is_over);
    EXPECT_TRUE(refresher.is_over);
    EXPECT_EQ(channels_.asked, 2);
}

TEST_F(DoorCacheTest, TellsEverybodyThatALookUpFailedAndAsksAgain) {
    channels_.is_held = true;
    channels_.fails = true;
    Call first;
    Call second;
    begin(first, id_);
    begin(second, id_);
    settle();
    channels_.open();
    settle();
    EXPECT_TRUE(first.is_failed);
    EXPECT_TRUE(second.is_failed);
    channels_.fails = false;
    EXPECT_EQ(find_now(id_).door, channels_.door);
    EXPECT_EQ(channels_.asked, 2);
}

TEST_F(DoorCacheTest, IsBounded) {
    for (std::size_t i = 0; i < DoorCache::kEntriesMax + 1; ++i) {
        find_now(ChannelId::make());
    }
    EXPECT_LE(cache_.size(), DoorCache::kEntriesMax);
}

}  // namespace
}  // namespace lupaus::desk::door
