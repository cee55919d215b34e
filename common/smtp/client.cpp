#include "common/smtp/client.hpp"

#include "common/net/client_stream.hpp"
#include "common/net/dial.hpp"
#include "common/net/stream_watch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::smtp {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 4 * 1024;
constexpr std::chrono::seconds kQuitWait{2};  // what the mail's fate is stands already

}  // namespace

struct Client::State {
    asio::any_io_executor executor;
    net::UrlGuard guard;
    ClientOptions options;
    std::shared_ptr<net::Resolver> resolver;
    std::shared_ptr<asio::ssl::context> tls;
};

// One mail on its way.
class Client::Call {
public:
    Call(std::shared_ptr<State> state, Relay relay, Job job, Waits waits)
        : state_(std::move(state)),
          relay_(std::move(relay)),
          security_(job.security),
          waits_(waits),
          submission_(std::move(job)),
          watch_(std::make_shared<net::StreamWatch>(state_->executor)) {}

    ~Call() { watch_->clear(); }

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    asio::awaitable<Outcome> run() {
        if (state_->options.is_held && state_->options.is_held()) {
            co_return failed("Outbound is held: nothing was sent.");
        }
        if (submission_.is_decided()) {
            co_return submission_.outcome();
        }
        auto trouble = co_await connect();
        if (!trouble.empty()) {
            co_return failed(std::move(trouble));
        }
        if (security_ == Security::none && !is_this_machine()) {
            co_return failed("Mail is sent without TLS only over the loopback interface.");
        }
        auto action = submission_.connected();
        while (action.kind != Action::Kind::end) {
            action = co_await perform(std::move(action));
        }
        co_return submission_.outcome();
    }

private:
    // What went wrong, in a sentence; empty: the connection stands, with TLS where that comes first.
    asio::awaitable<std::string> connect() {
        const auto deadline = Clock::now() + std::min(waits_.connect, time_left());
        watch_->stream = security_ == Security::none ? net::make_plain_stream(state_->executor)
                                                     : net::make_tls_stream(state_->executor, state_->tls, relay_.host);
        net::Dialling dialling{*state_->resolver, state_->guard, relay_.host, relay_.port, deadline};
        auto trouble = co_await net::dial(watch_, std::move(dialling));
        if (trouble.failure != net::ClientFailure::none || security_ != Security::tls) {
            co_return std::move(trouble.detail);
        }
        co_return co_await begin_tls(deadline - Clock::now());
    }

    asio::awaitable<std::string> begin_tls(Clock::duration wait) {
        watch_->set(wait);
        const auto trouble = co_await watch_->stream->secure();
        watch_->clear();
        if (watch_->is_expired) {
            co_return "The TLS handshake took too long.";
        }
        co_return trouble.empty() ? "" : "The TLS handshake failed: " + trouble + ".";
    }

    asio::awaitable<Action> perform(Action action) {
        switch (action.kind) {
            case Action::Kind::read:
                co_return co_await read();
            case Action::Kind::write:
                co_return co_await write(std::move(action.bytes));
            case Action::Kind::secure:
                co_return co_await secure();
            case Action::Kind::end:
                break;
        }
        co_return Action{};
    }

    asio::awaitable<Action> write(std::string bytes) {
        const bool is_ending = submission_.step() == Step::ending;
        if (is_ending && time_left() < waits_.ending) {
            submission_.lost("took so long that there is no time left for its answer", false);
            co_return Action{};
        }
        watch_->set(step_wait());
        const auto written = co_await watch_->stream->write(asio::buffer(bytes));
        watch_->clear();
        if (!written.error && !watch_->is_expired) {
            co_return submission_.written();
        }
        if (submission_.step() == Step::message && !watch_->is_expired) {
            co_return co_await read();  // a relay may refuse early and close without reading all of the mail
        }
        submission_.lost(loss(), written.is_begun);
        co_return Action{};
    }

    asio::awaitable<Action> read() {
        std::array<char, kReadBytes> bytes;
        watch_->set(step_wait());
        const auto count = co_await watch_->stream->read(asio::buffer(bytes));
        watch_->clear();
        if (count > 0) {
            co_return submission_.received({bytes.data(), count});
        }
        submission_.lost(loss());
        co_return Action{};
    }

    asio::awaitable<Action> secure() {
        const auto trouble = co_await begin_tls(step_wait());
        if (trouble.empty()) {
            co_return submission_.secured();
        }
        submission_.lost("could not be trusted (" + trouble + ")");
        co_return Action{};
    }

    bool is_this_machine() {
        boost::system::error_code error;
        const auto endpoint = watch_->stream->socket().remote_endpoint(error);
        return !error && endpoint.address().is_loopback();
    }

    std::chrono::milliseconds time_left() const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(waits_.until - Clock::now());
        return std::max(left, std::chrono::milliseconds{0});
    }

    std::chrono::milliseconds step_wait() const {
        switch (submission_.step()) {
            case Step::ending:
                return std::min<std::chrono::milliseconds>(time_left(), limits::kMailAnswerWait);
            case Step::quit:
                return std::min<std::chrono::milliseconds>(time_left(), kQuitWait);
            default:
                return std::min(time_left(), waits_.step);
        }
    }

    std::string loss() const { return watch_->is_expired ? "took too long" : "closed the connection"; }

    Outcome failed(std::string detail) const {
        auto outcome = submission_.outcome();
        for (auto& verdict : outcome.recipients) {
            verdict.detail = detail;
        }
        outcome.detail = std::move(detail);
        return outcome;
    }

    std::shared_ptr<State> state_;
    Relay relay_;
    Security security_;
    Waits waits_;
    Submission submission_;
    std::shared_ptr<net::StreamWatch> watch_;
};

Client::Client(asio::any_io_executor executor, net::UrlGuard guard, ClientOptions options,
               std::shared_ptr<net::Resolver> resolver)
    : state_(std::make_shared<State>()) {
    state_->executor = executor;
    state_->guard = std::move(guard);
    state_->resolver = resolver ? std::move(resolver) : net::make_system_resolver(executor);
    state_->tls = net::make_client_tls(options.ca_file);
    state_->options = std::move(options);
}

asio::awaitable<Outcome> Client::send(Relay relay, Job job, Waits waits) {
    Call call(state_, std::move(relay), std::move(job), waits);
    co_return co_await call.run();
}

}  // namespace lupaus::smtp
