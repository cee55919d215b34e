// The two wire forms of a live stream, WebSocket and Server-Sent Events, behind one interface. read() and the others
// may run at the same time from two coroutines of the I/O thread.
#pragma once

#include "common/net/event_stream.hpp"
#include "common/net/websocket.hpp"
#include "services/inbox/backlog.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::inbox {

class StreamWire {
public:
    virtual ~StreamWire() = default;

    virtual boost::asio::awaitable<std::optional<std::string>> read() = 0;  // nothing: the stream is over

    // False: the stream is over.
    virtual boost::asio::awaitable<bool> greet(std::string type, std::int64_t cursor) = 0;  // hello or resync
    virtual boost::asio::awaitable<bool> complain(std::string detail) = 0;                  // about what was read
    virtual boost::asio::awaitable<bool> send(std::vector<FramePtr> frames) = 0;
    virtual boost::asio::awaitable<bool> keep_alive() = 0;  // nothing was sent for a while

    virtual boost::asio::awaitable<void> close(std::uint16_t code, std::string reason) = 0;
    virtual void cut() = 0;
};

std::unique_ptr<StreamWire> make_wire(std::unique_ptr<net::WebSocket> socket);
std::unique_ptr<StreamWire> make_wire(std::unique_ptr<net::EventStream> stream);

}  // namespace lupaus::inbox
