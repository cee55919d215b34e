#include "common/net/http_client.hpp"

#include "common/net/http_server.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>

#include <atomic>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<Response> answer_echo(Request request) {
    auto response = text_response(200, request.method_name + " " + request.target + " " + request.body);
    response.headers.add("X-Host", request.headers.value_or("Host", ""));
    response.headers.add("X-Signature", request.headers.value_or("Webhook-Signature", ""));
    co_return response;
}

asio::awaitable<Response> answer_moved(Request) {
    auto response = empty_response(302);
    response.headers.add("Location", "/echo");
    co_return response;
}

asio::awaitable<Response> answer_much(Request request) {
    const auto size = std::stoul(request.body);
    co_return text_response(200, std::string(size, 'x'));
}

RouteTable routes() {
    RouteTable table;
    add(table, "POST", "/echo", answer_echo);
    add(table, "GET", "/echo", answer_echo);
    add(table, "POST", "/moved", answer_moved);
    add(table, "POST", "/much", answer_much);
    return table;
}

UrlGuard loopback_guard() {
    return UrlGuard({parse_cidr("127.0.0.0/8").value()});
}

// Always gives the same addresses.
class FixedResolver : public Resolver {
public:
    explicit FixedResolver(std::vector<std::string> texts) {
        for (const auto& text : texts) {
            addresses_.push_back(asio::ip::make_address(text));
        }
    }

    asio::awaitable<Result<Addresses>> resolve(std::string, std::chrono::milliseconds) override {
        co_return addresses_;
    }

private:
    Addresses addresses_;
};

// One address, then the other, and so on.
class AlternatingResolver : public Resolver {
public:
    AlternatingResolver(const std::string& odd, const std::string& even)
        : odd_{asio::ip::make_address(odd)}, even_{asio::ip::make_address(even)} {}

    asio::awaitable<Result<Addresses>> resolve(std::string, std::chrono::milliseconds) override {
        ++asked_;
        co_return asked_ % 2 == 1 ? odd_ : even_;
    }

    std::size_t asked() const { return asked_; }

private:
    Addresses odd_;
    Addresses even_;
    std::atomic<std::size_t> asked_{0};
};

class HttpClientTest : public ::testing::Test {
protected:
    HttpClientTest() { use({}); }

    ~HttpClientTest() override { use_nothing(); }

    void use(HttpClientOptions options, std::shared_ptr<Resolver> resolver = nullptr,
             UrlGuard guard = loopback_guard()) {
        use_nothing();
        client_ = std::make_unique<HttpClient>(io_.context().get_executor(), std::move(guard), std::move(options),
                                               std::move(resolver));
    }

    ClientResult send(ClientRequest request) { return io_.run(client_->send(std::move(request))); }

    ClientResult send(const std::string& url, std::string body = "hello") {
        return send(ClientRequest{.url = url, .body = std::move(body)});
    }

    std::size_t idle() { return io_.run(count_idle(*client_)); }

    IoThread io_;
    std::unique_ptr<HttpClient> client_;

private:
    static asio::awaitable<std::size_t> count_idle(HttpClient& client) { co_return client.idle(); }

    void use_nothing() { io_.drop(std::move(client_)); }
};

