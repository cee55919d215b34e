// The inbox API as one part of the program: its routes, the live feed, and the clearing of old stored answers.
// Lives on the I/O thread. Add routes() to the server, start() before the server, and stop() after the server stopped.
#pragma once

#include "common/async/task_group.hpp"
#include "services/inbox/feed.hpp"
#include "services/inbox/gate.hpp"
#include "services/inbox/indexer.hpp"
#include "services/inbox/leases.hpp"
#include "services/inbox/relay.hpp"
#include "services/inbox/stream.hpp"
#include "services/inbox/token_watch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lupaus::inbox {

class Service {
public:
    Service(desk::Context& desk, boost::asio::any_io_executor executor);

    std::vector<net::Route> routes();

    // What the process' Listener hears for this service, by channel; the callbacks work on any thread.
    std::map<std::string, std::function<void(const std::string&)>> notifications();

    void start();
    boost::asio::awaitable<void> stop();  // idempotent

private:
    // `clear` deletes a portion and says how many rows are gone.
    void keep_clearing(std::string name, std::function<int(Tx&)> clear);
    boost::asio::awaitable<void> clear_once(std::function<int(Tx&)> clear);

    desk::Context& desk_;
    TaskGroup tasks_;
    Leases leases_;
    Gate gate_;
    Feed feed_;
    Relay relay_;
    Indexer indexer_;
    TokenWatch watch_;
    StreamHouse house_;
};

}  // namespace lupaus::inbox
