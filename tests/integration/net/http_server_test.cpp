#include "common/net/http_server.hpp"

#include "common/net/problem.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using Json = nlohmann::json;

asio::awaitable<Response> answer_hello(Request) {
    co_return text_response(200, "hello");
}

asio::awaitable<Response> answer_echo(Request request) {
    co_return text_response(200, std::move(request.body));
}

asio::awaitable<Response> answer_facts(Request request) {
    const Json facts = {{"method", request.method_name},
                        {"id", request.param("id")},
                        {"q", request.query_value("q").value_or("none")},
                        {"client", request.client_address},
                        {"request_id", request.request_id}};
    co_return json_response(200, facts.dump());
}

asio::awaitable<Response> answer_failure(Request) {
    throw std::runtime_error("secret detail");
    co_return Response{};
}

asio::awaitable<Response> answer_nothing(Request) {
    co_return empty_response(204);
}

RouteTable routes() {
    RouteTable table;
    add(table, "GET", "/hello", answer_hello);
    add(table, "POST", "/echo", answer_echo, 100);
    add(table, "POST", "/large", answer_echo, 3 * 1024 * 1024);
    add(table, "GET", "/things/{id}", answer_facts);
    add(table, "DELETE", "/things/{id}", answer_nothing);
    add(table, "GET", "/fails", answer_failure);
    return table;
}

class HttpServerTest : public ::testing::Test {
protected:
    HttpServerTest() : server_(routes(), {}, hooks_into(notes_)) {}

    Notes notes_;
    RunningServer server_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
    RawClient client(server_.port());
    for (int i = 0; i < 3; ++i) {
        client.send(get("/hello"));
        const auto reply = client.read_reply();
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, "hello");
        EXPECT_EQ(reply.header("Connection"), "");
        EXPECT_EQ(reply.header("X-Request-Id").size(), 36U);
        EXPECT_EQ(reply.header("Date").size(), 29U);
    }
    EXPECT_TRUE(notes_.wait_for("GET /hello 200", 3));
}

TEST_F(HttpServerTest, GivesTheHandlerItsFacts) {
    RawClient client(server_.port());
    client.send(get("/things/a%2Fb?q=x+y", "X-Request-Id: mine-1\r\n"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.header("x-request-id"), "mine-1");
    EXPECT_EQ(
        Json::parse(reply.body),
        Json({{"method", "GET"}, {"id", "a/b"}, {"q", "x y"}, {"client", "127.0.0.1"}, {"request_id", "mine-1"}}));
}

// The client's address as a handler is told it; the requests come from 127.0.0.1.
std::string client_told(RunningServer& server, const std::string& fields) {
    RawClient client(server.port());
    client.send(get("/things/7", fields));
    return Json::parse(client.read_reply().body)["client"].get<std::string>();
}

TEST_F(HttpServerTest, BelievesATrustedProxyAndNobodyElse) {
    const std::string forwarded = "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n";
    EXPECT_EQ(client_told(server_, forwarded), "127.0.0.1");
    EXPECT_EQ(client_told(server_, "Forwarded: for=192.0.2.1\r\n"), "127.0.0.1");
    HttpServerOptions options;
    options.trusted_proxies = {parse_cidr("127.0.0.0/8").value()};
    RunningServer behind_proxy(routes(), options);
    EXPECT_EQ(client_told(behind_proxy, forwarded), "192.0.2.1");
    EXPECT_EQ(client_told(behind_proxy, "Forwarded: for=192.0.2.1\r\n"), "192.0.2.1");
    EXPECT_EQ(client_told(behind_proxy, ""), "127.0.0.1");
}

TEST_F(HttpServerTest, TakesOnlyDecentRequestIds) {
    RawClient client(server_.port());
    for (const std::string& id : {std::string("a b"), std::string(65, 'a'), std::string("\"x\""), std::string()}) {
        client.send(get("/hello", "X-Request-Id: " + id + "\r\n"));
        EXPECT_EQ(client.read_reply().header("X-Request-Id").size(), 36U) << id;
    }
}

TEST_F(HttpServerTest, TellsUnknownPathsFromUnknownMethods) {
    RawClient client(server_.port());
    client.send(get("/nowhere"));
    const auto missing = client.read_reply();
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(Json::parse(missing.body)["request_id"], missing.header("X-Request-Id"));
    client.send(post("/things/7", "body"));
    const auto wrong = client.read_reply();
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, DELETE");
    client.send("BREW /hello HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 405);
    client.send(get("/hello"));
    EXPECT_EQ(client.read_reply().status, 200) << "the connection is still good";
}

TEST_F(HttpServerTest, AnswersHeadWithoutBody) {
    RawClient client(server_.port());
    client.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n" + get("/hello"));
    const auto head = client.read_reply(false);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), "5");
    EXPECT_EQ(client.read_reply().body, "hello") << "no byte of a body came between";
}

TEST_F(HttpServerTest, NoContentHasNoLength) {
    RawClient client(server_.port());
    client.send("DELETE /things/7 HTTP/1.1\r\nHost: test\r\n\r\n" + get("/hello"));
    const auto reply = client.read_reply(false);
    EXPECT_EQ(reply.status, 204);
    EXPECT_EQ(reply.header("Content-Length"), "");
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    RawClient client(server_.port());
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        bytes += post("/echo", "body " + std::to_string(i));
    }
    client.send(bytes);
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(client.read_reply().body, "body " + std::to_string(i));
    }
}

