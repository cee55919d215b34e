// What whoever takes messages in needs of their channel, its secrets opened, remembered for at most two seconds, so
// that a rotated secret or a disabled channel is noticed within that time. One look-up at a time for each channel;
// while it runs the others use the answer that is about to expire. Unknown channels are remembered too. Lives on the
// I/O thread; the time is an argument. A failed look-up throws to everybody who waited for it.
#pragma once

#include "services/desk/channel/types.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lupaus::desk::door {

struct Door {
    AccountId account{};
    channel::Kind kind = channel::Kind::webhook;
    std::vector<std::string> secrets{};  // bytes; two while they rotate
    Timestamp live_since{};
    std::optional<int> inbound_per_second{};  // see Allowance
    std::optional<int> messages_per_day{};
    std::optional<channel::Email> email{};  // of the kind email
};

class DoorCache {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Found = std::shared_ptr<const Door>;  // empty: no such channel
    using Load = std::function<boost::asio::awaitable<Found>(ChannelId)>;

    static constexpr std::size_t kEntriesMax = 10'000;

    DoorCache(boost::asio::any_io_executor executor, Load load);
    boost::asio::awaitable<Found> find(ChannelId id, Time now);

    std::size_t size() const { return entries_.size(); }

private:
    struct Query;

    struct Entry {
        Found door{};
        Time asked_at{};
        bool is_known = false;
        std::shared_ptr<Query> query{};  // under way
    };

    boost::asio::awaitable<Found> ask(ChannelId id, Time now);
    void make_room();

    boost::asio::any_io_executor executor_;
    Load load_;
    std::unordered_map<ChannelId, Entry> entries_;
};

}  // namespace lupaus::desk::door
