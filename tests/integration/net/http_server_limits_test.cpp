// What a caller can do wrong, on purpose or not: each wait, size and count at its limit and one beyond.
#include "common/net/http_server.hpp"

#include "common/async/doorbell.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<Response> answer_size(Request request) {
    co_return text_response(200, std::to_string(request.body.size()));
}

asio::awaitable<Response> answer_much(Request) {
    co_return text_response(200, std::string(32 * 1024 * 1024, 'x'));
}

RouteTable routes() {
    RouteTable table;
    add(table, "POST", "/ten", answer_size, 10);
    add(table, "POST", "/thousand", answer_size, 1000);
    add(table, "POST", "/huge", answer_size, 25 * 1024 * 1024);
    add(table, "GET", "/much", answer_much);
    return table;
}

std::string chunked(std::string_view target, std::size_t size) {
    std::string bytes = "POST " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < size; ++i) {
        bytes += "1\r\nx\r\n";
    }
    return bytes + "0\r\n\r\n";
}

TEST(HttpServerLimits, BodiesPerRoute) {
    RunningServer server(routes());
    for (const auto& [target, limit] : {std::pair<std::string, std::size_t>{"/ten", 10}, {"/thousand", 1000}}) {
        RawClient fits(server.port());
        fits.send(post(target, std::string(limit, 'x')) + chunked(target, limit));
        EXPECT_EQ(fits.read_reply().body, std::to_string(limit));
        EXPECT_EQ(fits.read_reply().body, std::to_string(limit));
        for (const auto& bytes : {post(target, std::string(limit + 1, 'x')), chunked(target, limit + 1)}) {
            RawClient longer(server.port());
            longer.send(bytes);
            const auto reply = longer.read_reply();
            EXPECT_EQ(reply.status, 413) << target;
            EXPECT_EQ(reply.header("Connection"), "close");
            EXPECT_EQ(longer.read_to_end(), "") << "the rest is not taken for a request";
        }
    }
}

TEST(HttpServerLimits, RefusesALongBodyBeforeItArrives) {
    RunningServer server(routes());
    RawClient client(server.port());
    client.send("POST /ten HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000000\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 413);
}

TEST(HttpServerLimits, AnswersWhileALongBodyIsStillBeingSent) {
    RunningServer server(routes());
    RawClient client(server.port());
    client.send(post("/ten", std::string(4 * 1024 * 1024, 'x')));
    EXPECT_EQ(client.read_reply().status, 413);
}

constexpr std::size_t kBudget = 1024 * 1024;

std::string announce(std::size_t length, std::string_view more_fields = "") {
    return "POST /huge HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(length) + "\r\n" +
           std::string(more_fields) + "\r\n";
}

HttpServerOptions tight_budget() {
    HttpServerOptions options;
    options.large_bodies_bytes_max = kBudget;
    return options;
}

// What the server says to somebody who asks before sending: 100, or a refusal.
int status_of_offer(RunningServer& server, std::size_t length) {
    RawClient client(server.port());
    client.send(announce(length, "Expect: 100-continue\r\n"));
    return client.read_reply(false).status;
}

TEST(HttpServerLimits, LargeBodiesShareABudgetAndSmallOnesDoNotNeedIt) {
    RunningServer server(routes(), tight_budget());
    EXPECT_EQ(status_of_offer(server, kBudget + 1), 503);
    RawClient large(server.port());
    const std::string body(kBudget - 1000, 'x');
    large.send(announce(body.size()) + body.substr(1));
    while (status_of_offer(server, limits::kSmallBodyBytesMax + 1) == 100) {  // until the server has read most of it
    }
    RawClient refused(server.port());
    refused.send(announce(limits::kSmallBodyBytesMax + 1));
    const auto reply = refused.read_reply();
    EXPECT_EQ(reply.status, 503) << "at once, before its body comes";
    EXPECT_EQ(reply.header("Retry-After"), "1");
    EXPECT_EQ(reply.header("Connection"), "close");
    RawClient small(server.port());
    small.send(post("/huge", std::string(limits::kSmallBodyBytesMax, 'x')));
    EXPECT_EQ(small.read_reply().status, 200);
    large.send("x");
    EXPECT_EQ(large.read_reply().body, std::to_string(body.size()));
    large.send(post("/huge", body));
    EXPECT_EQ(large.read_reply().status, 200) << "what was handled takes nothing any more";
}

TEST(HttpServerLimits, ABodyThatAnnouncesNoLengthIsCountedAsItComes) {
    RunningServer server(routes(), tight_budget());
    RawClient endless(server.port());
    endless.send("POST /huge HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n");
    endless.send(std::string(kBudget + limits::kSmallBodyBytesMax, 'x'));
    EXPECT_EQ(endless.read_reply().status, 503);
    EXPECT_EQ(endless.read_to_end(), "");
    RawClient next(server.port());
    next.send(post("/huge", std::string(kBudget, 'x')));
    EXPECT_EQ(next.read_reply().status, 200) << "the share of the refused one came back";
}

TEST(HttpServerLimits, ABodyKeepsItsShareUntilItWasHandled) {
    Notes notes;
    auto table = routes();
    const auto answer_never = [&notes](Request) -> asio::awaitable<Response> {
        notes.add("handling");
        co_await pause(1h);
        co_return empty_response(204);
    };
    add(table, "POST", "/never", answer_never, kBudget);
    auto options = tight_budget();
    options.drain_wait = 100ms;
    RunningServer server(std::move(table), options);
    RawClient waiting(server.port());
    waiting.send(post("/never", std::string(kBudget, 'x')));
    ASSERT_TRUE(notes.wait_for("handling"));
    EXPECT_EQ(status_of_offer(server, limits::kSmallBodyBytesMax + 1), 503);
}

TEST(HttpServerLimits, BodiesOfUnknownPathsAreDroppedUpToALimit) {
    RunningServer server(routes());
    RawClient small(server.port());
    small.send(post("/nowhere", std::string(64 * 1024, 'x')) + post("/ten", "x"));
    EXPECT_EQ(small.read_reply().status, 404);
    EXPECT_EQ(small.read_reply().status, 200);
    RawClient large(server.port());
    large.send(post("/nowhere", std::string(64 * 1024 + 1, 'x')));
    const auto reply = large.read_reply();
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.header("Connection"), "close");
}

