// Bodies that are sent and read part by part.
#include "common/net/http_client.hpp"
#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kManyBytes = 20 * limits::kStreamPartBytes + 7;

asio::awaitable<Response> answer_size(Request request) {
    co_return text_response(200, std::to_string(request.body.size()) + request.body.substr(0, 3));
}

asio::awaitable<Response> answer_much(Request) {
    co_return text_response(200, std::string(kManyBytes, 'x'));
}

class HttpClientPartsTest : public ::testing::Test {
protected:
    HttpClientPartsTest()
        : client_(std::make_unique<HttpClient>(io_.context().get_executor(),
                                               UrlGuard({parse_cidr("127.0.0.0/8").value()}))) {}

    ~HttpClientPartsTest() override { io_.drop(std::move(client_)); }

    Opened open(ClientRequest request) { return io_.run(client_->open(std::move(request))); }

    std::string next(Incoming& body) { return io_.run(body.next()); }

    std::string rest(Incoming& body) {
        std::string text;
        for (auto part = next(body); !part.empty(); part = next(body)) {
            EXPECT_LE(part.size(), limits::kStreamPartBytes);
            text += part;
        }
        return text;
    }

    std::size_t idle() { return io_.run(count_idle(*client_)); }

    IoThread io_;
    std::unique_ptr<HttpClient> client_;

private:
    static asio::awaitable<std::size_t> count_idle(HttpClient& client) { co_return client.idle(); }
};

ClientRequest get_from(const std::string& url) {
    return {.method = "GET", .url = url};
}

TEST_F(HttpClientPartsTest, SendsABodyThatIsAskedForPartByPart) {
    RouteTable table;
    add(table, "PUT", "/", answer_size, kManyBytes);
    const RunningServer server(std::move(table));
    std::size_t asked = 0;
    std::string part(limits::kStreamPartBytes, 'p');
    ClientRequest request{.method = "PUT", .url = "http://127.0.0.1:" + std::to_string(server.port()) + "/"};
    request.body_size = kManyBytes;
    request.next_body_part = [&] {
        const auto left = kManyBytes - asked * part.size();
        ++asked;
        return std::string_view(part).substr(0, left);
    };
    auto opened = open(std::move(request));
    EXPECT_EQ(opened.result.response.status, 200);
    EXPECT_EQ(rest(*opened.body), std::to_string(kManyBytes) + "ppp");
    EXPECT_EQ(asked, 21U);
    EXPECT_EQ(idle(), 1U);
    io_.drop(std::move(opened.body));
}

TEST_F(HttpClientPartsTest, NeverSendsAnotherSizeThanItSaid) {
    ScriptedPeer peer([](PeerConnection& connection) { connection.wait_for_end(); });
    for (const std::size_t size : {std::size_t{0}, std::size_t{6}}) {
        const std::string part(size, 'x');
        ClientRequest request{.method = "PUT", .url = peer.url()};
        request.body_size = 5;
        request.next_body_part = [&part] { return std::string_view(part); };
        EXPECT_THROW(open(std::move(request)), std::logic_error) << size;
    }
}

TEST_F(HttpClientPartsTest, ReadsABodyPartByPart) {
    RouteTable table;
    add(table, "GET", "/", answer_much);
    const RunningServer server(std::move(table));
    auto opened = open(get_from("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
    EXPECT_EQ(opened.result.stage, ClientStage::answered);
    EXPECT_EQ(opened.result.response.headers.value_or("Content-Length", ""), std::to_string(kManyBytes));
    EXPECT_FALSE(opened.body->is_whole());
    EXPECT_EQ(rest(*opened.body), std::string(kManyBytes, 'x'));
    EXPECT_TRUE(opened.body->is_whole());
    EXPECT_EQ(idle(), 1U) << "the connection can be used again";
    io_.drop(std::move(opened.body));
}

TEST_F(HttpClientPartsTest, ClosesTheConnectionOfABodyThatNobodyWants) {
    RouteTable table;
    add(table, "GET", "/", answer_much);
    RunningServer server(std::move(table));
    auto opened = open(get_from("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
    EXPECT_FALSE(next(*opened.body).empty());
    io_.drop(std::move(opened.body));
    EXPECT_EQ(idle(), 0U);
}

TEST_F(HttpClientPartsTest, SaysThatABodyWasCut) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    auto opened = open(get_from(peer.url()));
    EXPECT_EQ(rest(*opened.body), "half");
    EXPECT_FALSE(opened.body->is_whole());
    io_.drop(std::move(opened.body));
}

TEST_F(HttpClientPartsTest, WaitsForEachPartAnew) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        connection.wait_for_end();
    });
    auto request = get_from(peer.url());
    request.response_wait = 50ms;
    auto opened = open(std::move(request));
    EXPECT_EQ(rest(*opened.body), "half") << "then the peer says nothing for too long";
    EXPECT_FALSE(opened.body->is_whole());
    io_.drop(std::move(opened.body));
}

TEST_F(HttpClientPartsTest, TellsWhyThereIsNoAnswer) {
    auto opened = open(get_from("http://127.0.0.1:" + std::to_string(closed_port()) + "/"));
    EXPECT_EQ(opened.result.stage, ClientStage::not_sent);
    EXPECT_EQ(opened.result.failure, ClientFailure::connect);
    EXPECT_EQ(opened.body, nullptr);
}

}  // namespace
}  // namespace lupaus::net::test
