// The least of HTTP/1.1 and WebSocket that a load generator needs: one keep-alive connection, no parser worth the name,
// so that the driver takes as little as it can of the machine it measures. Only for talking to our own server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lupaus::bench {

struct Address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8480;
};

class Wire {
public:
    explicit Wire(boost::asio::any_io_executor executor) : socket_(std::move(executor)) {}

    boost::asio::awaitable<void> connect(const Address& address);
    boost::asio::awaitable<int> exchange(std::string_view request);  // sends it whole; the status of the answer
    boost::asio::awaitable<std::string> read_text();                 // of a WebSocket, pings answered; "" when it ended
    boost::asio::awaitable<void> open_feed(std::string_view token);  // GET /v1/stream, upgraded
    void close();

private:
    enum class Opcode : std::uint8_t { close = 8, ping = 9, pong = 10 };  // those that are told apart here
    struct Frame {
        Opcode opcode;
        std::string payload;
    };

    boost::asio::awaitable<Frame> read_frame();
    boost::asio::awaitable<void> write_pong(std::string_view payload);
    boost::asio::awaitable<void> need(std::size_t bytes);
    boost::asio::awaitable<std::size_t> read_head();

    boost::asio::ip::tcp::socket socket_;
    std::string buffer_;
};

}  // namespace lupaus::bench
