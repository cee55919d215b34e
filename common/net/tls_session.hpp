// The server's side of TLS on one non-blocking socket, without any waiting: every step does what it can at once and
// says what the socket has to become for it to go on. OpenSSL reads and writes the descriptor itself, so an idle
// connection holds no buffers. The descriptor must stay open as long as this exists. I/O thread.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/types.h>

#include <cstddef>
#include <memory>

namespace lupaus::net {

struct TlsStep {
    enum class Wants { nothing, readable, writable };

    Wants wants = Wants::nothing;       // wait for this and repeat the step
    std::size_t count = 0;              // bytes read or taken
    boost::system::error_code error{};  // eof: the peer said goodbye
    bool is_plain_http = false;         // of the handshake: somebody does not know that this port speaks TLS
};

class TlsSession {
public:
    TlsSession(SSL_CTX* context, int descriptor);

    TlsStep shake_hands();
    TlsStep read(boost::asio::mutable_buffer place);
    TlsStep write(boost::asio::const_buffer bytes);  // takes a part; repeat with the same bytes in front
    void say_goodbye();                              // nothing can be written after it

private:
    struct Release {
        void operator()(SSL* ssl) const;
    };

    TlsStep judge(int outcome, std::size_t count);

    std::unique_ptr<SSL, Release> ssl_;
    bool is_broken_ = false;
};

}  // namespace lupaus::net
