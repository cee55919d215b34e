// One WebSocket connection of the server. read() and write() may run at the same time from two coroutines of the I/O
// thread, but each only once. The peer is pinged while it is silent and cut when it stays so, or when one write takes
// longer than the server's write wait. Nothing here throws for a peer that went away. Source: RFC 6455.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::net {

class WebSocket {
public:
    using Message = std::shared_ptr<const std::string>;  // text; shared by all connections that get it

    static constexpr std::uint16_t kNormal = 1000;
    static constexpr std::uint16_t kGoingAway = 1001;
    static constexpr std::uint16_t kPolicyViolation = 1008;
    static constexpr std::uint16_t kTryAgainLater = 1013;

    virtual ~WebSocket() = default;

    // The next text message; nothing when the connection is over (closed, gone, cut, a binary or too large message).
    virtual boost::asio::awaitable<std::optional<std::string>> read() = 0;

    // Returns when the messages are in the kernel's hands, in one system call where they fit; false: it is over.
    virtual boost::asio::awaitable<bool> write(Message message) = 0;
    virtual boost::asio::awaitable<bool> write(std::vector<Message> messages) = 0;

    // Says goodbye and waits for the peer's goodbye for a bounded time. Nothing may be written after it.
    virtual boost::asio::awaitable<void> close(std::uint16_t code, std::string reason) = 0;

    virtual void cut() = 0;  // ends the connection at once; read() and write() return
};

}  // namespace lupaus::net
