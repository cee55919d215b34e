#include "common/net/http_server.hpp"

#include "common/base/uuid.hpp"
#include "common/net/http_connection.hpp"
#include "common/net/problem.hpp"
#include "common/net/response_head.hpp"
#include "common/net/server_core.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kTickMax{250};
constexpr std::chrono::milliseconds kTickMin{5};
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the system is out of descriptors
constexpr std::size_t kRefusalsMax = 64;                // connections over the cap that get an answer at once
constexpr std::chrono::seconds kRefusalWait{1};
constexpr int kBacklog = 1024;

Response busy_response() {
    return problem(Error{.code = Errc::unavailable, .detail = "There are too many connections.", .retry_after_s = 1},
                   to_string(make_uuid_v7()));
}

std::chrono::milliseconds tick_of(const HttpServerOptions& options) {
    const auto shortest = std::min({options.header_wait, options.body_wait, options.idle_wait, options.write_wait});
    return std::clamp(shortest / 8, kTickMin, kTickMax);
}

void prepare(tcp::socket& socket) {
    error_code ignored;  // a peer that is gone already shows at the first read
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
}

// Over the cap: an answer, then the end. The answer would not survive a close with unread bytes, hence the reading.
asio::awaitable<void> refuse_connection(std::shared_ptr<ServerCore> core, Counted, tcp::socket socket) {
    Deadline deadline(core->wheel, [&socket] {
        error_code ignored;
        socket.close(ignored);
    });
    deadline.set(kRefusalWait);
    const auto response = busy_response();
    std::string bytes;
    append_head(
        bytes, response,
        {.date = core->date, .request_id = response.headers.value_or("X-Request-Id", ""), .keeps_alive = false});
    bytes.append(response.body);
    error_code error;
    co_await asio::async_write(socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    socket.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 1024> dropped{};
    while (!error) {
        co_await socket.async_read_some(asio::buffer(dropped), asio::redirect_error(asio::use_awaitable, error));
    }
}

asio::awaitable<void> run_wheel(std::shared_ptr<ServerCore> core) {
    const auto tick = tick_of(core->options);
    auto dated = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    while (true) {
        co_await pause(tick);
        core->wheel.sweep(Deadline::Clock::now());
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        if (now != dated) {
            dated = now;
            core->date = http_date(now);
        }
    }
}

}  // namespace

ServerCore::ServerCore(asio::any_io_executor ex, HttpServerOptions server_options, RouteTable table, HttpServerHooks h)
    : executor(ex),
      options(std::move(server_options)),
      routes(std::move(table)),
      hooks(std::move(h)),
      bodies(options.large_bodies_bytes_max),
      date(http_date(std::chrono::system_clock::now())),
      connection_ended(ex),
      tasks(
          ex, [h = hooks](const std::string&, std::exception_ptr failure) { describe(h, failure, ""); },
          hooks.task_lost) {}

Error describe(const HttpServerHooks& hooks, std::exception_ptr failure, std::string_view request_id) {
    if (hooks.map_exception) {
        return hooks.map_exception(failure, request_id);
    }
    return Error{.code = Errc::internal, .detail = "The request could not be served; the fault is here."};
}

void ServerCore::report_cut(std::string_view reason) const {
    if (hooks.connection_cut) {
        hooks.connection_cut(reason);
    }
}

asio::awaitable<void> run_connection(std::shared_ptr<ServerCore> core, Counted, tcp::socket socket) {
    HttpConnection connection(core, std::move(socket));
    co_await connection.run();
}

struct HttpServer::State {
    State(asio::any_io_executor executor, HttpServerOptions options, RouteTable routes, HttpServerHooks hooks)
        : core(std::make_shared<ServerCore>(executor, std::move(options), std::move(routes), std::move(hooks))),
          acceptor(executor),
          stopped(executor, asio::steady_timer::time_point::max()) {}

    std::shared_ptr<ServerCore> core;
    tcp::acceptor acceptor;
    asio::steady_timer stopped;  // never expires; cancelling it wakes everybody who waits for the end
    bool is_stopped = false;
    std::uint16_t port = 0;

    void stop_accepting() {
        core->is_stopping = true;
        error_code ignored;
        acceptor.close(ignored);
    }

    static asio::awaitable<void> run_accept(std::shared_ptr<State> state) {
        auto core = state->core;
        while (!core->is_stopping) {
            error_code error;
            auto socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (core->is_stopping || error == asio::error::operation_aborted) {
                co_return;
            }
            if (error) {
                core->report_cut("accept");
                co_await pause(kAcceptPause);
                continue;
            }
            prepare(socket);
            if (core->connections < core->options.connections_max) {
                auto task = run_connection(core, Counted(core->connections, core->connection_ended), std::move(socket));
                core->tasks.spawn("connection", std::move(task));
            } else {
                core->report_cut("busy");
                if (core->refusals < kRefusalsMax && !core->options.tls) {  // a handshake is too much for a no
                    auto task =
                        refuse_connection(core, Counted(core->refusals, core->connection_ended), std::move(socket));
                    core->tasks.spawn("refusal", std::move(task));
                }
            }
        }
    }
};

HttpServer::HttpServer(asio::any_io_executor executor, HttpServerOptions options, RouteTable routes,
                       HttpServerHooks hooks)
    : state_(std::make_shared<State>(std::move(executor), std::move(options), std::move(routes), std::move(hooks))) {}

// Through the executor: a cancellation emitted outside of it would arrive late, maybe after its task has ended.
HttpServer::~HttpServer() {
    asio::dispatch(state_->core->executor, [state = state_] {
        state->stop_accepting();
        state->core->tasks.stop();
        for (auto* connection : state->core->live) {
            connection->cut_now();
        }
    });
}

void HttpServer::start() {
    const auto& options = state_->core->options;
    const auto place = options.address + " port " + std::to_string(options.port);
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
        throw boost::system::system_error(error, "listen on " + place);
    }
    const tcp::endpoint endpoint(address, options.port);
    auto& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(kBacklog, error);
    }
    if (error) {
        throw boost::system::system_error(error, "listen on " + place);
    }
    state_->port = acceptor.local_endpoint().port();
    state_->core->tasks.spawn_endless("accept", State::run_accept(state_));
    state_->core->tasks.spawn_endless("wheel", run_wheel(state_->core));
}

std::uint16_t HttpServer::port() const {
    return state_->port;
}

std::size_t HttpServer::connections() const {
    return state_->core->connections;
}

const RouteTable& HttpServer::routes() const {
    return state_->core->routes;
}

asio::awaitable<void> HttpServer::stop() {
    const auto state = state_;
    const auto core = state->core;
    if (core->is_stopping) {
        while (!state->is_stopped) {
            error_code error;
            co_await state->stopped.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
        co_return;
    }
    state->stop_accepting();
    for (auto* connection : core->live) {
        connection->server_stops();
    }
    const auto deadline = std::chrono::steady_clock::now() + core->options.drain_wait;
    while (core->connections > 0 && std::chrono::steady_clock::now() < deadline) {
        co_await core->connection_ended.wait_for(deadline - std::chrono::steady_clock::now());
    }
    core->tasks.stop();
    for (auto* connection : core->live) {
        connection->cut_now();
    }
    co_await core->tasks.join();
    state->is_stopped = true;
    state->stopped.cancel();
}

}  // namespace lupaus::net