TEST_F(HttpClientTest, SendsAndReadsAnswers) {
    RunningServer server(routes());
    ClientRequest request{.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/echo?x=1", .body = "hei"};
    request.headers.add("Webhook-Signature", "v1,abc");
    request.headers.add("Host", "forged");
    request.headers.add("Content-Length", "1");
    const auto result = send(std::move(request));
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_EQ(result.failure, ClientFailure::none);
    EXPECT_EQ(result.response.status, 200);
    EXPECT_EQ(result.response.body, "POST /echo?x=1 hei");
    EXPECT_EQ(result.response.headers.find("X-Host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(result.response.headers.find("X-Signature"), "v1,abc");
}

TEST_F(HttpClientTest, ReusesConnectionsPerOrigin) {
    ScriptedPeer peer([](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(send(peer.url()).response.body, "ok");
    }
    EXPECT_EQ(peer.accepted(), 1);
    EXPECT_EQ(idle(), 1U);
    use({.idle_per_origin_max = 0});
    EXPECT_EQ(send(peer.url()).response.body, "ok");
    EXPECT_EQ(idle(), 0U);
}

TEST_F(HttpClientTest, DropsIdleConnectionsThatThePeerClosed) {
    Notes notes;
    ScriptedPeer peer([&notes](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        ::shutdown(connection.handle(), SHUT_WR);
        notes.add("closed");
    });
    constexpr int kRequests = 20;
    for (int i = 1; i <= kRequests; ++i) {
        EXPECT_EQ(send(peer.url()).response.body, "ok");
        EXPECT_TRUE(notes.wait_for("closed", static_cast<std::size_t>(i))) << "or nobody can know it yet";
    }
    EXPECT_EQ(peer.accepted(), kRequests);
}

TEST_F(HttpClientTest, ClosesIdleConnectionsAfterAWhile) {
    Notes notes;
    ScriptedPeer peer([&notes](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        connection.wait_for_end();
        notes.add("closed");
    });
    use({.idle_wait = 50ms});
    EXPECT_EQ(send(peer.url()).response.status, 200);
    EXPECT_TRUE(notes.wait_for("closed"));
    EXPECT_EQ(idle(), 0U);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
    RunningServer server(routes());
    const auto result = send("http://127.0.0.1:" + std::to_string(server.port()) + "/moved");
    EXPECT_EQ(result.response.status, 302);
    EXPECT_EQ(result.response.headers.find("Location"), "/echo");
}

TEST_F(HttpClientTest, RefusedConnectionsSentNothing) {
    const auto result = send("http://127.0.0.1:" + std::to_string(closed_port()) + "/");
    EXPECT_EQ(result.stage, ClientStage::not_sent);
    EXPECT_EQ(result.failure, ClientFailure::connect);
    EXPECT_NE(result.detail.find("127.0.0.1"), std::string::npos);
}

TEST_F(HttpClientTest, ACutAfterTheRequestIsUncertain) {
    for (const bool is_reset : {false, true}) {
        ScriptedPeer peer([is_reset](PeerConnection& connection) {
            connection.read_request();
            if (is_reset) {
                connection.reset();
            }
        });
        const auto result = send(peer.url());
        EXPECT_EQ(result.stage, ClientStage::uncertain);
        EXPECT_EQ(result.failure, ClientFailure::cut);
    }
}

TEST_F(HttpClientTest, ACutWithinTheHeaderIsUncertainAndWithinTheBodyAnAnswer) {
    ScriptedPeer header([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-");
    });
    EXPECT_EQ(send(header.url()).stage, ClientStage::uncertain);
    ScriptedPeer body([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf");
    });
    const auto result = send(body.url());
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_EQ(result.response.status, 201);
    EXPECT_EQ(result.response.body, "half");
    EXPECT_TRUE(result.response.is_body_cut);
}

TEST_F(HttpClientTest, SilenceEndsWithTheResponseWait) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.wait_for_end();
    });
    const auto result = send(ClientRequest{.url = peer.url(), .response_wait = 100ms});
    EXPECT_EQ(result.stage, ClientStage::uncertain);
    EXPECT_EQ(result.failure, ClientFailure::timeout);
}

TEST_F(HttpClientTest, DrippingAnswersEndWithTheResponseWaitToo) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        connection.wait_for_end();
    });
    const auto result = send(ClientRequest{.url = peer.url(), .response_wait = 100ms});
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_EQ(result.response.status, 200);
    EXPECT_TRUE(result.response.is_body_cut);
}

TEST_F(HttpClientTest, AFullBacklogEndsWithTheConnectWait) {
    // 192.0.2.0/24 is reserved for documentation: packets to it are dropped or refused, never answered.
    use({}, nullptr, UrlGuard({parse_cidr("192.0.2.0/24").value()}));
    const auto result = send(ClientRequest{.url = "http://192.0.2.1/", .connect_wait = 100ms});
    EXPECT_EQ(result.stage, ClientStage::not_sent);
    EXPECT_TRUE(result.failure == ClientFailure::timeout || result.failure == ClientFailure::connect);
}

TEST_F(HttpClientTest, BoundsTheAnswer) {
    RunningServer server(routes());
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/much";
    const auto fits = send(url, std::to_string(limits::kResponseBytesMax));
    EXPECT_EQ(fits.response.body.size(), limits::kResponseBytesMax);
    EXPECT_FALSE(fits.response.is_body_cut);
    EXPECT_EQ(idle(), 1U);
    const auto longer = send(url, std::to_string(limits::kResponseBytesMax + 1));
    EXPECT_EQ(longer.stage, ClientStage::answered);
    EXPECT_EQ(longer.response.body.size(), limits::kResponseBytesMax);
    EXPECT_TRUE(longer.response.is_body_cut);
    EXPECT_EQ(idle(), 0U) << "the rest would be read as the next answer";
}

