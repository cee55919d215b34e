#include "services/lupaus/bench/wire.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <stdexcept>

namespace lupaus::bench {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadSize = 16 * 1024;

std::size_t content_length(std::string_view head) {
    constexpr std::string_view kName = "Content-Length: ";
    const auto at = head.find(kName);
    std::size_t length = 0;
    if (at != std::string_view::npos) {
        std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
    }
    return length;
}

}  // namespace

asio::awaitable<void> Wire::connect(const Address& address) {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    co_await socket_.async_connect(endpoint, asio::use_awaitable);
    socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<void> Wire::need(std::size_t bytes) {
    while (buffer_.size() < bytes) {
        const auto had = buffer_.size();
        buffer_.resize(had + kReadSize);
        const auto room = asio::buffer(buffer_.data() + had, kReadSize);
        const auto got = co_await socket_.async_read_some(room, asio::use_awaitable);
        buffer_.resize(had + got);
    }
}

asio::awaitable<std::size_t> Wire::read_head() {
    auto end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
        co_await need(buffer_.size() + 1);
        end = buffer_.find("\r\n\r\n");
    }
    co_return end + 4;
}

asio::awaitable<int> Wire::exchange(std::string_view request) {
    const auto bytes = asio::buffer(request.data(), request.size());
    co_await asio::async_write(socket_, bytes, asio::use_awaitable);
    const auto head = co_await read_head();
    int status = 0;
    std::from_chars(buffer_.data() + 9, buffer_.data() + 12, status);
    const auto whole = head + content_length(std::string_view(buffer_).substr(0, head));
    co_await need(whole);
    buffer_.erase(0, whole);
    co_return status;
}

asio::awaitable<void> Wire::open_feed(std::string_view token) {
    const std::string request = "GET /v1/stream HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                "Authorization: Bearer " + std::string(token) + "\r\n\r\n";
    const auto bytes = asio::buffer(request);
    co_await asio::async_write(socket_, bytes, asio::use_awaitable);
    const auto head = co_await read_head();
    if (!buffer_.starts_with("HTTP/1.1 101")) {
        throw std::runtime_error("the feed was refused: " + buffer_.substr(0, head));
    }
    buffer_.erase(0, head);
}

asio::awaitable<std::string> Wire::read_text() {
    for (;;) {
        auto frame = co_await read_frame();
        if (frame.opcode == Opcode::close) {
            co_return std::string{};
        }
        if (frame.opcode != Opcode::ping) {
            co_return std::move(frame.payload);
        }
        co_await write_pong(frame.payload);
    }
}

// RFC 6455, section 5.2, as a server sends it.
asio::awaitable<Wire::Frame> Wire::read_frame() {
    co_await need(2);
    const auto opcode = static_cast<Opcode>(static_cast<unsigned char>(buffer_[0]) & 0x0fU);
    std::size_t size = static_cast<unsigned char>(buffer_[1]) & 0x7fU;
    std::size_t head = 2;
    const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extended > 0) {
        co_await need(head + extended);
        size = 0;
        for (std::size_t i = 0; i < extended; ++i) {
            size = size << 8U | static_cast<unsigned char>(buffer_[head + i]);
        }
        head += extended;
    }
    co_await need(head + size);
    Frame frame{.opcode = opcode, .payload = buffer_.substr(head, size)};
    buffer_.erase(0, head + size);
    co_return frame;
}

asio::awaitable<void> Wire::write_pong(std::string_view payload) {
    // A mask of zeros is a mask: the frame is what the standard asks of a client. A control frame has 125 bytes at most.
    constexpr auto kLastFrame = 0x80U;
    std::string frame{static_cast<char>(kLastFrame | static_cast<unsigned>(Opcode::pong)),
                      static_cast<char>(0x80U | payload.size()), '\0', '\0', '\0', '\0'};
    frame += payload;
    const auto bytes = asio::buffer(frame);
    co_await asio::async_write(socket_, bytes, asio::use_awaitable);
}

void Wire::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace lupaus::bench
