#include "common/net/http_client.hpp"

#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"
#include "tests/integration/net/tls_material.hpp"

#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <unistd.h>

#include <filesystem>
#include <memory>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;

// Answers one request per connection over TLS; notes what came.
ScriptedPeer::Script tls_script(const Identity& identity, Notes& notes, int version_max = TLS1_3_VERSION) {
    return [&identity, &notes, version_max](PeerConnection& connection) {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                        &SSL_CTX_free);
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), version_max);
        SSL_CTX_use_certificate(context.get(), identity.certificate());
        SSL_CTX_use_PrivateKey(context.get(), identity.key());
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
        SSL_set_fd(ssl.get(), connection.handle());
        if (SSL_accept(ssl.get()) != 1) {
            notes.add("no handshake");
            return;
        }
        char request[4096];
        const int count = SSL_read(ssl.get(), request, sizeof(request));
        const auto* server_name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
        notes.add(count > 0 ? "request for " + std::string(server_name == nullptr ? "nobody" : server_name)
                            : "nothing");
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(ssl.get());
    };
}

class HttpClientTlsTest : public ::testing::Test {
protected:
    HttpClientTlsTest() {
        ca_file_ = std::filesystem::temp_directory_path() / ("lupaus_tls_test_" + std::to_string(::getpid()) + ".pem");
    }

    ~HttpClientTlsTest() override { std::filesystem::remove(ca_file_); }

    ClientResult call(const ScriptedPeer& peer, const std::string& host, const Identity* trusted) {
        HttpClientOptions options;
        if (trusted != nullptr) {
            trusted->save_certificate(ca_file_);
            options.ca_file = ca_file_;
        }
        UrlGuard guard({parse_cidr("127.0.0.0/8").value(), parse_cidr("::1").value()});
        auto client = std::make_unique<HttpClient>(io_.context().get_executor(), guard, options);
        ClientRequest request{.url = "https://" + host + ":" + std::to_string(peer.port()) + "/", .body = "secret"};
        auto result = io_.run(client->send(std::move(request)));
        io_.drop(std::move(client));
        return result;
    }

    IoThread io_;
    Notes notes_;
    std::filesystem::path ca_file_;
};

TEST_F(HttpClientTlsTest, CallsATrustedHostByName) {
    const Identity identity("DNS:localhost");
    ScriptedPeer peer(tls_script(identity, notes_));
    const auto result = call(peer, "localhost", &identity);
    EXPECT_EQ(result.stage, ClientStage::answered) << result.detail;
    EXPECT_EQ(result.response.body, "ok");
    EXPECT_TRUE(notes_.wait_for("request for localhost"));
}

TEST_F(HttpClientTlsTest, CallsATrustedHostByAddress) {
    const Identity identity("IP:127.0.0.1");
    ScriptedPeer peer(tls_script(identity, notes_));
    EXPECT_EQ(call(peer, "127.0.0.1", &identity).stage, ClientStage::answered);
    EXPECT_TRUE(notes_.wait_for("request for nobody"));
}

TEST_F(HttpClientTlsTest, SendsNothingToHostsThatCannotProveWhoTheyAre) {
    const Identity good("DNS:localhost");
    const Identity other("DNS:other.example");
    const Identity expired("DNS:localhost", -7200, -3600);
    const Identity early("DNS:localhost", 3600, 7200);

    struct Case {
        const char* name;
        const Identity* identity;
        const Identity* trusted;
    };

    for (const auto& [name, identity, trusted] : {
             Case{"untrusted", &good, nullptr},
             Case{"another's certificate", &good, &other},
             Case{"wrong host", &other, &other},
             Case{"expired", &expired, &expired},
             Case{"not yet valid", &early, &early},
         }) {
        Notes notes;
        ScriptedPeer peer(tls_script(*identity, notes));
        const auto result = call(peer, "localhost", trusted);
        EXPECT_EQ(result.stage, ClientStage::not_sent) << name;
        EXPECT_EQ(result.failure, ClientFailure::tls) << name << result.detail;
        EXPECT_EQ(notes.count("request for localhost"), 0U) << name;
    }
}

TEST_F(HttpClientTlsTest, RefusesOldVersions) {
    const Identity identity("DNS:localhost");
    ScriptedPeer old(tls_script(identity, notes_, TLS1_1_VERSION));
    EXPECT_EQ(call(old, "localhost", &identity).failure, ClientFailure::tls);
    ScriptedPeer recent(tls_script(identity, notes_, TLS1_2_VERSION));
    EXPECT_EQ(call(recent, "localhost", &identity).stage, ClientStage::answered);
}

TEST_F(HttpClientTlsTest, SendsNothingToAPlainServer) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        connection.wait_for_end();
    });
    const Identity identity("DNS:localhost");
    const auto result = call(peer, "localhost", &identity);
    EXPECT_EQ(result.stage, ClientStage::not_sent);
    EXPECT_EQ(result.failure, ClientFailure::tls);
}

}  // namespace
}  // namespace lupaus::net::test
