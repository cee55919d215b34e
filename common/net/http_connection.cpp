#include "common/net/http_connection.hpp"

#include "common/base/uuid.hpp"
#include "common/net/client_address.hpp"
#include "common/net/problem.hpp"
#include "common/net/response_head.hpp"
#include "common/net/tls_identity.hpp"

#include <boost/asio/completion_condition.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace lupaus::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kUnroutedBodyBytesMax = 64 * 1024;  // read and dropped, so that a 404 keeps the connection
constexpr std::size_t kRequestIdBytesMax = 64;
constexpr std::chrono::seconds kLingerWait{2};

// A wait for a body is for so many bytes of it, so that a large body on a slow line is not cut while it moves.
constexpr std::size_t kPaceBytes = 256 * 1024;

// A caller's id goes into logs, so it is taken only when it cannot be mistaken for anything else there.
bool is_decent_request_id(std::string_view id) {
    return !id.empty() && id.size() <= kRequestIdBytesMax && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    });
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      deadline_(core_->wheel,
                [this] {
                    is_expired_ = true;
                    error_code ignored;
                    socket_.next_layer().cancel(ignored);
                }),
      registration_(*core_, *this),
      parser_(core_->options.header_bytes_max),
      body_share_(core_->bodies) {
    error_code error;
    const auto endpoint = socket_.next_layer().remote_endpoint(error);
    if (!error) {
        peer_ = unmapped(endpoint.address());
        peer_text_ = peer_.to_string();
        is_peer_trusted_ = contains(core_->options.trusted_proxies, peer_);
    }
}

void HttpConnection::server_stops() {
    if (is_waiting_for_request_) {
        cut_now();
    }
}

void HttpConnection::cut_now() {
    error_code ignored;
    socket_.next_layer().close(ignored);
}

asio::awaitable<void> HttpConnection::run() {
    bool is_open = true;
    if (core_->options.tls) {
        is_open = co_await shake_hands();
    }
    while (is_open) {
        is_open = co_await serve();
    }
    socket_.say_goodbye();
    if (must_linger_ && socket_.is_open()) {
        co_await linger();
    }
}

// Whoever speaks plain HTTP here is told so in the clear, before the end.
asio::awaitable<bool> HttpConnection::shake_hands() {
    is_waiting_for_request_ = true;
    expect_within(core_->options.header_wait);
    const auto outcome = co_await socket_.secure(core_->options.tls->context());
    deadline_.clear();
    if (outcome == Handshake::done) {
        co_return true;
    }
    core_->report_cut(is_expired_ ? "handshake wait" : "handshake");
    must_linger_ = !is_expired_;
    if (outcome == Handshake::plain_http) {
        begin_exchange();
        identify();
        auto answer = protocol_problem(400, "This port speaks TLS: ask with https.", exchange_.request_id);
        co_await respond_and_close(std::move(answer));
    }
    co_return false;
}

asio::awaitable<bool> HttpConnection::serve() {
    begin_exchange();
    const auto header = co_await read_header();
    if (header == Progress::need_more) {
        co_return false;
    }
    identify();
    if (header == Progress::refused) {
        auto answer = is_expired_ ? refuse_slow("header") : refuse_by_parser();
        co_return co_await respond_and_close(std::move(answer));
    }
    exchange_.match = core_->routes.match(exchange_.method, exchange_.request.path());
    exchange_.request.params = std::move(exchange_.match.params);
    auto refusal = refuse_unrouted();
    const auto* route = exchange_.match.route;
    const auto limit = route == nullptr ? kUnroutedBodyBytesMax : route->body_bytes_max;
    parser_.limit_body(limit);
    const auto expectation = exchange_.request.headers.find("Expect");
    const auto length = parser_.content_length().value_or(0);
    const bool must_not_come = length > limit || !core_->bodies.has_room(length);
    if (!refusal && length > limit) {
        refusal = problem(
            Error{.code = Errc::too_large, .detail = "The body may have " + std::to_string(limit) + " bytes here."},
            exchange_.request_id);
    } else if (!refusal && must_not_come) {
        refusal = refuse_crowded();
    }
    if (!refusal && expectation && !equals_ignoring_case(*expectation, "100-continue")) {
        refusal = protocol_problem(417, "Only 100-continue can be expected.", exchange_.request_id);
    }
    if (refusal && (must_not_come || expectation)) {
        co_return co_await respond_and_close(*std::move(refusal));
    }
    if (parser_.has_body()) {
        const auto body = co_await read_body();
        if (body == Progress::need_more) {
            co_return false;
        }
        if (body == Progress::refused && !refusal) {
            refusal = is_expired_ ? refuse_slow("body") : is_crowded_ ? refuse_crowded() : refuse_by_parser();
        }
        if (body == Progress::refused) {
            co_return co_await respond_and_close(*std::move(refusal));
        }
    }
    if (refusal) {
        co_return co_await respond(*std::move(refusal));
    }
    auto response = co_await call_handler();
    co_return co_await respond(std::move(response));
}

