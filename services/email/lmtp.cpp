#include "services/email/lmtp.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <charconv>

namespace lupaus::email {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kSweep{250};
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the system is out of descriptors
constexpr std::string_view kFull = "421 4.3.2 There are too many connections, try again\r\n";

void report(const std::string& task, std::exception_ptr error) {
    log::error("a connection for mail ended", {{"task", task}, {"error", log::describe(std::move(error))}});
}

// The configuration was checked when it was loaded.
tcp::endpoint endpoint_of(std::string_view listen) {
    const auto colon = listen.rfind(':');
    auto host = listen.substr(0, colon);
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    }
    std::uint16_t port = 0;
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
    return {asio::ip::make_address(host), port};
}

asio::awaitable<void> run_session(std::shared_ptr<LmtpCore> core, tcp::socket socket) {
    LmtpSession session(std::move(core), std::move(socket));
    co_await session.run();
}

}  // namespace

Lmtp::Lmtp(desk::Context& context, Mailroom& mailroom, const asio::any_io_executor& executor)
    : core_(std::make_shared<LmtpCore>(context, mailroom, executor)),
      acceptor_(executor),
      gauge_(context.metrics.watch("lupaus_lmtp_connections", "Open connections of servers that hand mail over.",
                                   [core = core_] { return static_cast<double>(core->live.size()); })),
      turned_away_(context.metrics.counter("lupaus_lmtp_turned_away_total",
                                           "Connections for LMTP that were refused, since there were too many.")),
      tasks_(executor, report, context.task_lost) {}

Lmtp::~Lmtp() {
    close();
}

void Lmtp::start(const std::string& listen) {
    try {
        const auto endpoint = endpoint_of(listen);
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen();
    } catch (const boost::system::system_error& error) {
        throw boost::system::system_error(error.code(), "listen for LMTP on " + listen);
    }
    tasks_.spawn_endless("accept mail", accept());
    desk::Loop sweeper{.name = "lmtp deadlines", .turn = [this] { return sweep(); }};
    tasks_.spawn_endless("lmtp deadlines", desk::run_loop(core_->context.metrics, std::move(sweeper)));
    log::info("taking mail over", {{"address", acceptor_.local_endpoint().address().to_string()},
                                   {"port", acceptor_.local_endpoint().port()}});
}

void Lmtp::close() {
    if (is_stopping_) {
        return;
    }
    is_stopping_ = true;
    drained_by_ = std::chrono::steady_clock::now() + limits::kDrainWait;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* session : core_->live) {
        session->server_stops();
    }
}

asio::awaitable<void> Lmtp::stop() {
    close();
    while (!core_->live.empty() && std::chrono::steady_clock::now() < drained_by_) {
        co_await core_->session_ended.wait_for(drained_by_ - std::chrono::steady_clock::now());
    }
    for (auto* session : core_->live) {
        session->cut_now();
    }
    tasks_.stop();
    co_await tasks_.join();
}

asio::awaitable<void> Lmtp::accept() {
    while (!is_stopping_) {
        error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (is_stopping_ || error == asio::error::operation_aborted) {
            co_return;
        }
        if (error) {
            co_await pause(kAcceptPause);
            continue;
        }
        take(std::move(socket));
    }
}

void Lmtp::take(tcp::socket socket) {
    error_code ignored;  // a peer that is gone already shows at the first read
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    if (core_->live.size() < limits::kLmtpConnectionsMax) {
        tasks_.spawn("lmtp", run_session(core_, std::move(socket)));
        return;
    }
    turned_away_.add();
    socket.write_some(asio::buffer(kFull), ignored);  // a few bytes into an empty buffer: they fit
}

asio::awaitable<void> Lmtp::sweep() {
    co_await pause(kSweep);
    core_->wheel.sweep(net::Deadline::Clock::now());
}

}  // namespace lupaus::email
