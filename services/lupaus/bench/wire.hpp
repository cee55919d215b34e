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
    boost::asio::awaitable<std::string> read_frame();                // of a WebSocket, unmasked text; "" when it ended
    boost::asio::awaitable<void> open_feed(std::string_view token);  // GET /v1/stream, upgraded
    boost::asio::awaitable<void> write_text(std::string_view text);  // a masked frame, at most 125 bytes
    void close();

private:
    boost::asio::awaitable<void> need(std::size_t bytes);
    boost::asio::awaitable<std::size_t> read_head();

    boost::asio::ip::tcp::socket socket_;
    std::string buffer_;
};

}  // namespace lupaus::bench
