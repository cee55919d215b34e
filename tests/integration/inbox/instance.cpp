#include "tests/integration/inbox/instance.hpp"

#include "services/inbox/failure.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

namespace lupaus::inbox::test {

namespace asio = boost::asio;

namespace {

desk::Context make_context(support::TestDesk& desk, desk::Wakeups& wakeups, telemetry::Metrics& metrics) {
    return {.config = desk.config,
            .app = desk.database.app(),
            .worker = desk.database.worker(),
            .wakeups = wakeups,
            .box = desk.context.box,
            .blobs = desk.blobs,
            .metrics = metrics};
}

net::RouteTable make_table(std::vector<net::Route> routes) {
    net::RouteTable table;
    for (auto& route : routes) {
        table.add(std::move(route));
    }
    return table;
}

}  // namespace

Instance::Instance(support::TestDesk& desk)
    : wakeups_(io_.get_executor(), desk.database.worker()),
      context_(make_context(desk, wakeups_, metrics_)),
      tasks_(io_.get_executor(),
             [](const std::string& name, std::exception_ptr) { ADD_FAILURE() << name << " failed"; }),
      service_(std::make_unique<Service>(context_, io_.get_executor())) {
    auto heard = service_->notifications();
    heard[std::string(channel_name(desk::Topic::event))] = [this](const std::string&) {
        wakeups_.hear(desk::Topic::event);
    };
    listener_ = std::make_unique<Listener>(desk.database.url("lupaus_worker"), std::move(heard));
    const net::HttpServerHooks hooks{.request_done = {}, .connection_cut = {}, .map_exception = map_exception};
    server_ = std::make_unique<net::HttpServer>(io_.get_executor(), net::HttpServerOptions{},
                                                make_table(service_->routes()), hooks);
    wakeups_.start(tasks_, metrics_);
    service_->start();
    listener_->start();
    server_->start();
    port_ = server_->port();
    thread_ = std::thread([this] { io_.run(); });
}

void Instance::stop_server() {
    asio::co_spawn(io_, server_->stop(), asio::use_future).get();
}

Instance::~Instance() {
    stop_server();
    asio::co_spawn(io_, service_->stop(), asio::use_future).get();
    listener_.reset();  // its thread has ended when this returns
    asio::post(io_, [this] { tasks_.stop(); });
    asio::co_spawn(io_, [this] { return tasks_.join(); }, asio::use_future).get();
    asio::post(io_, [this] { server_.reset(); });
    work_.reset();
    thread_.join();
}

}  // namespace lupaus::inbox::test