TEST(HttpServerLimits, HeaderBytes) {
    RunningServer server(routes());
    const std::string start = "POST /ten HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nX: ";
    const auto header_of = [&](std::size_t size) {
        return start + std::string(size - start.size() - 4, 'a') + "\r\n\r\n";
    };
    RawClient fits(server.port());
    fits.send(header_of(limits::kHeaderBytesMax));
    EXPECT_EQ(fits.read_reply().status, 200);
    RawClient longer(server.port());
    longer.send(header_of(limits::kHeaderBytesMax + 1));
    EXPECT_EQ(longer.read_reply().status, 431);
    EXPECT_EQ(longer.read_to_end(), "");
    RawClient endless(server.port());
    while (endless.send(std::string(64 * 1024, 'a')) && endless.read_reply().status == 0) {
    }
    RawClient target(server.port());
    target.send("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(target.read_reply().status, 431);
}

TEST(HttpServerLimits, MalformedRequestsAreRefusedAndTheConnectionEnds) {
    RunningServer server(routes());

    struct Case {
        const char* bytes;
        int status;
    };

    for (const auto& [bytes, status] : {
             Case{"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400},
             Case{"GET /\r\n\r\n", 400},
             Case{"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
             Case{"GET / HTTP/1.1\r\n\r\n", 400},
             Case{"GET / HTTP/1.1\nHost: h\n\n", 400},
             Case{"GET /?%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
             Case{"POST /ten HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                  "GET /much HTTP/1.1\r\nHost: h\r\n\r\n",
                  400},
             Case{"POST /ten HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
             Case{"POST /ten HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
         }) {
        RawClient client(server.port());
        client.send(bytes);
        const auto reply = client.read_reply();
        EXPECT_EQ(reply.status, status) << bytes;
        EXPECT_EQ(reply.header("Connection"), "close") << bytes;
        EXPECT_EQ(reply.header("X-Request-Id").size(), 36U) << bytes;
        EXPECT_EQ(client.read_to_end(), "") << bytes;
    }
}

TEST(HttpServerLimits, EndlessChunkExtensionsAndTrailersAreRefused) {
    RunningServer server(routes());
    const std::string head = "POST /ten HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string start : {"1;", "0\r\nX: "}) {
        RawClient client(server.port());
        client.send(head + start + std::string(200'000, 'a'));
        EXPECT_EQ(client.read_reply().status, 400) << start;
    }
}

HttpServerOptions short_waits() {
    HttpServerOptions options;
    options.header_wait = 150ms;
    options.body_wait = 150ms;
    options.idle_wait = 150ms;
    options.write_wait = 150ms;
    return options;
}

TEST(HttpServerLimits, SlowHeadersAndBodies) {
    Notes notes;
    RunningServer server(routes(), short_waits(), hooks_into(notes));
    RawClient header(server.port());
    header.send("POST /ten HTTP/1.1\r\nHost:");
    EXPECT_EQ(header.read_reply().status, 408);
    EXPECT_EQ(header.read_to_end(), "");
    RawClient body(server.port());
    body.send("POST /ten HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    EXPECT_EQ(body.read_reply().status, 408);
    EXPECT_EQ(body.read_to_end(), "");
    EXPECT_EQ(notes.count("cut: header wait"), 1U);
    EXPECT_EQ(notes.count("cut: body wait"), 1U);
}

// Another connection's header wait is the clock here.
TEST(HttpServerLimits, ALargeBodyMayTakeLongerThanTheBodyWaitWhileItMoves) {
    HttpServerOptions options;
    options.header_wait = 200ms;
    options.body_wait = 1500ms;
    RunningServer server(routes(), options);
    constexpr std::size_t kPiece = 256 * 1024;
    constexpr std::size_t kPieces = 9;
    RawClient client(server.port());
    client.send("POST /huge HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(kPiece * kPieces) +
                "\r\n\r\n");
    for (std::size_t i = 0; i < kPieces; ++i) {
        RawClient clock(server.port());
        EXPECT_EQ(clock.read_to_end(), "");
        client.send(std::string(kPiece, 'x'));
    }
    EXPECT_EQ(client.read_reply().body, std::to_string(kPiece * kPieces));
}

TEST(HttpServerLimits, DrippingDoesNotBuyTime) {
    RunningServer server(routes(), short_waits());
    RawClient client(server.port());
    const std::string bytes = get("/much", "X: " + std::string(10'000, 'a') + "\r\n");
    std::size_t sent = 0;
    while (sent < bytes.size() && client.send(std::string_view(bytes).substr(sent, 1))) {
        ++sent;
        if (sent % 100 == 0) {
            RawClient other(server.port());
            other.send(post("/ten", "x"));
            ASSERT_EQ(other.read_reply().status, 200) << "others are served meanwhile";
        }
        if (sent == bytes.size() - 10) {
            break;
        }
    }
    EXPECT_EQ(client.read_reply().status, 408);
}

TEST(HttpServerLimits, SilentAndIdleConnectionsAreClosedWithoutAWord) {
    Notes notes;
    RunningServer server(routes(), short_waits(), hooks_into(notes));
    RawClient silent(server.port());
    EXPECT_EQ(silent.read_to_end(), "");
    RawClient idle(server.port());
    idle.send(post("/ten", "x"));
    EXPECT_EQ(idle.read_reply().status, 200);
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(notes.count("cut: header wait"), 1U);
    EXPECT_EQ(notes.count("cut: idle"), 1U);
}

TEST(HttpServerLimits, ReadersThatDoNotReadAreCut) {
    Notes notes;
    RunningServer server(routes(), short_waits(), hooks_into(notes));
    RawClient client(server.port(), 4096);
    client.send(get("/much"));
    EXPECT_TRUE(notes.wait_for("cut: write wait"));
}

TEST(HttpServerLimits, Connections) {
    Notes notes;
    HttpServerOptions options;
    options.connections_max = 2;
    RunningServer server(routes(), options, hooks_into(notes));
    RawClient first(server.port());
    RawClient second(server.port());
    for (auto* client : {&first, &second}) {
        client->send(post("/ten", "x"));
        EXPECT_EQ(client->read_reply().status, 200);
    }
    RawClient third(server.port());
    third.send(post("/ten", "x"));
    const auto refused = third.read_reply();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(refused.header("Connection"), "close");
    EXPECT_EQ(third.read_to_end(), "");
    EXPECT_EQ(notes.count("cut: busy"), 1U);
    first.send(get("/nowhere", "Connection: close\r\n"));
    EXPECT_EQ(first.read_reply().status, 404);
    EXPECT_EQ(first.read_to_end(), "");
    first.end_sending();
    int status = 503;
    while (status == 503) {  // until the server has seen that the first one is gone
        RawClient fourth(server.port());
        fourth.send(post("/ten", "x"));
        status = fourth.read_reply().status;
    }
    EXPECT_EQ(status, 200);
}

// Holds every file descriptor that the process may still have.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &usual_);
        const rlimit few{std::min<rlim_t>(usual_.rlim_cur, kFew), usual_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int handle = ::dup(0); handle >= 0; handle = ::dup(0)) {
            held_.push_back(handle);
        }
    }

    ~NoDescriptors() {
        for (const int handle : held_) {
            ::close(handle);
        }
        ::setrlimit(RLIMIT_NOFILE, &usual_);
    }

    void give_one_back() {
        ::close(held_.back());
        held_.pop_back();
    }

private:
    static constexpr rlim_t kFew = 200;

    rlimit usual_{};
    std::vector<int> held_;
};

TEST(HttpServerLimits, GoesOnAfterTheSystemRanOutOfDescriptors) {
    Notes notes;
    RunningServer server(routes(), {}, hooks_into(notes));
    auto none = std::make_unique<NoDescriptors>();
    none->give_one_back();
    RawClient client(server.port());
    client.send(post("/ten", "x"));
    EXPECT_TRUE(notes.wait_for("cut: accept"));
    none.reset();
    EXPECT_EQ(client.read_reply().status, 200);
}

}  // namespace
}  // namespace lupaus::net::test
