#include "common/net/http_client.hpp"

#include "tests/integration/net/running_server.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace lupaus::net::test {
namespace {

namespace asio = boost::asio;

// A fresh key and a certificate that signs itself, for the name given.
class Identity {
public:
    explicit Identity(const std::string& name, long valid_from_s = -60, long valid_to_s = 3600)
        : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
        auto* x509 = certificate_.get();
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), valid_from_s);
        X509_gmtime_adj(X509_getm_notAfter(x509), valid_to_s);
        X509_set_pubkey(x509, key_.get());
        auto* subject = X509_get_subject_name(x509);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                   0);
        X509_set_issuer_name(x509, subject);
        auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
        X509_add_ext(x509, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(x509, key_.get(), EVP_sha256());
    }

    void save_certificate(const std::filesystem::path& path) const {
        auto* file = std::fopen(path.c_str(), "w");
        ASSERT_NE(file, nullptr);
        PEM_write_X509(file, certificate_.get());
        std::fclose(file);
    }

    EVP_PKEY* key() const { return key_.get(); }

    X509* certificate() const { return certificate_.get(); }

private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

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