TEST_F(HttpClientTest, EndlessHeadersAndNonsenseAreMalformed) {
    const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a');
    for (const auto& bytes : {endless, std::string("SSH-2.0-OpenSSH\r\n\r\n")}) {
        ScriptedPeer peer([&bytes](PeerConnection& connection) {
            connection.read_request();
            connection.send(bytes);
            connection.wait_for_end();
        });
        const auto result = send(peer.url());
        EXPECT_EQ(result.stage, ClientStage::uncertain);
        EXPECT_EQ(result.failure, ClientFailure::malformed);
    }
}

TEST_F(HttpClientTest, TakesAnEarlyAnswerToALongBody) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        connection.wait_for_end();
    });
    const auto result = send(peer.url(), std::string(8 * 1024 * 1024, 'x'));
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_EQ(result.response.status, 413);
}

TEST_F(HttpClientTest, CanBeCalledOffBeforeTheFirstByte) {
    Notes notes;
    ScriptedPeer peer([&notes](PeerConnection& connection) {
        notes.add(connection.read_request().empty() ? "nothing came" : "something came");
    });
    bool was_asked = false;
    ClientRequest request{.url = peer.url()};
    request.before_first_byte = [&was_asked] {
        was_asked = true;
        return false;
    };
    const auto result = send(std::move(request));
    EXPECT_TRUE(was_asked);
    EXPECT_EQ(result.stage, ClientStage::not_sent);
    EXPECT_EQ(result.failure, ClientFailure::called_off);
    EXPECT_TRUE(notes.wait_for("nothing came"));
}

TEST_F(HttpClientTest, WhileItIsHeldNobodySeesAConnection) {
    std::atomic<bool> is_held{true};
    HttpClientOptions options;
    options.is_held = [&is_held] { return is_held.load(); };
    use(std::move(options));
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto held = send(peer.url());
    EXPECT_EQ(held.stage, ClientStage::not_sent);
    EXPECT_EQ(held.failure, ClientFailure::held);
    is_held = false;
    EXPECT_EQ(send(peer.url()).stage, ClientStage::answered);
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClientTest, RefusesForbiddenAddressesAndBadUrls) {
    use({}, nullptr, UrlGuard());
    for (const auto* url : {"http://127.0.0.1:1/", "http://localhost:1/", "http://0x7f.1:1/", "http://2130706433:1/",
                            "http://0177.0.0.1:1/", "http://[::ffff:127.0.0.1]:1/", "https://127.0.0.1:1/"}) {
        const auto result = send(url);
        EXPECT_EQ(result.stage, ClientStage::not_sent) << url;
        EXPECT_EQ(result.failure, ClientFailure::refused_by_guard) << url << result.detail;
        EXPECT_NE(result.detail.find("egress.allow"), std::string::npos) << url;
    }
    EXPECT_EQ(send("http://user@127.0.0.1/").failure, ClientFailure::bad_url);
    EXPECT_EQ(send("ftp://127.0.0.1/").failure, ClientFailure::bad_url);
}

TEST_F(HttpClientTest, OneForbiddenAnswerSpoilsThemAll) {
    const auto resolver = std::make_shared<FixedResolver>(std::vector<std::string>{"127.0.0.1", "10.0.0.1"});
    use({}, resolver);
    const auto result = send("http://mixed.example/");
    EXPECT_EQ(result.failure, ClientFailure::refused_by_guard);
    EXPECT_NE(result.detail.find("10.0.0.1"), std::string::npos);
}

// A name server that says "public" to the check and "loopback" to the connection (DNS rebinding).
TEST_F(HttpClientTest, ConnectsToTheAddressThatWasChecked) {
    std::atomic<int> connections{0};
    ScriptedPeer peer([&connections](PeerConnection&) { ++connections; });
    const auto resolver = std::make_shared<AlternatingResolver>("127.0.0.2", "127.0.0.1");
    use({}, resolver, UrlGuard({parse_cidr("127.0.0.2/32").value()}));
    const auto url = "http://rebind.example:" + std::to_string(peer.port()) + "/";
    for (std::size_t i = 1; i <= 1000; ++i) {
        const auto result = send(url);
        const auto expected = i % 2 == 1 ? ClientFailure::connect : ClientFailure::refused_by_guard;
        ASSERT_EQ(result.failure, expected) << result.detail;
        ASSERT_EQ(resolver->asked(), i) << "one question for each call";
    }
    EXPECT_EQ(connections, 0);
}

