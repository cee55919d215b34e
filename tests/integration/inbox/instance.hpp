// One process' share of the inbox over a test's database: the service, its server on a free port, the listener, and an
// I/O thread that runs them. Several of them are several processes. The destructor stops everything in order.
#pragma once

#include "common/net/http_server.hpp"
#include "common/postgres/listener.hpp"
#include "services/inbox/service.hpp"
#include "tests/support/test_desk.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>

namespace lupaus::inbox::test {

class Instance {
public:
    explicit Instance(support::TestDesk& desk);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    std::uint16_t port() const { return port_; }

    void stop_server();

    desk::Wakeups& wakeups() { return wakeups_; }

private:
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    telemetry::Metrics metrics_;
    desk::Wakeups wakeups_;
    desk::Context context_;
    TaskGroup tasks_;
    std::unique_ptr<Service> service_;
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<net::HttpServer> server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace lupaus::inbox::test