TEST_F(HttpServerTest, ReadsRequestsThatDripIn) {
    RawClient client(server_.port());
    for (const char byte : "\r\n" + post("/echo", "hi")) {
        client.send(std::string(1, byte));
    }
    EXPECT_EQ(client.read_reply().body, "hi");
}

TEST_F(HttpServerTest, ClosesWhenAskedTo) {
    RawClient client(server_.port());
    client.send(get("/hello", "Connection: close\r\n"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, SpeaksHttp10) {
    RawClient once(server_.port());
    once.send("GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_EQ(once.read_reply().body, "hello");
    EXPECT_EQ(once.read_to_end(), "");
    RawClient kept(server_.port());
    kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.read_reply().header("Connection"), "keep-alive");
    kept.send("GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_EQ(kept.read_reply().status, 200);
}

TEST_F(HttpServerTest, AnswersAPeerThatHasFinishedSending) {
    RawClient client(server_.port());
    client.send(get("/hello"));
    client.end_sending();
    EXPECT_EQ(client.read_reply().body, "hello");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, ForgetsPeersThatEndInTheMiddle) {
    for (const auto* part : {"", "GET /he", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhe"}) {
        RawClient client(server_.port());
        client.send(part);
        client.end_sending();
        EXPECT_EQ(client.read_to_end(), "") << part;
    }
    RawClient rude(server_.port());
    rude.send("POST /echo HTTP/1.1\r\n");
    rude.reset();
    RawClient client(server_.port());
    client.send(get("/hello"));
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(HttpServerTest, ContinuesWhenExpected) {
    RawClient client(server_.port());
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_line(), "HTTP/1.1 100 Continue");
    EXPECT_EQ(client.read_line(), "");
    client.send("hi");
    EXPECT_EQ(client.read_reply().body, "hi");
    RawClient hopeful(server_.port());
    hopeful.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(hopeful.read_reply().status, 413);
    EXPECT_EQ(hopeful.read_to_end(), "");
    RawClient odd(server_.port());
    odd.send(post("/echo", "hi", "Expect: wonders\r\n"));
    EXPECT_EQ(odd.read_reply().status, 417);
}

TEST_F(HttpServerTest, ReadsLargeBodies) {
    std::string body;
    while (body.size() < 3 * 1024 * 1024) {
        body += std::to_string(body.size()) + ",";
    }
    body.resize(3 * 1024 * 1024);
    RawClient client(server_.port());
    client.send(post("/large", body));
    EXPECT_EQ(client.read_reply().body, body);
    client.send(post("/echo", "small again"));
    EXPECT_EQ(client.read_reply().body, "small again");
}

TEST_F(HttpServerTest, ReadsChunks) {
    RawClient client(server_.port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" +
        get("/hello"));
    EXPECT_EQ(client.read_reply().body, "hello world");
    EXPECT_EQ(client.read_reply().body, "hello");
}

TEST_F(HttpServerTest, TurnsExceptionsIntoProblemsWithoutTheirSecrets) {
    RawClient client(server_.port());
    client.send(get("/fails"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(Json::parse(reply.body)["request_id"], reply.header("X-Request-Id"));
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
    client.send(get("/hello"));
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST(HttpServerHook, MapsExceptions) {
    HttpServerHooks hooks;
    std::string seen;
    hooks.map_exception = [&seen](std::exception_ptr failure, std::string_view request_id) {
        try {
            std::rethrow_exception(std::move(failure));
        } catch (const std::exception& error) {
            seen = std::string(request_id) + " " + error.what();
        }
        return Error{.code = Errc::unavailable, .detail = "Come back.", .retry_after_s = 3};
    };
    RunningServer server(routes(), {}, hooks);
    RawClient client(server.port());
    client.send(get("/fails", "X-Request-Id: r7\r\n"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "3");
    EXPECT_EQ(seen, "r7 secret detail");
}

TEST(HttpServerHook, CountsBytesAndTime) {
    HttpServerHooks hooks;
    std::vector<RequestDone> seen;
    hooks.request_done = [&seen](const RequestDone& done) { seen.push_back(done); };
    RunningServer server(routes(), {}, hooks);
    RawClient client(server.port());
    client.send(post("/echo", "hello"));
    client.read_reply();
    server.stop();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].request_bytes, 5U);
    EXPECT_GT(seen[0].response_bytes, 100U);
    EXPECT_GT(seen[0].duration.count(), 0);
}

TEST(HttpServerStart, SaysWhichPlaceIsTaken) {
    RunningServer server(routes());
    HttpServerOptions options;
    options.port = server.port();
    asio::io_context context;
    HttpServer second(context.get_executor(), options, routes());
    try {
        second.start();
        FAIL() << "the port was free";
    } catch (const boost::system::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("127.0.0.1 port " + std::to_string(server.port())), std::string::npos);
    }
}

}  // namespace
}  // namespace lupaus::net::test
