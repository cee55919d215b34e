// An answer whose body is asked for while it is sent.
#include "common/net/http_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

namespace lupaus::net {

namespace asio = boost::asio;

// How many bytes of the parts were sent. Whatever is missing, the peer was promised it, and the connection ends.
asio::awaitable<std::uint64_t> HttpConnection::send_parts(Response& response) {
    output_.clear();
    std::uint64_t sent = 0;
    std::exception_ptr failure;
    try {
        bool is_going = sent < response.parts_size;
        while (is_going) {
            const auto part = co_await response.next_part();
            is_going = !part.empty() && part.size() <= response.parts_size - sent;
            if (is_going) {
                is_going = co_await send(asio::buffer(part));
                sent += is_going ? part.size() : 0;
            }
            is_going = is_going && sent < response.parts_size;
        }
    } catch (...) {
        failure = std::current_exception();
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (failure && cancellation.cancelled() == asio::cancellation_type::none) {
        describe(core_->hooks, failure, exchange_.request_id);
        core_->report_cut("body");
    }
    co_return sent;
}

}  // namespace lupaus::net
