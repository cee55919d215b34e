#include "common/net/tls_session.hpp"

#include <boost/asio/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>

namespace lupaus::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kRecordBytesMax = 16 * 1024;  // RFC 8446, section 5.1

int descriptor_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool must_repeat() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would end the process.
int send_some(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
    BIO_clear_retry_flags(bio);
    const auto count = ::send(descriptor_of(bio), bytes, size, MSG_NOSIGNAL);
    *sent = count > 0 ? static_cast<std::size_t>(count) : 0;
    if (count < 0 && must_repeat()) {
        BIO_set_retry_write(bio);
    }
    return count > 0 ? 1 : 0;
}

int receive_some(BIO* bio, char* place, std::size_t size, std::size_t* received) {
    BIO_clear_retry_flags(bio);
    const auto count = ::recv(descriptor_of(bio), place, size, 0);
    *received = count > 0 ? static_cast<std::size_t>(count) : 0;
    if (count < 0 && must_repeat()) {
        BIO_set_retry_read(bio);
    }
    return count > 0 ? 1 : 0;
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
        if (made == nullptr) {
            throw std::bad_alloc();
        }
        BIO_meth_set_write_ex(made, send_some);
        BIO_meth_set_read_ex(made, receive_some);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

}  // namespace

void TlsSession::Release::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

TlsSession::TlsSession(SSL_CTX* context, int descriptor) : ssl_(SSL_new(context)) {
    BIO* bio = BIO_new(socket_method());
    if (!ssl_ || bio == nullptr) {
        BIO_free(bio);
        throw std::bad_alloc();
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

TlsStep TlsSession::shake_hands() {
    ERR_clear_error();
    return judge(SSL_do_handshake(ssl_.get()), 0);
}

TlsStep TlsSession::read(asio::mutable_buffer place) {
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_read_ex(ssl_.get(), place.data(), place.size(), &count);
    return judge(outcome, count);
}

TlsStep TlsSession::write(asio::const_buffer bytes) {
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), std::min(bytes.size(), kRecordBytesMax), &count);
    return judge(outcome, count);
}

void TlsSession::say_goodbye() {
    if (!is_broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // one try: who does not read does not hear it
        is_broken_ = true;
    }
}

TlsStep TlsSession::judge(int outcome, std::size_t count) {
    TlsStep step{.count = count};
    if (outcome == 1) {
        return step;
    }
    switch (SSL_get_error(ssl_.get(), outcome)) {
        case SSL_ERROR_WANT_READ:
            step.wants = TlsStep::Wants::readable;
            return step;
        case SSL_ERROR_WANT_WRITE:
            step.wants = TlsStep::Wants::writable;
            return step;
        case SSL_ERROR_ZERO_RETURN:
            step.error = asio::error::eof;
            return step;
        default:
            step.is_plain_http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
            step.error = asio::error::connection_reset;
            is_broken_ = true;  // OpenSSL forbids everything after such an error
            ERR_clear_error();
            return step;
    }
}

}  // namespace lupaus::net
