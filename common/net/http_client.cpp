#include "common/net/http_client.hpp"

#include "common/net/client_pool.hpp"
#include "common/net/client_stream.hpp"
#include "common/net/dial.hpp"
#include "common/net/message_parser.hpp"
#include "common/net/read_buffer.hpp"
#include "common/net/stream_watch.hpp"

#include <algorithm>
#include <limits>
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

// The head, and with it a body that is here as a whole.
std::string format_request(const ClientRequest& request, const Url& url, bool keeps_alive) {
    std::string bytes;
    bytes.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority());
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        if (!is_set_by_client(request.headers.name(i))) {
            bytes.append("\r\n").append(request.headers.name(i)).append(": ").append(request.headers.value(i));
        }
    }
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        const std::uint64_t size = request.next_body_part ? request.body_size : request.body.size();
        bytes.append("\r\nContent-Length: ").append(std::to_string(size));
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
class HttpClient::Call : public Incoming {
public:
    Call(std::shared_ptr<State> state, ClientRequest request)
        : state_(std::move(state)),
          request_(std::move(request)),
          watch_(std::make_shared<StreamWatch>(state_->executor)),
          parser_(limits::kHeaderBytesMax,
                  request_.response_bytes_max > 0 ? request_.response_bytes_max : state_->options.response_bytes_max) {}

    ~Call() override { watch_->clear(); }

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    asio::awaitable<ClientResult> run() {
        const bool is_begun = co_await begin();
        while (is_begun && is_going()) {
            co_await step();
            const bool is_wanted = co_await hand_over();
            progress_ = is_wanted ? progress_ : Progress::refused;
        }
        if (is_begun) {
            conclude();
            result_.response.body = std::move(parser_.body);
        }
        watch_->clear();
        co_return std::move(result_);
    }

    // As far as the answer's head; next() brings the rest.
    asio::awaitable<ClientResult> run_to_head() {
        const bool is_begun = co_await begin();
        while (is_begun && is_going() && !parser_.has_header()) {
            co_await step();
        }
        if (is_begun) {
            conclude();
        }
        watch_->clear();
        co_return std::move(result_);
    }

    asio::awaitable<std::string> next() override {
        while (parser_.body.size() + kReadBytes <= limits::kStreamPartBytes && is_going()) {
            watch_->set(request_.response_wait);
            co_await step();
        }
        watch_->clear();
        give_back_connection();
        co_return std::exchange(parser_.body, {});
    }

    bool is_whole() const override { return progress_ == Progress::complete && !parser_.is_body_cut; }

private:
    bool is_going() const { return progress_ == Progress::need_more || progress_ == Progress::header; }

    // A connection that stands and has taken the request; false: `result_` says why not.
    asio::awaitable<bool> begin() {
        if (state_->options.is_held && state_->options.is_held()) {
            co_return fail(ClientFailure::held, "Outbound is held: nothing was sent.");
        }
        auto url = state_->guard.check(request_.url);
        if (!url) {
            const bool is_refused = url.error().code == Errc::forbidden;
            co_return fail(is_refused ? ClientFailure::refused_by_guard : ClientFailure::bad_url, url.error().detail);
        }
        url_ = *std::move(url);
        watch_->stream = state_->pool->take(url_.origin());
        if (!watch_->stream) {
            const bool is_open = co_await open();
            if (!is_open) {
                co_return false;
            }
        }
        if (request_.before_first_byte && !request_.before_first_byte()) {
            co_return fail(ClientFailure::called_off, "The caller called it off.");
        }
        co_return co_await write();
    }

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

    asio::awaitable<bool> write() {
        const auto bytes = format_request(request_, url_, state_->options.idle_per_origin_max > 0);
        watch_->set(request_.response_wait);
        const auto written = co_await watch_->stream->write(asio::buffer(bytes));
        if (!written.is_begun) {
            co_return fail(watch_->is_expired ? ClientFailure::timeout : ClientFailure::cut,
                           "The request could not be written.");
        }
        result_.stage = ClientStage::uncertain;
        is_written_ = !written.error;
        if (is_written_ && request_.next_body_part) {
            is_written_ = co_await write_parts();
        }
        // Also after a failed write: a server may answer early and close without reading all of the body.
        parser_.start(request_.method == "HEAD");
        co_return true;
    }

    asio::awaitable<bool> write_parts() {
        for (std::uint64_t sent = 0; sent < request_.body_size;) {
            const auto part = request_.next_body_part();
            if (part.empty() || part.size() > request_.body_size - sent) {
                throw std::logic_error("the body of a request has another size than was said");
            }
            watch_->set(request_.response_wait);
            const auto written = co_await watch_->stream->write(asio::buffer(part));
            if (written.error) {
                co_return false;
            }
            sent += part.size();
        }
        watch_->set(request_.response_wait);
        co_return true;
    }

    // Understands what has come, or else reads more.
    asio::awaitable<void> step() {
        std::size_t used = 0;
        if (!input_.empty()) {
            progress_ = parser_.put(input_.unread(), used);
            input_.consume(used);
            is_malformed_ = progress_ == Progress::refused;
        }
        if (used == 0 && is_going()) {
            progress_ = co_await read_more();
        }
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
    void conclude() {
        if (progress_ == Progress::complete || parser_.has_header()) {
            result_.stage = ClientStage::answered;
            result_.response.status = parser_.status();
            result_.response.headers = std::move(parser_.headers);
            result_.response.is_body_cut = parser_.is_body_cut || progress_ != Progress::complete;
            give_back_connection();
        } else if (watch_->is_expired) {
            fail(ClientFailure::timeout, "No answer came in time.");
        } else if (is_malformed_) {
            fail(ClientFailure::malformed, parser_.refusal());
        } else {
            fail(ClientFailure::cut, "The connection ended before an answer came.");
        }
    }

    // Once the answer is complete, and if another can follow it.
    void give_back_connection() {
        const bool is_reusable = input_.empty() && is_written_ && parser_.keeps_alive() && !watch_->is_expired;
        if (progress_ == Progress::complete && is_reusable && watch_->stream) {
            state_->pool->put(url_.origin(), std::move(watch_->stream));
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
    Progress progress_ = Progress::need_more;
    bool is_written_ = false;  // as a whole
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

namespace {

void check_method(const ClientRequest& request) {
    if (parse_method(request.method) == Method::other) {
        throw std::invalid_argument("HttpClient cannot send a " + request.method);
    }
}

}  // namespace

asio::awaitable<ClientResult> HttpClient::send(ClientRequest request) {
    check_method(request);
    Call call(state_, std::move(request));
    co_return co_await call.run();
}

asio::awaitable<Opened> HttpClient::open(ClientRequest request) {
    check_method(request);
    request.response_bytes_max = std::numeric_limits<std::size_t>::max();  // nothing of it is kept here
    auto call = std::make_unique<Call>(state_, std::move(request));
    Opened opened;
    opened.result = co_await call->run_to_head();
    if (opened.result.stage == ClientStage::answered) {
        opened.body = std::move(call);
    }
    co_return opened;
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
