// What a connection of the server talks through: the socket itself, or TLS on it. A plain one costs nothing more than
// its socket. At most one read and one write at a time; cancelling and closing go through next_layer(). I/O thread.
// Only for common/net's .cpp files.
#pragma once

#include "common/net/tls_session.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace lupaus::net {

enum class Handshake { done, failed, plain_http };

class ServerSocket {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using executor_type = Socket::executor_type;
    using next_layer_type = Socket;

    explicit ServerSocket(Socket socket) : socket_(std::move(socket)) {}

    executor_type get_executor() noexcept { return socket_.get_executor(); }

    Socket& next_layer() noexcept { return socket_; }

    const Socket& next_layer() const noexcept { return socket_; }

    bool is_open() const { return socket_.is_open(); }

    boost::asio::awaitable<Handshake> secure(SSL_CTX* context);  // once, before anything else
    void say_goodbye();                                          // of TLS; nothing is written after it
    void end_sending();                                          // goodbye and half-close: the peer may still send

    // What fits at once; would_block: nothing did.
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
        if (!tls_) {
            return socket_.write_some(buffers, error);
        }
        const auto step = is_open() ? write_tls(buffers) : TlsStep{.error = boost::asio::error::bad_descriptor};
        error = step.wants == TlsStep::Wants::nothing ? step.error : boost::asio::error::would_block;
        return step.count;
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (!tls_) {
            return socket_.async_read_some(buffers, std::forward<Token>(token));
        }
        const auto place = first_of<boost::asio::mutable_buffer>(buffers);
        auto read = [this, place] { return tls_->read(place); };
        return run_step(std::move(read), std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (!tls_) {
            return socket_.async_write_some(buffers, std::forward<Token>(token));
        }
        auto write = [this, buffers] { return write_tls(buffers); };
        return run_step(std::move(write), std::forward<Token>(token));
    }

private:
    static constexpr std::size_t kGatherBytes = 4 * 1024;

    template <class Buffer, class Buffers>
    static Buffer first_of(const Buffers& buffers) {
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers);
             ++at) {
            if (Buffer(*at).size() > 0) {
                return Buffer(*at);
            }
        }
        return {};
    }

    // A head and a small body go in one record; a large buffer in front goes as it is.
    template <class Buffers>
    TlsStep write_tls(const Buffers& buffers) {
        const auto first = first_of<boost::asio::const_buffer>(buffers);
        const auto all = boost::asio::buffer_size(buffers);
        if (first.size() >= kGatherBytes || first.size() == all) {
            return tls_->write(first);
        }
        std::array<char, kGatherBytes> block;
        const auto size = boost::asio::buffer_copy(boost::asio::buffer(block), buffers);
        return tls_->write(boost::asio::buffer(block.data(), size));
    }

    // Repeats a step of TLS as often as the socket has to be waited for.
    template <class Try>
    struct Operation {
        Socket& socket;
        Try attempt;
        bool is_begun = false;

        template <class Self>
        void operator()(Self& self, boost::system::error_code error = {}) {
            const bool is_first = !std::exchange(is_begun, true);
            if (!error && !socket.is_open()) {  // its descriptor may be another connection's by now
                error = boost::asio::error::bad_descriptor;
            }
            const auto step = error ? TlsStep{.error = error} : attempt();
            if (step.wants != TlsStep::Wants::nothing) {
                const bool is_read = step.wants == TlsStep::Wants::readable;
                socket.async_wait(is_read ? Socket::wait_read : Socket::wait_write, std::move(self));
            } else if (is_first) {
                const auto executor = socket.get_executor();
                boost::asio::post(executor,
                                  [self = std::move(self), step]() mutable { self.complete(step.error, step.count); });
            } else {
                self.complete(step.error, step.count);
            }
        }
    };

    template <class Try, class Token>
    auto run_step(Try attempt, Token&& token) {
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            Operation<Try>{socket_, std::move(attempt)}, token, socket_);
    }

    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace lupaus::net
