#include "common/net/server_socket.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lupaus::net {

namespace asio = boost::asio;
using boost::system::error_code;

asio::awaitable<Handshake> ServerSocket::secure(SSL_CTX* context) {
    tls_ = std::make_unique<TlsSession>(context, socket_.native_handle());
    TlsStep step = tls_->shake_hands();
    error_code error;
    while (step.wants != TlsStep::Wants::nothing && !error) {
        const auto event = step.wants == TlsStep::Wants::readable ? Socket::wait_read : Socket::wait_write;
        co_await socket_.async_wait(event, asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            step = tls_->shake_hands();
        }
    }
    if (!error && !step.error) {
        co_return Handshake::done;
    }
    tls_.reset();  // what may still be said is said in the clear
    co_return step.is_plain_http ? Handshake::plain_http : Handshake::failed;
}

void ServerSocket::say_goodbye() {
    if (tls_ && is_open()) {
        tls_->say_goodbye();
    }
}

void ServerSocket::end_sending() {
    say_goodbye();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace lupaus::net
