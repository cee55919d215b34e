#include "common/oauth/token_source.hpp"

#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace lupaus::oauth {
namespace {

using net::test::IoThread;
using net::test::Notes;
using net::test::PeerConnection;
using net::test::ScriptedPeer;
using ::testing::HasSubstr;

// Hands out `lifetime` seconds, and a new refresh token every time.
ScriptedPeer::Script endpoint(Notes& asked, std::int64_t lifetime) {
    return [&asked, lifetime](PeerConnection& connection) {
        const auto request = connection.read_request();
        asked.add(request.substr(request.find("\r\n\r\n") + 4));
        const auto number = std::to_string(asked.all().size());
        const auto body = R"({"access_token":"access)" + number + R"(","refresh_token":"refresh)" + number +
                          R"(","expires_in":)" + std::to_string(lifetime) + "}";
        connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    };
}

class TokenSourceTest : public ::testing::Test {
protected:
    ~TokenSourceTest() override { io_.drop(std::move(client_)); }

    TokenSource source(const std::string& url) {
        return {*client_, {.token_url = url, .client_id = "desk", .refresh_token = Secret("refresh0")}};
    }

    Result<Secret> token(TokenSource& source) { return io_.run(source.token()); }

    IoThread io_;
    Notes asked_;
    std::unique_ptr<net::HttpClient> client_ = std::make_unique<net::HttpClient>(
        io_.context().get_executor(), net::UrlGuard({net::parse_cidr("127.0.0.0/8").value()}));
};

TEST_F(TokenSourceTest, KeepsATokenWhileItLives) {
    ScriptedPeer peer(endpoint(asked_, 3600));
    auto tokens = source(peer.url("/token"));
    EXPECT_EQ(token(tokens).value().reveal(), "access1");
    EXPECT_EQ(token(tokens).value().reveal(), "access1");
    EXPECT_EQ(peer.accepted(), 1);
    EXPECT_THAT(asked_.all()[0], HasSubstr("refresh_token=refresh0"));
    EXPECT_EQ(tokens.take_new_refresh_token().reveal(), "refresh1");
    EXPECT_TRUE(tokens.take_new_refresh_token().empty());
    tokens.forget();
    EXPECT_EQ(token(tokens).value().reveal(), "access2");
    EXPECT_THAT(asked_.all()[1], HasSubstr("refresh_token=refresh1"));
}

TEST_F(TokenSourceTest, KeepsATokenOfAnyLife) {
    for (const std::int64_t lifetime : {std::int64_t{30}, std::numeric_limits<std::int64_t>::max()}) {
        ScriptedPeer peer(endpoint(asked_, lifetime));
        auto tokens = source(peer.url("/token"));
        ASSERT_TRUE(token(tokens));
        ASSERT_TRUE(token(tokens));
        EXPECT_EQ(peer.accepted(), 1) << lifetime;
    }
}

TEST_F(TokenSourceTest, AsksAnewForATokenThatIsOver) {
    ScriptedPeer peer(endpoint(asked_, 1));
    auto tokens = source(peer.url("/token"));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    std::string last(token(tokens).value().reveal());
    while (last == "access1" && std::chrono::steady_clock::now() < until) {
        last = token(tokens).value().reveal();
    }
    EXPECT_EQ(last, "access2");
}

TEST_F(TokenSourceTest, SaysWhatIsWrongWithTheEndpoint) {
    auto closed = source("http://127.0.0.1:" + std::to_string(net::test::closed_port()) + "/token");
    EXPECT_EQ(token(closed).error().code, Errc::unavailable);
    auto open = source("http://login.example/token");
    EXPECT_EQ(token(open).error().code, Errc::invalid);
}

}  // namespace
}  // namespace lupaus::oauth
