// A connection after its upgrade: the sessions behind WebSocket and EventStream. The server keeps the session, the
// handler gets a view of it, so a server that stops can still say goodbye. Lives on the I/O thread.
#pragma once

#include "common/net/event_stream.hpp"
#include "common/net/http.hpp"
#include "common/net/server_core.hpp"
#include "common/net/server_socket.hpp"
#include "common/net/websocket.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace lupaus::net {

// What the handshake needs of the request, kept because the request itself goes to the handler.
struct Upgrade {
    std::string key;
};

struct Takeover {
    std::shared_ptr<ServerCore> core;
    ServerSocket socket;
    std::string leftover;  // bytes that came behind the request
    std::string request_id;
    Headers headers;  // of the handler's response, e.g. Sec-WebSocket-Protocol
};

class TakeoverSession : public LiveConnection {
public:
    virtual ~TakeoverSession() = default;
    virtual boost::asio::awaitable<void> finish() = 0;  // after the handler: a goodbye if none was said
};

struct WebSocketOpening {
    std::shared_ptr<TakeoverSession> session;  // empty: the handshake failed
    std::unique_ptr<WebSocket> view;
};

struct EventStreamOpening {
    std::shared_ptr<TakeoverSession> session;
    std::unique_ptr<EventStream> view;
};

boost::asio::awaitable<WebSocketOpening> open_websocket(Takeover takeover, Upgrade upgrade);
EventStreamOpening open_event_stream(Takeover takeover, bool is_chunked);  // the head is written already

}  // namespace lupaus::net
