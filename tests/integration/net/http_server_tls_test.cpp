#include "common/net/http_client.hpp"
#include "common/net/http_server.hpp"
#include "common/net/tls_identity.hpp"
#include "tests/integration/net/raw_client.hpp"
#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/tls_material.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kLargeBytes = 3 * 1024 * 1024;

// The first two bytes of a handshake record: the rest is awaited.
constexpr std::string_view kBegunHandshake("\x16\x03", 2);

asio::awaitable<Response> answer_hello(Request) {
    co_return text_response(200, "hello");
}

asio::awaitable<Response> answer_echo(Request request) {
    co_return text_response(200, std::move(request.body));
}

class HttpServerTlsTest : public ::testing::Test {
protected:
    HttpServerTlsTest() {
        folder_ = std::filesystem::temp_directory_path() / ("lupaus_server_tls_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        save(identity_);
    }

    ~HttpServerTlsTest() override { std::filesystem::remove_all(folder_); }

    void save(const Identity& identity) const {
        identity.save_certificate(files().certificate);
        identity.save_key(files().key);
    }

    TlsFiles files() const { return {.certificate = folder_ / "chain.pem", .key = folder_ / "key.pem"}; }

    RunningServer& start(HttpServerOptions options = {}) {
        tls_ = TlsIdentity::load(files()).value();
        options.tls = tls_;
        RouteTable table;
        add(table, "GET", "/hello", answer_hello);
        add(table, "POST", "/echo", answer_echo, kLargeBytes);
        server_.emplace(std::move(table), options, hooks_into(notes_));
        return *server_;
    }

    // With a client that trusts only `trusted`.
    ClientResult call(const Identity& trusted, const std::string& body = "") {
        const auto ca_file = folder_ / "ca.pem";
        trusted.save_certificate(ca_file);
        HttpClientOptions options;
        options.ca_file = ca_file;
        options.response_bytes_max = kLargeBytes;
        auto client = std::make_unique<HttpClient>(io_.context().get_executor(),
                                                   UrlGuard({parse_cidr("127.0.0.0/8").value()}), options);
        ClientRequest request;
        request.url = "https://localhost:" + std::to_string(server_->port()) + "/echo";
        request.body = body;
        auto result = io_.run(client->send(std::move(request)));
        io_.drop(std::move(client));
        return result;
    }

    const Identity identity_{"DNS:localhost"};
    std::filesystem::path folder_;
    Notes notes_;
    IoThread io_;
    std::shared_ptr<TlsIdentity> tls_;
    std::optional<RunningServer> server_;
};

TEST_F(HttpServerTlsTest, CarriesLargeBodiesBothWays) {
    start();
    std::string body(kLargeBytes, 'a');
    for (std::size_t i = 0; i < body.size(); i += 4093) {
        body[i] = static_cast<char>('b' + i % 20);
    }
    const auto result = call(identity_, body);
    ASSERT_EQ(result.stage, ClientStage::answered) << result.detail;
    EXPECT_EQ(result.response.status, 200);
    EXPECT_EQ(result.response.body, body);
}

TEST_F(HttpServerTlsTest, TellsPlainHttpInTheClear) {
    start();
    RawClient client(server_->port());
    client.send(get("/hello"));
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("https"), std::string::npos) << reply.body;
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.is_ended());
    EXPECT_TRUE(notes_.wait_for("cut: handshake"));
}

TEST_F(HttpServerTlsTest, EndsWhatIsNeitherTlsNorHttp) {
    start();
    RawClient client(server_->port());
    client.send("EHLO desk.example\r\n");
    client.read_to_end();
    EXPECT_TRUE(notes_.wait_for("cut: handshake"));
    EXPECT_EQ(call(identity_, "still here").response.body, "still here");
}

TEST_F(HttpServerTlsTest, CutsASlowHandshakeThatHoldsUpNobody) {
    start({.header_wait = 400ms});
    RawClient silent(server_->port());
    RawClient slow(server_->port());
    slow.send(kBegunHandshake);
    EXPECT_EQ(call(identity_, "meanwhile").response.body, "meanwhile");
    EXPECT_EQ(notes_.count("cut: handshake wait"), 0U) << "others were served before the slow ones were cut";
    EXPECT_TRUE(silent.is_ended());
    EXPECT_TRUE(slow.is_ended());
    EXPECT_TRUE(notes_.wait_for("cut: handshake wait", 2));
}

TEST_F(HttpServerTlsTest, StopsWithHandshakesUnderWay) {
    start();
    RawClient slow(server_->port());
    slow.send(kBegunHandshake);
    server_->stop();
    EXPECT_TRUE(slow.is_ended());
}

TEST_F(HttpServerTlsTest, ShowsANewCertificateToNewConnections) {
    start();
    EXPECT_FALSE(tls_->refresh().value()) << "nothing has changed";
    const Identity renewed("DNS:localhost");
    renewed.save_certificate(files().certificate);
    const auto half_done = tls_->refresh();
    ASSERT_TRUE(half_done.has_error()) << "the key is still the old one's";
    EXPECT_NE(half_done.error().detail.find("key.pem"), std::string::npos) << half_done.error().detail;
    EXPECT_FALSE(tls_->refresh().value()) << "complained once";
    EXPECT_EQ(call(identity_, "old").response.body, "old");
    save(renewed);
    EXPECT_TRUE(tls_->refresh().value());
    EXPECT_EQ(call(renewed, "new").response.body, "new");
    EXPECT_EQ(call(identity_, "old").failure, ClientFailure::tls);
}

TEST_F(HttpServerTlsTest, NamesTheFileThatIsWrong) {
    for (const auto* name : {"chain.pem", "key.pem"}) {
        save(identity_);
        std::filesystem::remove(folder_ / name);
        const auto loaded = TlsIdentity::load(files());
        ASSERT_TRUE(loaded.has_error());
        EXPECT_NE(loaded.error().detail.find(name), std::string::npos) << loaded.error().detail;
    }
}

TEST_F(HttpServerTlsTest, KnowsWhenItEnds) {
    save(Identity("DNS:localhost", -60, 7200));
    const auto left = TlsIdentity::load(files()).value()->ends_at() - system_now();
    EXPECT_GT(left, 119min);
    EXPECT_LE(left, 120min);
}

}  // namespace
}  // namespace lupaus::net::test
