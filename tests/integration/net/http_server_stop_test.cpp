#include "common/async/doorbell.hpp"
#include "common/net/http_server.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<Response> answer_hello(Request) {
    co_return text_response(200, "hello");
}

// A handler that stays inside until the test lets it go on. The bell belongs to the handler, which ends with the
// server.
struct Gate {
    Notes notes;
    std::weak_ptr<Doorbell> bell;

    asio::awaitable<Response> pass(Request) {
        const auto executor = co_await asio::this_coro::executor;
        const auto mine = std::make_shared<Doorbell>(executor);
        bell = mine;
        notes.add("entered");
        co_await mine->wait();
        co_return text_response(200, "late");
    }

    void open() {
        const auto locked = bell.lock();
        ASSERT_NE(locked, nullptr);
        locked->ring_from_any_thread();
    }
};

RouteTable routes(Gate& gate) {
    RouteTable table;
    add(table, "GET", "/hello", answer_hello);
    add(table, "GET", "/gate", [&gate](Request request) { return gate.pass(std::move(request)); });
    return table;
}

TEST(HttpServerStop, LetsRequestsInFlightEndAndClosesIdleConnections) {
    Gate gate;
    RunningServer server(routes(gate));
    RawClient idle(server.port());
    idle.send(get("/hello"));
    idle.read_reply();
    RawClient fresh(server.port());
    RawClient busy(server.port());
    busy.send(get("/gate"));
    ASSERT_TRUE(gate.notes.wait_for("entered"));
    auto stopped = asio::co_spawn(server.io().context(), server.server().stop(), asio::use_future);
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(fresh.read_to_end(), "");
    EXPECT_THROW(RawClient{server.port()}, std::runtime_error) << "nobody listens any more";
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
    gate.open();
    const auto reply = busy.read_reply();
    EXPECT_EQ(reply.body, "late");
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_EQ(busy.read_to_end(), "");
    stopped.get();
    EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpServerStop, CutsWhatOutlastsTheDrainWait) {
    Gate gate;
    HttpServerOptions options;
    options.drain_wait = 50ms;
    RunningServer server(routes(gate), options);
    RawClient busy(server.port());
    busy.send(get("/gate"));
    ASSERT_TRUE(gate.notes.wait_for("entered"));
    server.stop();
    EXPECT_EQ(busy.read_to_end(), "");
    EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpServerStop, IsIdempotent) {
    Gate gate;
    RunningServer server(routes(gate));
    RawClient busy(server.port());
    busy.send(get("/gate"));
    ASSERT_TRUE(gate.notes.wait_for("entered"));
    auto first = asio::co_spawn(server.io().context(), server.server().stop(), asio::use_future);
    auto second = asio::co_spawn(server.io().context(), server.server().stop(), asio::use_future);
    gate.open();
    first.get();
    second.get();
    server.stop();
}

TEST(HttpServerStop, DestructionWithoutStopLeavesNothingBehind) {
    Gate gate;
    asio::io_context context(1);
    auto server = std::make_unique<HttpServer>(context.get_executor(), HttpServerOptions{}, routes(gate));
    server->start();
    RawClient busy(server->port());
    RawClient idle(server->port());
    busy.send(get("/gate"));
    while (gate.notes.count("entered") == 0) {
        context.run_one();
    }
    server.reset();
    context.run();  // returns, since no operation is left
    EXPECT_EQ(busy.read_to_end(), "");
}

TEST(HttpServerStop, DestroyedContextTakesEverythingAlong) {
    Gate gate;
    auto context = std::make_unique<asio::io_context>(1);
    auto server = std::make_unique<HttpServer>(context->get_executor(), HttpServerOptions{}, routes(gate));
    server->start();
    RawClient busy(server->port());
    busy.send(get("/gate"));
    while (gate.notes.count("entered") == 0) {
        context->run_one();
    }
    server.reset();
    context.reset();
    EXPECT_EQ(busy.read_to_end(), "");
}

// Clients hammer while servers start and stop: every answer is whole or absent, and every stop returns.
TEST(HttpServerStop, SurvivesStartingAndStoppingUnderLoad) {
    for (int round = 0; round < 30; ++round) {
        Gate gate;
        RunningServer server(routes(gate));
        const auto port = server.port();
        std::atomic<int> answered{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&answered, port] {
                try {
                    while (true) {
                        RawClient client(port);
                        while (client.send(get("/hello"))) {
                            const auto reply = client.read_reply();
                            if (reply.status == 0) {
                                break;
                            }
                            EXPECT_EQ(reply.body, "hello");
                            ++answered;
                        }
                    }
                } catch (const std::runtime_error&) {
                    return;  // the server listens no more
                }
            });
        }
        while (answered < 50) {
            std::this_thread::yield();
        }
        server.stop();
        for (auto& client : clients) {
            client.join();
        }
    }
}

}  // namespace
}  // namespace lupaus::net::test
