#include "common/net/http_client.hpp"

#include "common/net/client_pool.hpp"
#include "common/net/client_stream.hpp"
#include "common/net/dial.hpp"
#include "common/net/message_parser.hpp"
#include "common/net/read_buffer.hpp"
#include "common/net/stream_watch.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 16 * 1024;

bool is_set_by_client(std::string_view name) {
    static constexpr std::string_view kNames[] = {"Host", "Content-Length", "Connection", "Transfer-Encoding",
                                                  "Expect"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [&](std::string_view set) { return equals_ignoring_case(set, name); });
}

std::string format_request(const ClientRequest& request, const Url& url, bool keeps_alive) {
    std::string bytes;
    bytes.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority());
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        if (!is_set_by_client(request.headers.name(i))) {
            bytes.append("\r\n").append(request.headers.name(i)).append(": ").append(request.headers.value(i));
        }
    }
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        bytes.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
    }
    if (!keeps_alive) {
        bytes.append("\r\nConnection: close");
    }
    return bytes.append("\r\n\r\n").append(request.body);
}

}  // namespace

struct HttpClient::State {
    asio::any_io_executor executor;
    UrlGuard guard;
    HttpClientOptions options;
    std::shared_ptr<Resolver> resolver;
    std::shared_ptr<asio::ssl::context> tls;
    std::shared_ptr<ClientPool> pool;
};

// One request on its way: find or open a connection, write, read.
class HttpClient::Call {
public:
    Call(std::shared_ptr<State> state, ClientRequest request)
        : state_(std::move(state)),
          request_(std::move(request)),
          watch_(std::make_shared<StreamWatch>(state_->executor)),
          parser_(limits::kHeaderBytesMax,
                  request_.response_bytes_max > 0 ? request_.response_bytes_max : state_->options.response_bytes_max) {}

    ~Call() { watch_->clear(); }

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    asio::awaitable<ClientResult> run() {
        if (state_->options.is_held && state_->options.is_held()) {
            fail(ClientFailure::held, "Outbound is held: nothing was sent.");
            co_return std::move(result_);
        }
        auto url = state_->guard.check(request_.url);
        if (!url) {
            const bool is_refused = url.error().code == Errc::forbidden;
            fail(is_refused ? ClientFailure::refused_by_guard : ClientFailure::bad_url, url.error().detail);
            co_return std::move(result_);
        }
        url_ = *std::move(url);
        watch_->stream = state_->pool->take(url_.origin());
        if (!watch_->stream) {
            const bool is_open = co_await open();
            if (!is_open) {
                co_return std::move(result_);
            }
        }
        if (request_.before_first_byte && !request_.before_first_byte()) {
            fail(ClientFailure::called_off, "The caller called it off.");
            co_return std::move(result_);
        }
        co_await exchange();
        watch_->clear();
        co_return std::move(result_);
    }

private:
    asio::awaitable<bool> open() {
        const auto deadline = Clock::now() + request_.connect_wait;
        watch_->stream = url_.is_tls ? make_tls_stream(state_->executor, state_->tls, url_.host)
                                     : make_plain_stream(state_->executor);
        Dialling dialling{*state_->resolver, state_->guard, url_.host, url_.port, deadline};
        const auto trouble = co_await dial(watch_, std::move(dialling));
        if (trouble.failure != ClientFailure::none) {
            co_return fail(trouble.failure, trouble.detail);
        }
        watch_->set(deadline - Clock::now());
        const auto refusal = co_await watch_->stream->secure();
        watch_->clear();
        if (watch_->is_expired) {
            co_return fail(ClientFailure::timeout, "The TLS handshake took too long.");
        }
        if (!refusal.empty()) {
            co_return fail(ClientFailure::tls, "The TLS handshake failed: " + refusal + ".");
        }
        co_return true;
    }