TEST_F(HttpClientTest, TriesTheNextAddress) {
    RunningServer server(routes());
    const auto resolver = std::make_shared<FixedResolver>(std::vector<std::string>{"127.0.0.9", "127.0.0.1"});
    use({}, resolver);
    const auto result = send("http://two.example:" + std::to_string(server.port()) + "/echo");
    EXPECT_EQ(result.response.status, 200);
}

TEST_F(HttpClientTest, ResolvesNames) {
    RunningServer server(routes());
    use({}, nullptr, UrlGuard({parse_cidr("127.0.0.0/8").value(), parse_cidr("::1").value()}));
    EXPECT_EQ(send("http://localhost:" + std::to_string(server.port()) + "/echo").response.status, 200);
    const auto unknown = send("http://name.invalid/");
    EXPECT_EQ(unknown.stage, ClientStage::not_sent);
    EXPECT_EQ(unknown.failure, ClientFailure::resolve);
}

TEST_F(HttpClientTest, ManyCallsAtOnceShareLookUps) {
    RunningServer server(routes());
    use({}, nullptr, UrlGuard({parse_cidr("127.0.0.0/8").value(), parse_cidr("::1").value()}));
    std::vector<std::future<ClientResult>> calls;
    for (int i = 0; i < 100; ++i) {
        ClientRequest request{.url = "http://localhost:" + std::to_string(server.port()) + "/echo", .body = "x"};
        calls.push_back(asio::co_spawn(io_.context(), client_->send(std::move(request)), asio::use_future));
    }
    for (auto& call : calls) {
        EXPECT_EQ(call.get().response.status, 200);
    }
    EXPECT_LE(idle(), 8U);
}

// Everything that arrives, with what it was part of.
struct Parts {
    std::string text;
    std::size_t count = 0;
    int status = 0;
    std::size_t wanted = std::string::npos;

    asio::awaitable<bool> take(int told, std::string part) {
        status = told;
        text += part;
        ++count;
        co_return text.size() < wanted;
    }
};

ClientRequest in_parts(const RunningServer& server, std::size_t size, Parts& parts) {
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/much";
    ClientRequest request{.url = url, .body = std::to_string(size)};
    request.take_part = [&parts](int status, std::string part) { return parts.take(status, std::move(part)); };
    return request;
}

TEST_F(HttpClientTest, HandsABodyOverAsItComes) {
    RunningServer server(routes());
    Parts parts;
    auto request = in_parts(server, 300'000, parts);
    request.response_bytes_max = 300'000;
    const auto result = send(std::move(request));
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_FALSE(result.response.is_body_cut);
    EXPECT_EQ(result.response.body, "");
    EXPECT_EQ(parts.text, std::string(300'000, 'x'));
    EXPECT_EQ(parts.status, 200);
    EXPECT_GT(parts.count, 1U) << "no more than a part of it was ever in memory";
    EXPECT_EQ(idle(), 1U);
}

TEST_F(HttpClientTest, CutsABodyThatIsHandedOverAtItsLimit) {
    RunningServer server(routes());
    Parts parts;
    auto request = in_parts(server, 300'001, parts);
    request.response_bytes_max = 300'000;
    const auto result = send(std::move(request));
    EXPECT_TRUE(result.response.is_body_cut);
    EXPECT_EQ(parts.text.size(), 300'000U);
    EXPECT_EQ(idle(), 0U);
}

TEST_F(HttpClientTest, StopsWhenNoMoreIsWanted) {
    RunningServer server(routes());
    Parts parts;
    parts.wanted = 1;
    const auto result = send(in_parts(server, 60'000, parts));
    EXPECT_EQ(result.stage, ClientStage::answered);
    EXPECT_TRUE(result.response.is_body_cut);
    EXPECT_EQ(parts.count, 1U);
    EXPECT_EQ(idle(), 0U);
}

}  // namespace
}  // namespace lupaus::net::test
