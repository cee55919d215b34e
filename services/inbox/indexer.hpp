// Keeps the documents of search in step with the event log, off the way of messages: what happened is found within two
// seconds of its commit. Any number of processes share the accounts. Lives on the I/O thread.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace lupaus::inbox {

class Indexer {
public:
    explicit Indexer(desk::Context& desk);
    void start(TaskGroup& tasks);

private:
    boost::asio::awaitable<void> take_turn(std::shared_ptr<Doorbell> bell);

    desk::Context& desk_;
    telemetry::Counter events_;
};

}  // namespace lupaus::inbox
