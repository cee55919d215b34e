#include "common/net/event_stream.hpp"

#include "common/async/task_group.hpp"
#include "common/net/http_server.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> run_three(std::unique_ptr<EventStream> stream) {
    for (int i = 1; i <= 3; ++i) {
        auto event = format_event(std::to_string(i), "tick", "{}");
        co_await stream->write(std::move(event));
    }
}

asio::awaitable<void> run_until_closed(std::unique_ptr<EventStream> stream, Notes& notes) {
    auto event = format_event("1", "", "hello");
    co_await stream->write(std::move(event));
    co_await stream->wait_closed();
    auto late = format_event("2", "", "late");
    const bool is_open = co_await stream->write(std::move(late));
    notes.add(is_open ? "still open" : "closed");
}

asio::awaitable<void> run_flood(std::unique_ptr<EventStream> stream, Notes& notes) {
    bool is_open = true;
    while (is_open) {
        auto event = format_event("", "", std::string(64 * 1024, 'x'));
        is_open = co_await stream->write(std::move(event));
    }
    notes.add("flood ended");
}

class EventStreamTest : public ::testing::Test {
protected:
    using Takeover = std::function<asio::awaitable<void>(std::unique_ptr<EventStream>)>;

    void serve(RouteTable& table, std::string pattern, Takeover takeover) {
        add(table, "GET", std::move(pattern), [takeover](Request) -> asio::awaitable<Response> {
            Response response;
            response.headers.add("Content-Type", "text/event-stream");
            response.stream = takeover;
            co_return response;
        });
    }

    void start(HttpServerOptions options = {}) {
        RouteTable table;
        serve(table, "/three", run_three);
        serve(table, "/wait", [this](auto stream) { return run_until_closed(std::move(stream), notes_); });
        serve(table, "/flood", [this](auto stream) { return run_flood(std::move(stream), notes_); });
        server_ = std::make_unique<RunningServer>(std::move(table), options, hooks_into(notes_));
    }

    Notes notes_;
    std::unique_ptr<RunningServer> server_;
};

TEST_F(EventStreamTest, SendsEventsInChunksAndEnds) {
    start();
    RawClient client(server_->port());
    client.send(get("/three"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(reply.body,
              "id: 1\nevent: tick\ndata: {}\n\nid: 2\nevent: tick\ndata: {}\n\nid: 3\nevent: tick\ndata: {}\n\n");
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(notes_.count("GET /three 200"), 1U);
}

TEST_F(EventStreamTest, Http10GetsPlainBytes) {
    start();
    RawClient client(server_->port());
    client.send("GET /three HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_reply().header("Transfer-Encoding"), "");
    EXPECT_EQ(client.read_to_end().substr(0, 6), "id: 1\n");
}

TEST_F(EventStreamTest, HeadGetsTheHeadOnly) {
    start();
    RawClient client(server_->port());
    client.send("HEAD /wait HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(client.read_reply(false).status, 200);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(EventStreamTest, NoticesThatThePeerIsGone) {
    start();
    for (const bool is_rude : {false, true}) {
        RawClient client(server_->port());
        client.send(get("/wait"));
        EXPECT_EQ(client.read_reply(false).status, 200);
        EXPECT_EQ(client.read_line(), "13");
        EXPECT_EQ(client.read_exactly(19), "id: 1\ndata: hello\n\n");
        if (is_rude) {
            client.reset();
        } else {
            client.end_sending();
        }
        EXPECT_TRUE(notes_.wait_for("closed", is_rude ? 2 : 1));
    }
}

TEST_F(EventStreamTest, EndsWhenTheServerStops) {
    start();
    RawClient client(server_->port());
    client.send(get("/wait"));
    EXPECT_EQ(client.read_reply(false).status, 200);
    EXPECT_EQ(client.read_line(), "13");
    server_->stop();
    EXPECT_TRUE(notes_.wait_for("closed"));
    EXPECT_EQ(client.read_to_end(), "id: 1\ndata: hello\n\n\r\n0\r\n\r\n");
}

TEST_F(EventStreamTest, CutsAReaderThatDoesNotRead) {
    HttpServerOptions options;
    options.write_wait = 150ms;
    start(options);
    RawClient client(server_->port(), 4096);
    client.send(get("/flood"));
    EXPECT_TRUE(notes_.wait_for("flood ended"));
    EXPECT_EQ(notes_.count("cut: write wait"), 1U);
}

}  // namespace
}  // namespace lupaus::net::test