// Returns need_more when the peer is gone, refused when it is malformed or too slow.
asio::awaitable<Progress> HttpConnection::read_header() {
    is_waiting_for_request_ = input_.empty();
    if (is_waiting_for_request_ && core_->is_stopping) {
        co_return Progress::need_more;
    }
    expect_within(is_first_ || !input_.empty() ? core_->options.header_wait : core_->options.idle_wait);
    while (true) {
        if (!input_.empty()) {
            std::size_t used = 0;
            const auto progress = parser_.put(input_.unread(), used);
            input_.consume(used);
            if (progress != Progress::need_more) {
                deadline_.clear();
                co_return progress;
            }
        }
        input_.make_room(input_.free_size() == 0 ? std::max(ReadBuffer::kSmall, input_.capacity() * 2) : 0);
        const bool has_more = co_await read_more();
        if (!has_more) {
            deadline_.clear();
            if (is_expired_ && is_waiting_for_request_) {
                core_->report_cut(is_first_ ? "header wait" : "idle");
                co_return Progress::need_more;
            }
            co_return is_expired_ ? Progress::refused : Progress::need_more;
        }
        if (is_waiting_for_request_) {
            is_waiting_for_request_ = false;
            if (!is_first_) {
                expect_within(core_->options.header_wait);
            }
        }
    }
}

asio::awaitable<Progress> HttpConnection::read_body() {
    if (exchange_.request.headers.find("Expect") && input_.empty()) {
        output_ = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool is_sent = co_await send(asio::const_buffer());
        if (!is_sent) {
            co_return Progress::need_more;
        }
    }
    expect_within(core_->options.body_wait);
    Progress progress = Progress::need_more;
    std::size_t paced = kPaceBytes;
    bool has_more = true;
    while (progress == Progress::need_more && has_more) {
        std::size_t used = 0;
        progress = parser_.put(input_.unread(), used);
        input_.consume(used);
        is_crowded_ = !body_share_.grow_to(exchange_.request.body.size());
        if (is_crowded_) {
            progress = Progress::refused;
        }
        if (progress == Progress::need_more) {
            if (input_.size() >= ReadBuffer::kLarge) {
                progress = Progress::refused;  // a chunk header or trailer without an end
                break;
            }
            if (exchange_.request.body.size() >= paced) {
                paced += kPaceBytes;
                expect_within(core_->options.body_wait);
            }
            input_.make_room(ReadBuffer::kLarge);
            has_more = co_await read_more();
        }
    }
    deadline_.clear();
    exchange_.request_bytes = exchange_.request.body.size();
    co_return !has_more && is_expired_ ? Progress::refused : progress;
}

asio::awaitable<bool> HttpConnection::read_more() {
    error_code error;
    const auto count = co_await socket_.async_read_some(asio::buffer(input_.free_begin(), input_.free_size()),
                                                        asio::redirect_error(asio::use_awaitable, error));
    input_.commit(count);
    co_return !error;
}

asio::awaitable<Response> HttpConnection::call_handler() {
    std::exception_ptr failure;
    try {
        auto answer = exchange_.match.route->handler(std::move(exchange_.request));
        auto response = co_await std::move(answer);
        co_return response;
    } catch (...) {
        failure = std::current_exception();
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        std::rethrow_exception(failure);
    }
    co_return problem(describe(core_->hooks, failure, exchange_.request_id), exchange_.request_id);
}