    asio::awaitable<void> exchange() {
        const auto bytes = format_request(request_, url_, state_->options.idle_per_origin_max > 0);
        watch_->set(request_.response_wait);
        const auto written = co_await watch_->stream->write(asio::buffer(bytes));
        if (!written.is_begun) {
            fail(watch_->is_expired ? ClientFailure::timeout : ClientFailure::cut, "The request could not be written.");
            co_return;
        }
        result_.stage = ClientStage::uncertain;
        // Also after a failed write: a server may answer early and close without reading all of the body.
        parser_.start(request_.method == "HEAD");
        auto progress = Progress::need_more;
        while (progress == Progress::need_more || progress == Progress::header) {
            std::size_t used = 0;
            if (!input_.empty()) {
                progress = parser_.put(input_.unread(), used);
                input_.consume(used);
                is_malformed_ = progress == Progress::refused;
                const bool is_wanted = co_await hand_over();
                progress = is_wanted ? progress : Progress::refused;
            }
            if (used == 0 && progress != Progress::complete && progress != Progress::refused) {
                progress = co_await read_more();
            }
        }
        conclude(progress, input_.empty() && !written.error);
    }

    // False: whoever takes the body has had enough of it.
    asio::awaitable<bool> hand_over() {
        if (!request_.take_part || parser_.body.empty()) {
            co_return true;
        }
        auto part = std::exchange(parser_.body, {});
        co_return co_await request_.take_part(parser_.status(), std::move(part));
    }

    // Leaves need_more when bytes came, else what the end of the stream means for the answer.
    asio::awaitable<Progress> read_more() {
        input_.make_room(input_.free_size() == 0 ? std::max(kReadBytes, input_.capacity() * 2) : 0);
        const auto count = co_await watch_->stream->read(asio::buffer(input_.free_begin(), input_.free_size()));
        input_.commit(count);
        if (count > 0) {
            co_return Progress::need_more;
        }
        const bool is_whole = !watch_->is_expired && watch_->stream->is_ended_cleanly();
        co_return is_whole ? parser_.put_end() : Progress::refused;
    }

    // A status line that arrived is an answer, whatever happened to the rest.
    void conclude(Progress progress, bool is_reusable) {
        if (progress == Progress::complete || parser_.has_header()) {
            result_.stage = ClientStage::answered;
            result_.response.status = parser_.status();
            result_.response.headers = std::move(parser_.headers);
            result_.response.body = std::move(parser_.body);
            result_.response.is_body_cut = parser_.is_body_cut || progress != Progress::complete;
            if (progress == Progress::complete && is_reusable && parser_.keeps_alive() && !watch_->is_expired) {
                state_->pool->put(url_.origin(), std::move(watch_->stream));
            }
        } else if (watch_->is_expired) {
            fail(ClientFailure::timeout, "No answer came in time.");
        } else if (is_malformed_) {
            fail(ClientFailure::malformed, parser_.refusal());
        } else {
            fail(ClientFailure::cut, "The connection ended before an answer came.");
        }
    }

    bool fail(ClientFailure failure, std::string detail) {
        result_.failure = failure;
        result_.detail = std::move(detail);
        return false;
    }

    std::shared_ptr<State> state_;
    ClientRequest request_;
    Url url_;
    std::shared_ptr<StreamWatch> watch_;
    ResponseParser parser_;
    ReadBuffer input_;
    bool is_malformed_ = false;
    ClientResult result_;
};

std::string_view to_string(ClientStage stage) {
    static constexpr std::string_view kNames[] = {"not_sent", "uncertain", "answered"};
    return kNames[static_cast<std::size_t>(stage)];
}

HttpClient::HttpClient(asio::any_io_executor executor, UrlGuard guard, HttpClientOptions options,
                       std::shared_ptr<Resolver> resolver)
    : state_(std::make_shared<State>()) {
    state_->executor = executor;
    state_->guard = std::move(guard);
    state_->resolver = resolver ? std::move(resolver) : make_system_resolver(executor);
    state_->tls = make_client_tls(options.ca_file);
    state_->pool = std::make_shared<ClientPool>(executor, options.idle_per_origin_max, options.idle_wait);
    state_->options = std::move(options);
}

HttpClient::~HttpClient() {
    state_->pool->close_all();
}

asio::awaitable<ClientResult> HttpClient::send(ClientRequest request) {
    if (parse_method(request.method) == Method::other) {
        throw std::invalid_argument("HttpClient cannot send a " + request.method);
    }
    Call call(state_, std::move(request));
    co_return co_await call.run();
}

void HttpClient::close_idle() {
    state_->pool->close_all();
}

std::size_t HttpClient::idle() const {
    return state_->pool->size();
}

const UrlGuard& HttpClient::guard() const {
    return state_->guard;
}

}  // namespace lupaus::net
