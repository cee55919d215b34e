#include "common/net/websocket.hpp"

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

constexpr int kContinuation = 0;
constexpr int kText = 1;
constexpr int kBinary = 2;
constexpr int kClose = 8;
constexpr int kPing = 9;
constexpr int kPong = 10;

struct Frame {
    int opcode = -1;  // -1: the connection ended
    std::string payload;

    int close_code() const {
        return payload.size() < 2
                   ? 0
                   : static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
    }
};

// A masked frame, as clients must send them.
std::string frame(int opcode, std::string_view payload, bool is_final = true) {
    std::string bytes(1, static_cast<char>((is_final ? 0x80 : 0) | opcode));
    if (payload.size() < 126) {
        bytes.push_back(static_cast<char>(0x80 | payload.size()));
    } else if (payload.size() < 65536) {
        bytes.push_back(static_cast<char>(0x80 | 126));
        bytes.push_back(static_cast<char>(payload.size() >> 8));
        bytes.push_back(static_cast<char>(payload.size() & 0xff));
    } else {
        bytes.push_back(static_cast<char>(0x80 | 127));
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes.push_back(static_cast<char>(payload.size() >> shift & 0xff));
        }
    }
    constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};
    bytes.append(kMask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        bytes.push_back(static_cast<char>(payload[i] ^ kMask[i % 4]));
    }
    return bytes;
}

std::string close_frame(int code) {
    return frame(kClose, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)});
}

Frame read_frame(RawClient& client) {
    const auto start = client.read_exactly(2);
    if (start.size() < 2) {
        return {};
    }
    EXPECT_EQ(start[0] & 0x70, 0) << "no extension was agreed on";
    EXPECT_EQ(start[1] & 0x80, 0) << "servers do not mask";
    auto size = static_cast<std::size_t>(start[1] & 0x7f);
    if (size >= 126) {
        const auto bytes = client.read_exactly(size == 126 ? 2 : 8);
        size = 0;
        for (const char byte : bytes) {
            size = size << 8U | static_cast<unsigned char>(byte);
        }
    }
    return {start[0] & 0x0f, client.read_exactly(size)};
}

std::string upgrade(std::string_view target, std::string_view more_fields = "") {
    return get(target,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   std::string(more_fields));
}

WebSocket::Message message(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

asio::awaitable<void> run_echo(std::unique_ptr<WebSocket> socket) {
    auto text = co_await socket->read();
    while (text) {
        auto reply = message("echo " + *text);
        co_await socket->write(std::move(reply));
        text = co_await socket->read();
    }
}

asio::awaitable<void> run_goodbye(std::unique_ptr<WebSocket> socket) {
    auto first = message("one");
    co_await socket->write(std::move(first));
    co_await socket->close(WebSocket::kTryAgainLater, "come back later");
    auto second = message("two");
    const bool is_written = co_await socket->write(std::move(second));
    EXPECT_FALSE(is_written) << "nothing may follow a goodbye";
}

asio::awaitable<void> run_batch(std::unique_ptr<WebSocket> socket) {
    std::vector<WebSocket::Message> messages;
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 200000U}) {
        messages.push_back(message(std::string(size, 'x')));
    }
    co_await socket->write(std::move(messages));
}

asio::awaitable<void> run_throwing(std::unique_ptr<WebSocket>) {
    throw std::runtime_error("broken");
    co_return;
}

// Writes until it cannot, for readers that do not read.
asio::awaitable<void> run_flood(std::unique_ptr<WebSocket> socket, Notes& notes) {
    const auto large = message(std::string(64 * 1024, 'x'));
    bool is_open = true;
    while (is_open) {
        is_open = co_await socket->write(large);
    }
    notes.add("flood ended");
}

asio::awaitable<void> count_reads(WebSocket& socket, Notes& notes) {
    auto text = co_await socket.read();
    while (text) {
        text = co_await socket.read();
    }
    notes.add("read ended");
}

// Reads and writes at the same time, as the live feed does.
asio::awaitable<void> run_both(std::unique_ptr<WebSocket> socket, Notes& notes) {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup tasks(executor, [](const std::string&, std::exception_ptr) {});
    tasks.spawn("reader", count_reads(*socket, notes));
    for (int i = 0; i < 2000; ++i) {
        auto text = message(std::to_string(i));
        const bool is_open = co_await socket->write(std::move(text));
        if (!is_open) {
            break;
        }
    }
    co_await tasks.join();
}

