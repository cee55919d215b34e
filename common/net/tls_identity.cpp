#include "common/net/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/stat.h>

#include <ctime>
#include <string_view>

namespace lupaus::net {

namespace {

constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kProtocols[] = "\x08http/1.1";

std::string last_reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "cannot be used" : reason;
}

Error wrong(const std::filesystem::path& file, std::string_view what) {
    return Error{.code = Errc::invalid, .detail = file.string() + " " + std::string(what) + ": " + last_reason()};
}

// Tells one state of a file from another, also behind a symbolic link.
std::string stamp(const std::filesystem::path& file) {
    struct stat seen{};
    if (::stat(file.c_str(), &seen) != 0) {
        return "-";
    }
    return std::to_string(seen.st_ino) + ":" + std::to_string(seen.st_size) + ":" +
           std::to_string(seen.st_mtim.tv_sec) + "." + std::to_string(seen.st_mtim.tv_nsec);
}

// A client that offers only protocols which are not spoken here is told so in the handshake.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    unsigned char* found = nullptr;
    const auto outcome = SSL_select_next_proto(&found, size, kProtocols, sizeof(kProtocols) - 1, offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<SSL_CTX> make_context() {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context) {
        return context;
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Idle connections are many: they keep no record buffers. Writes are repeated from wherever the bytes are by then.
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets need none
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    return context;
}

}  // namespace

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(TlsFiles files) {
    std::shared_ptr<TlsIdentity> identity(new TlsIdentity(std::move(files)));
    if (const auto loaded = identity->refresh(); !loaded) {
        return loaded.error();
    }
    return identity;
}

Result<bool> TlsIdentity::refresh() {
    auto now = stamp(files_.certificate) + " " + stamp(files_.key);
    if (now == seen_) {
        return false;
    }
    seen_ = std::move(now);
    if (const auto read_well = read(); !read_well) {
        return read_well.error();
    }
    return true;
}

Result<void> TlsIdentity::read() {
    ERR_clear_error();
    auto context = make_context();
    if (!context) {
        return Error{.code = Errc::internal, .detail = "OpenSSL has no TLS: " + last_reason()};
    }
    if (SSL_CTX_use_certificate_chain_file(context.get(), files_.certificate.c_str()) != 1) {
        return wrong(files_.certificate, "is not a certificate chain in PEM");
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), files_.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return wrong(files_.key, "is not the certificate's private key in PEM");
    }
    std::tm ends{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get())), &ends) != 1) {
        return wrong(files_.certificate, "does not say when it ends");
    }
    ends_at_ = std::chrono::sys_seconds(std::chrono::seconds(::timegm(&ends)));
    context_ = std::move(context);
    return {};
}

}  // namespace lupaus::net
