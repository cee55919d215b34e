// The transport under Beast's WebSocket. Beast reads, answers pings, pings and closes; the text frames that the server
// sends are written here, past Beast, because Beast writes one frame per system call and per trip through the
// scheduler. Both kinds of writes take turns, so that no frame lands inside another.
// Only for common/net's .cpp files: needs Beast. Lives on the I/O thread.
#pragma once

#include "common/net/server_socket.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace lupaus::net {

class SharedSocket {
public:
    using Socket = ServerSocket;
    using executor_type = Socket::executor_type;
    using next_layer_type = Socket;

    SharedSocket(Socket socket, std::string leftover)
        : state_(std::make_shared<State>(std::move(socket), std::move(leftover))) {}

    ~SharedSocket() {
        if (state_) {
            boost::system::error_code ignored;
            state_->socket.next_layer().close(ignored);
        }
    }

    SharedSocket(SharedSocket&&) noexcept = default;
    SharedSocket& operator=(SharedSocket&&) noexcept = default;

    executor_type get_executor() noexcept { return state_->socket.get_executor(); }

    Socket& next_layer() noexcept { return state_->socket; }

    const Socket& next_layer() const noexcept { return state_->socket; }

    void watch_for_close() { state_->is_open = true; }  // after the handshake, whose bytes are no frames

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            Read<Buffers>{state_, buffers}, token, state_->socket);
    }

    // Beast's own writes: the handshake and control frames. Writes all of it, since a turn ends with the frame.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            Write<Buffers>{state_, buffers}, token, state_->socket);
    }

    // One or more whole frames; the bytes must stay until it returns. False: they may not or could not be sent.
    boost::asio::awaitable<bool> write_frames(boost::asio::const_buffer frames) {
        const auto state = state_;
        boost::system::error_code error;
        while (state->is_busy) {
            co_await state->turn.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
        }
        if (state->is_close_sent) {
            co_return false;
        }
        error = {};
        const auto sent = state->socket.write_some(frames, error);
        if (error == boost::asio::error::would_block) {
            error = {};
        }
        if (!error && sent < frames.size()) {
            state->is_busy = true;
            const auto rest = frames + sent;
            co_await boost::asio::async_write(state->socket, rest,
                                              boost::asio::redirect_error(boost::asio::use_awaitable, error));
            state->end_turn();
        }
        co_return !error;
    }

private:
    static constexpr unsigned char kCloseFrame = 0x88;  // final, opcode 8

    // Shared with the operations, which Beast may leave behind when the stream is destroyed.
    struct State {
        State(Socket s, std::string bytes)
            : socket(std::move(s)), turn(socket.get_executor()), leftover(std::move(bytes)) {
            turn.expires_at(boost::asio::steady_timer::time_point::max());
        }

        void end_turn() {
            is_busy = false;
            turn.cancel();
        }

        Socket socket;
        boost::asio::steady_timer turn;  // never expires; cancelling it wakes whoever waits for the turn
        std::string leftover;            // was read by the HTTP side and comes first
        bool is_busy = false;
        bool is_open = false;
        bool is_close_sent = false;  // no data may follow a close frame (RFC 6455, section 5.5.1)
    };

    template <class Buffers>
    struct Read {
        std::shared_ptr<State> state;
        Buffers buffers;
        bool is_begun = false;

        template <class Self>
        void operator()(Self& self, boost::system::error_code error = {}, std::size_t count = 0) {
            if (is_begun) {
                self.complete(error, count);
                return;
            }
            is_begun = true;
            auto& bytes = state->leftover;
            if (bytes.empty()) {
                const auto all = buffers;  // ours move away with self
                state->socket.async_read_some(all, std::move(self));
                return;
            }
            const auto copied = boost::asio::buffer_copy(buffers, boost::asio::buffer(bytes));
            bytes.erase(0, copied);
            const auto executor = state->socket.get_executor();
            boost::asio::post(executor, [self = std::move(self), copied]() mutable {
                self.complete(boost::system::error_code{}, copied);
            });
        }
    };

    template <class Buffers>
    struct Write {
        std::shared_ptr<State> state;
        Buffers buffers;
        bool is_writing = false;

        template <class Self>
        void operator()(Self& self, boost::system::error_code error = {}, std::size_t count = 0) {
            auto& shared = *state;
            if (is_writing) {
                shared.end_turn();
                self.complete(error, count);
            } else if (shared.is_busy) {
                shared.turn.async_wait(std::move(self));
            } else {
                is_writing = true;
                shared.is_busy = true;
                unsigned char first = 0;
                boost::asio::buffer_copy(boost::asio::buffer(&first, 1), buffers);
                shared.is_close_sent = shared.is_close_sent || (shared.is_open && first == kCloseFrame);
                const auto all = buffers;
                boost::asio::async_write(shared.socket, all, std::move(self));
            }
        }
    };

    std::shared_ptr<State> state_;
};

template <class Handler>
void async_teardown(boost::beast::role_type role, SharedSocket& socket, Handler&& handler) {
    auto& secured = socket.next_layer();
    secured.say_goodbye();
    boost::beast::websocket::async_teardown(role, secured.next_layer(), std::forward<Handler>(handler));
}

}  // namespace lupaus::net
