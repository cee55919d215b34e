// The certificate and key that a listener shows, from two PEM files, and everything else OpenSSL is told of its side:
// TLS 1.2 or newer, ciphers with forward secrecy, HTTP/1.1 by ALPN. Files that changed are read again by refresh();
// a pair that cannot be used leaves the old one in place. Lives on the I/O thread. Source: RFC 8446, 7301, 9325.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace lupaus::net {

struct TlsFiles {
    std::filesystem::path certificate;  // the chain, the server's own first
    std::filesystem::path key;
};

class TlsIdentity {
public:
    // Errors: invalid, naming the file and what is wrong with it.
    static Result<std::shared_ptr<TlsIdentity>> load(TlsFiles files);

    // Looks at the files' stamps. True: another pair is shown from now on, connections that are open keep theirs.
    // Errors: as load(), once for each state of the files.
    Result<bool> refresh();

    Timestamp ends_at() const { return ends_at_; }  // of the server's own certificate

    SSL_CTX* context() const { return context_.get(); }

private:
    explicit TlsIdentity(TlsFiles files) : files_(std::move(files)) {}

    Result<void> read();

    TlsFiles files_;
    std::string seen_;  // the stamps that were looked at last
    std::shared_ptr<SSL_CTX> context_;
    Timestamp ends_at_{};
};

}  // namespace lupaus::net
