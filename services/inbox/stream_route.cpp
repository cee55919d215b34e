#include "services/inbox/admission.hpp"
#include "services/inbox/query.hpp"
#include "services/inbox/stream.hpp"

#include "common/crypto/token.hpp"

#include <limits>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr NumberRule kCursor{.min = 0, .max = std::numeric_limits<std::int64_t>::max()};

// The header counts more: a browser that reconnects sends it with the address it had at first.
Result<std::optional<std::int64_t>> wanted_cursor(const net::Request& request) {
    if (const auto last = request.headers.find("Last-Event-ID")) {
        return read_number("Last-Event-ID", last, kCursor);
    }
    return read_number("cursor", request.query_value("cursor"), kCursor);
}

template <class Socket>
asio::awaitable<void> run_on(StreamHouse& house, StreamOpening opening, std::unique_ptr<Socket> socket) {
    return Stream::run(std::make_shared<Stream>(house, std::move(opening), make_wire(std::move(socket))));
}

net::Response as_websocket(StreamHouse& house, StreamOpening opening, const net::Request& request) {
    net::Response response;
    if (net::lists_token(request.headers.value_or("Sec-WebSocket-Protocol", ""), kStreamProtocol)) {
        response.headers.add("Sec-WebSocket-Protocol", kStreamProtocol);
    }
    response.websocket = [&house, opening = std::move(opening)](std::unique_ptr<net::WebSocket> socket) {
        return run_on(house, opening, std::move(socket));
    };
    return response;
}

net::Response as_event_stream(StreamHouse& house, StreamOpening opening) {
    net::Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    response.stream = [&house, opening = std::move(opening)](std::unique_ptr<net::EventStream> stream) {
        return run_on(house, opening, std::move(stream));
    };
    return response;
}

asio::awaitable<net::Response> open(StreamHouse& house, net::Request request) {
    auto principal = co_await house.gate.admit(request, kStreamScope, kStreamLeast);
    if (!principal) {
        co_return refuse(principal.error(), request);
    }
    const auto cursor = wanted_cursor(request);
    if (!cursor) {
        co_return refuse(cursor.error(), request);
    }
    StreamOpening opening{
        .token = crypto::token_hash(*bearer_token(request)), .principal = *std::move(principal), .cursor = *cursor};
    if (request.wants_websocket()) {
        co_return as_websocket(house, std::move(opening), request);
    }
    if (net::lists_token(request.headers.value_or("Accept", ""), "text/event-stream")) {
        co_return as_event_stream(house, std::move(opening));
    }
    co_return refuse(invalid_field("Accept", "must be text/event-stream, unless the request upgrades to a WebSocket"),
                     request);
}

}  // namespace

net::Route stream_route(StreamHouse& house) {
    return {.method = "GET", .pattern = "/v1/stream", .body_bytes_max = 0, .handler = [&house](net::Request request) {
                return open(house, std::move(request));
            }};
}

}  // namespace lupaus::inbox
