// One answer without an end: Server-Sent Events on a chunked body. write() and wait_closed() may run at the same time
// from two coroutines of the I/O thread, each only once. Source: WHATWG HTML, section 9.2; RFC 9112, section 7.1.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace lupaus::net {

class EventStream {
public:
    virtual ~EventStream() = default;

    // Bytes in event-stream syntax, see format_event(). False: the peer is gone, too slow, or the server stops.
    virtual boost::asio::awaitable<bool> write(std::string bytes) = 0;
    virtual boost::asio::awaitable<void> wait_closed() = 0;  // until the peer is gone or the server stops
    virtual void cut() = 0;                                  // ends the connection at once
};

// "id: 7\nevent: message\ndata: {...}\n\n"; empty id and event are left out, every line of data gets its prefix.
std::string format_event(std::string_view id, std::string_view event, std::string_view data);

}  // namespace lupaus::net
