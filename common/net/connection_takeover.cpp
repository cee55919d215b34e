// The two ways a handler can keep a connection for itself.
#include "common/net/http_connection.hpp"
#include "common/net/response_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;

namespace {

constexpr int kSwitchingProtocols = 101;

}  // namespace

asio::awaitable<void> HttpConnection::take_over_websocket(Response response) {
    auto opening = co_await open_websocket(take_socket(std::move(response.headers)), *std::move(exchange_.upgrade));
    if (!opening.session) {
        co_return;
    }
    report(kSwitchingProtocols, 0);
    if (core_->is_stopping) {
        opening.session->server_stops();
    }
    co_await run_guarded(response.websocket(std::move(opening.view)));
    co_await opening.session->finish();
}

asio::awaitable<void> HttpConnection::take_over_stream(Response response) {
    const bool is_chunked = parser_.is_http_1_1();
    output_.clear();
    append_head(output_, response,
                {.date = core_->date,
                 .request_id = exchange_.request_id,
                 .keeps_alive = false,
                 .is_http_1_1 = is_chunked,
                 .is_stream = true});
    const bool is_sent = co_await send(asio::const_buffer());
    report(response.status, output_.size());
    if (!is_sent || exchange_.method == Method::head) {
        co_return;
    }
    auto opening = open_event_stream(take_socket(std::move(response.headers)), is_chunked);
    if (core_->is_stopping) {
        opening.session->server_stops();
    }
    co_await run_guarded(response.stream(std::move(opening.view)));
    co_await opening.session->finish();
}

// The handler's coroutine must not take the connection's with it: what it throws is reported, then the stream ends.
asio::awaitable<void> HttpConnection::run_guarded(asio::awaitable<void> stream) {
    std::exception_ptr failure;
    try {
        co_await std::move(stream);
    } catch (...) {
        failure = std::current_exception();
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (failure && cancellation.cancelled() == asio::cancellation_type::none) {
        describe(core_->hooks, failure, exchange_.request_id);
    }
}

Takeover HttpConnection::take_socket(Headers headers) {
    must_linger_ = false;
    Takeover takeover{.core = core_,
                      .socket = std::move(socket_),
                      .leftover = std::string(input_.unread()),
                      .request_id = exchange_.request_id,
                      .headers = std::move(headers)};
    input_ = {};  // nothing is read here any more, and what was taken over may be idle for hours
    return takeover;
}

}  // namespace lupaus::net
