// The live part of the event log, one hub for the process: whatever new happens in the accounts that somebody follows
// is read once, serialised once, and handed to every reader's backlog. It wakes with Topic::event and polls besides. A
// reader joins when it has read the log up to where the hub is (see follower.hpp). Lives on the I/O thread.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/event/store.hpp"
#include "services/inbox/backlog.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <unordered_map>
#include <vector>

namespace lupaus::inbox {

// One reader's place at the hub. Leaves the hub when it is destroyed.
struct Reader {
    Doorbell bell;
    std::int64_t cursor = 0;  // events up to here are not wanted
    Backlog backlog{};
};

class Feed {
public:
    Feed(desk::Context& desk, boost::asio::any_io_executor executor);

    void start(TaskGroup& tasks);

    // Null: the hub is further than `cursor`, or, unless the caller has just seen the end of the log (`is_current`),
    // nobody knows how far it is: read the log on and ask again.
    std::shared_ptr<Reader> join(desk::AccountId account, std::int64_t cursor, bool is_current, Doorbell bell);

    // To every reader of the account but `origin`, now or never.
    void broadcast(desk::AccountId account, const FramePtr& frame, const Reader* origin = nullptr);

private:
    struct Hub {
        std::int64_t position = 0;
        std::vector<std::weak_ptr<Reader>> readers;
    };

    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<bool> read_once();
    void deliver(const std::vector<desk::event::Event>& events);
    std::vector<desk::event::Position> positions();

    desk::Context& desk_;
    std::shared_ptr<Doorbell> bell_;
    std::unordered_map<desk::AccountId, Hub> hubs_;
    telemetry::Counter events_;
    telemetry::Counter lost_;
};

}  // namespace lupaus::inbox
