// Who is typing and who is viewing: told to the account's other streams of this process at once, and to those of other
// processes through NOTIFY, in transactions of its own without data. Nothing of it is stored; when too much waits to be
// sent it is dropped and counted. I/O thread, but for hear().
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "services/inbox/feed.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

class Relay {
public:
    Relay(desk::Context& desk, Feed& feed, boost::asio::any_io_executor executor);

    void start(TaskGroup& tasks);
    void say(desk::AccountId account, const FramePtr& frame, const Reader* origin);
    void hear(std::string payload);  // a NOTIFY arrived; any thread

private:
    boost::asio::awaitable<void> send();
    void pass_on(std::string_view payload);

    desk::Context& desk_;
    Feed& feed_;
    boost::asio::any_io_executor executor_;
    Doorbell bell_;
    Uuid process_;  // its own notifications come back to it
    std::vector<std::string> waiting_;
    telemetry::Counter dropped_;
};

}  // namespace lupaus::inbox