class WebSocketTest : public ::testing::Test {
protected:
    using Takeover = std::function<asio::awaitable<void>(std::unique_ptr<WebSocket>)>;

    void serve(RouteTable& table, std::string pattern, Takeover takeover) {
        add(table, "GET", std::move(pattern), [takeover](Request) -> asio::awaitable<Response> {
            Response response;
            response.headers.add("Sec-WebSocket-Protocol", "lupaus");
            response.websocket = takeover;
            co_return response;
        });
    }

    void start(HttpServerOptions options = {}) {
        RouteTable table;
        serve(table, "/echo", run_echo);
        serve(table, "/goodbye", run_goodbye);
        serve(table, "/batch", run_batch);
        serve(table, "/throwing", run_throwing);
        serve(table, "/flood", [this](auto socket) { return run_flood(std::move(socket), notes_); });
        serve(table, "/both", [this](auto socket) { return run_both(std::move(socket), notes_); });
        server_ = std::make_unique<RunningServer>(std::move(table), options, hooks_into(notes_));
    }

    void open(RawClient& client, std::string_view target, std::string_view more_bytes = "") {
        client.send(upgrade(target) + std::string(more_bytes));
        const auto reply = client.read_reply(false);
        ASSERT_EQ(reply.status, 101);
        EXPECT_EQ(reply.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        EXPECT_EQ(reply.header("Sec-WebSocket-Protocol"), "lupaus");
    }

    Notes notes_;
    std::unique_ptr<RunningServer> server_;
};

TEST_F(WebSocketTest, EchoesAndClosesWhenThePeerDoes) {
    start();
    RawClient client(server_->port());
    open(client, "/echo");
    client.send(frame(kText, "hei"));
    EXPECT_EQ(read_frame(client).payload, "echo hei");
    client.send(frame(kText, "sa", false) + frame(kPing, "p") + frame(kContinuation, "ma"));
    const auto pong = read_frame(client);
    EXPECT_EQ(pong.opcode, kPong);
    EXPECT_EQ(pong.payload, "p");
    EXPECT_EQ(read_frame(client).payload, "echo sama");
    client.send(close_frame(1000));
    const auto farewell = read_frame(client);
    EXPECT_EQ(farewell.opcode, kClose);
    EXPECT_EQ(farewell.close_code(), 1000);
    EXPECT_EQ(read_frame(client).opcode, -1);
    EXPECT_EQ(notes_.count("GET /echo 101"), 1U);
}

TEST_F(WebSocketTest, TakesFramesThatCameWithTheHandshake) {
    start();
    RawClient client(server_->port());
    open(client, "/echo", frame(kText, "early") + frame(kText, "bird"));
    EXPECT_EQ(read_frame(client).payload, "echo early");
    EXPECT_EQ(read_frame(client).payload, "echo bird");
}

TEST_F(WebSocketTest, AsksForAnUpgrade) {
    start();
    RawClient client(server_->port());
    client.send(get("/echo"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 426);
    EXPECT_EQ(reply.header("Upgrade"), "websocket");
    client.send(
        "GET /echo HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade, keep-alive\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 426) << "HTTP/1.0 has no upgrades";
}

TEST_F(WebSocketTest, RefusesBinaryLargeAndBrokenMessages) {
    start();

    struct Case {
        std::string bytes;
        int code;
    };

    const auto limit = HttpServerOptions{}.frame_bytes_max;
    const Case cases[] = {
        {frame(kBinary, "x"), 1003},
        {frame(kText, std::string(limit + 1, 'x')), 1009},
        {frame(kText, std::string(limit, 'x'), false) + frame(kContinuation, "x"), 1009},
        {frame(kText, "\xff"), 1007},
        {frame(kText, "\xf2", false) + frame(kContinuation, ""), 1007},
        {frame(kContinuation, "x"), 1002},
        {frame(3, "x"), 1002},
    };
    for (const auto& [bytes, code] : cases) {
        RawClient client(server_->port());
        open(client, "/echo");
        client.send(bytes);
        const auto answer = read_frame(client);
        EXPECT_EQ(answer.opcode, kClose) << code;
        EXPECT_EQ(answer.close_code(), code);
    }
    RawClient fits(server_->port());
    open(fits, "/echo");
    fits.send(frame(kText, std::string(limit, 'x')));
    EXPECT_EQ(read_frame(fits).payload.size(), limit + 5);
}

TEST_F(WebSocketTest, SaysGoodbyeWithACode) {
    start();
    RawClient client(server_->port());
    open(client, "/goodbye");
    EXPECT_EQ(read_frame(client).payload, "one");
    const auto farewell = read_frame(client);
    EXPECT_EQ(farewell.close_code(), 1013);
    EXPECT_EQ(farewell.payload.substr(2), "come back later");
    client.send(close_frame(1013));
    EXPECT_EQ(read_frame(client).opcode, -1);
}

TEST_F(WebSocketTest, WritesManyMessagesOfEverySizeAtOnce) {
    start();
    RawClient client(server_->port());
    open(client, "/batch");
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 200000U}) {
        const auto got = read_frame(client);
        EXPECT_EQ(got.opcode, kText);
        EXPECT_EQ(got.payload, std::string(size, 'x'));
    }
    EXPECT_EQ(read_frame(client).close_code(), 1000) << "the handler ended";
}

TEST_F(WebSocketTest, EndsWhenTheHandlerThrows) {
    start();
    RawClient client(server_->port());
    open(client, "/throwing");
    EXPECT_EQ(read_frame(client).opcode, kClose);
}

TEST_F(WebSocketTest, CutsAReaderThatDoesNotRead) {
    HttpServerOptions options;
    options.write_wait = 150ms;
    start(options);
    RawClient client(server_->port(), 4096);
    open(client, "/flood");
    EXPECT_TRUE(notes_.wait_for("flood ended"));
    EXPECT_EQ(notes_.count("cut: write wait"), 1U);
}

TEST_F(WebSocketTest, PingsASilentPeerAndCutsADeadOne) {
    HttpServerOptions options;
    options.stream_ping = 50ms;
    start(options);
    RawClient client(server_->port());
    open(client, "/echo");
    for (int i = 0; i < 3; ++i) {
        const auto ping = read_frame(client);
        ASSERT_EQ(ping.opcode, kPing);
        client.send(frame(kPong, ping.payload));
    }
    EXPECT_EQ(read_frame(client).opcode, kPing);
    EXPECT_EQ(read_frame(client).opcode, -1) << "no pong, no connection";
}

TEST_F(WebSocketTest, EndsWhenThePeerIsGone) {
    start();
    RawClient client(server_->port());
    open(client, "/both");
    client.reset();
    EXPECT_TRUE(notes_.wait_for("read ended"));
}

TEST_F(WebSocketTest, ReadsAndWritesAtTheSameTime) {
    start();
    RawClient client(server_->port());
    open(client, "/both");
    std::string pings;
    for (int i = 0; i < 100; ++i) {
        pings += frame(kPing, std::to_string(i)) + frame(kText, std::string(500, 'x'));
    }
    client.send(pings);
    int texts = 0;
    int pongs = 0;
    while (texts < 2000 || pongs < 100) {
        const auto got = read_frame(client);
        ASSERT_TRUE(got.opcode == kText || got.opcode == kPong) << got.opcode;
        auto& count = got.opcode == kText ? texts : pongs;
        ASSERT_EQ(got.payload, std::to_string(count)) << "whole and in order";
        ++count;
    }
    client.send(close_frame(1000));
    EXPECT_EQ(read_frame(client).opcode, kClose);
}

TEST_F(WebSocketTest, AServerThatStopsSaysSo) {
    start();
    RawClient client(server_->port());
    open(client, "/echo");
    auto stopped = asio::co_spawn(server_->io().context(), server_->server().stop(), asio::use_future);
    const auto farewell = read_frame(client);
    EXPECT_EQ(farewell.opcode, kClose);
    EXPECT_EQ(farewell.close_code(), 1001);
    client.send(close_frame(1001));
    EXPECT_EQ(read_frame(client).opcode, -1);
    client.end_sending();
    stopped.get();
}

TEST_F(WebSocketTest, AServerThatStopsDoesNotWaitForSilentPeers) {
    HttpServerOptions options;
    options.drain_wait = 50ms;
    start(options);
    RawClient client(server_->port());
    open(client, "/echo");
    RawClient deaf(server_->port(), 4096);
    open(deaf, "/flood");
    server_->stop();
    EXPECT_EQ(read_frame(client).close_code(), 1001);
    EXPECT_EQ(read_frame(client).opcode, -1);
    EXPECT_TRUE(notes_.wait_for("flood ended"));
}

}  // namespace
}  // namespace lupaus::net::test