asio::awaitable<bool> HttpConnection::respond(Response response) {
    std::string().swap(exchange_.request.body);  // handled or refused: its memory goes back
    body_share_.give_back();
    if (response.websocket) {
        if (exchange_.upgrade) {
            co_await take_over_websocket(std::move(response));
            co_return false;
        }
        response = protocol_problem(426, "This is a WebSocket: send an upgrade request.", exchange_.request_id);
        response.headers.add("Upgrade", "websocket");
    }
    if (response.stream) {
        co_await take_over_stream(std::move(response));
        co_return false;
    }
    const bool keeps_alive = exchange_.keeps_alive && !core_->is_stopping;
    output_.clear();
    append_head(output_, response,
                {.date = core_->date,
                 .request_id = exchange_.request_id,
                 .keeps_alive = keeps_alive,
                 .is_http_1_1 = parser_.is_http_1_1()});
    const bool has_body = exchange_.method != Method::head && may_have_body(response.status);
    const auto body = has_body ? asio::buffer(std::as_const(response.body)) : asio::const_buffer{};
    std::uint64_t sent = output_.size() + body.size();
    bool is_sent = co_await send(body);
    if (is_sent && has_body && response.next_part) {
        const auto parts = co_await send_parts(response);
        is_sent = parts == response.parts_size;
        sent += parts;
    }
    report(response.status, sent);
    is_first_ = false;
    const bool stays_open = is_sent && keeps_alive;
    must_linger_ = is_sent && !keeps_alive && (must_linger_ || !input_.empty());
    input_.shrink();
    co_return stays_open;
}

asio::awaitable<bool> HttpConnection::respond_and_close(Response response) {
    exchange_.keeps_alive = false;
    must_linger_ = true;
    co_return co_await respond(std::move(response));
}

// Most answers fit the socket's buffer, so the first try is a plain system call without a trip through the scheduler.
asio::awaitable<bool> HttpConnection::send(asio::const_buffer body) {
    error_code error;
    std::array<asio::const_buffer, 2> rest{asio::buffer(output_), body};
    auto sent = socket_.write_some(rest, error);
    if (error == asio::error::would_block) {
        error = {};
    }
    while (!error && sent < asio::buffer_size(rest)) {
        const auto from_head = std::min(sent, rest[0].size());
        rest = {rest[0] + from_head, rest[1] + (sent - from_head)};
        expect_within(core_->options.write_wait);
        const auto pace = std::min(asio::buffer_size(rest), kPaceBytes);
        sent = co_await asio::async_write(socket_, rest, asio::transfer_at_least(pace),
                                          asio::redirect_error(asio::use_awaitable, error));
    }
    deadline_.clear();
    if (is_expired_) {
        core_->report_cut("write wait");
    }
    co_return !error;
}

// Closing with unread bytes makes the kernel send a reset, which can destroy the answer before the peer has read it.
asio::awaitable<void> HttpConnection::linger() {
    socket_.end_sending();
    expect_within(kLingerWait);
    input_.consume(input_.size());
    input_.make_room(ReadBuffer::kSmall);
    bool is_open = true;
    while (is_open) {
        is_open = co_await read_more();
        input_.consume(input_.size());
    }
    deadline_.clear();
}

void HttpConnection::begin_exchange() {
    exchange_ = Exchange{};
    parser_.start(exchange_.request);
}

void HttpConnection::identify() {
    auto& request = exchange_.request;
    exchange_.started = std::chrono::steady_clock::now();
    exchange_.method = request.method;
    const auto given = request.headers.value_or("X-Request-Id", "");
    exchange_.request_id = is_decent_request_id(given) ? std::string(given) : to_string(make_uuid_v7());
    request.request_id = exchange_.request_id;
    exchange_.client_address = client_address();
    request.client_address = exchange_.client_address;
    exchange_.keeps_alive = parser_.has_header() && parser_.keeps_alive();
    if (parser_.has_header() && parser_.is_http_1_1() && request.wants_websocket()) {
        exchange_.upgrade = Upgrade{.key = std::string(request.headers.value_or("Sec-WebSocket-Key", ""))};
    }
}

// Of a header that was not read to its end nobody knows what a proxy would have added further down.
std::string HttpConnection::client_address() const {
    if (!is_peer_trusted_ || !parser_.has_header()) {
        return peer_text_;
    }
    return net::client_address(peer_, exchange_.request.headers, core_->options.trusted_proxies).to_string();
}

void HttpConnection::expect_within(std::chrono::milliseconds wait) {
    is_expired_ = false;
    deadline_.set(wait);
}

void HttpConnection::report(int status, std::size_t response_bytes) const {
    if (core_->hooks.request_done) {
        const auto* route = exchange_.match.route;
        core_->hooks.request_done({.method = to_string(exchange_.method),
                                   .route = route == nullptr ? std::string_view{} : std::string_view(route->pattern),
                                   .request_id = exchange_.request_id,
                                   .client_address = exchange_.client_address,
                                   .status = status,
                                   .request_bytes = exchange_.request_bytes,
                                   .response_bytes = response_bytes,
                                   .duration = std::chrono::steady_clock::now() - exchange_.started});
    }
}

}  // namespace lupaus::net
