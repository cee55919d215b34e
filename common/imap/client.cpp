#include "common/imap/client.hpp"

#include "common/net/dial.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace lupaus::imap {

namespace asio = boost::asio;

Client::Client(Network network, Server server, Session session, Waits waits)
    : network_(std::move(network)),
      server_(std::move(server)),
      session_(std::move(session)),
      waits_(waits),
      watch_(std::make_shared<net::StreamWatch>(network_.executor)),
      idle_end_(network_.executor) {}

Client::~Client() {
    watch_->clear();
}

asio::awaitable<bool> Client::open() {
    co_await connect();
    co_return co_await run();
}

asio::awaitable<void> Client::connect() {
    const auto deadline = Clock::now() + waits_.connect;
    watch_->stream = server_.security == Security::none
                         ? net::make_plain_stream(network_.executor)
                         : net::make_tls_stream(network_.executor, network_.tls, server_.host);
    net::Dialling dialling{network_.resolver, network_.guard, server_.host, server_.port, deadline};
    const auto trouble = co_await net::dial(watch_, std::move(dialling));
    if (trouble.failure != net::ClientFailure::none) {
        session_.fail({FailureKind::unreachable, trouble.detail});
    } else if (server_.security == Security::tls) {
        co_await secure(deadline);
        session_.begin(Line::secure);
    } else if (server_.security == Security::starttls) {
        session_.begin(Line::upgrade);
    } else {
        boost::system::error_code gone;
        const auto peer = watch_->stream->socket().remote_endpoint(gone);
        session_.begin(!gone && net::unmapped(peer.address()).is_loopback() ? Line::loopback : Line::open);
    }
}

asio::awaitable<void> Client::secure(Clock::time_point deadline) {
    watch_->set(deadline - Clock::now());
    const auto trouble = co_await watch_->stream->secure();
    watch_->clear();
    if (watch_->is_expired) {
        session_.fail({FailureKind::timeout, "The TLS handshake took too long."});
    } else if (!trouble.empty()) {
        session_.fail({FailureKind::insecure, "The TLS handshake failed: " + trouble + "."});
    }
}

asio::awaitable<bool> Client::run() {
    co_await exchange(Clock::now() + waits_.command);
    co_return is_alive();
}

asio::awaitable<void> Client::exchange(Clock::time_point deadline) {
    while (is_alive()) {
        watch_->set(std::min<Clock::duration>(waits_.silence, deadline - Clock::now()));
        co_await write();
        if (session_.need() == Session::Need::nothing) {
            break;
        }
        if (session_.need() == Session::Need::tls) {
            co_await secure(Clock::now() + waits_.connect);
            if (is_alive()) {
                session_.secured();
            }
        } else if (is_alive()) {
            co_await read();
        }
    }
    watch_->clear();
}

asio::awaitable<void> Client::write() {
    const auto bytes = session_.take_output();
    if (bytes.empty()) {
        co_return;
    }
    const auto outcome = co_await watch_->stream->write(asio::buffer(bytes));
    if (outcome.error) {
        lose();
    }
}

asio::awaitable<void> Client::read() {
    const auto count = co_await watch_->stream->read(asio::buffer(input_));
    if (count > 0) {
        session_.put({input_.data(), count});
    } else {
        lose();
    }
}

void Client::lose() {
    if (watch_->is_expired) {
        session_.fail({FailureKind::timeout, "The server did not answer in time."});
    } else {
        session_.fail({FailureKind::lost, "The connection ended in the midst of something."});
    }
}

// Reading goes on all the while; when the time is up the other half only says so, since a read that is given up may
// take bytes with it.
asio::awaitable<bool> Client::idle() {
    using namespace asio::experimental::awaitable_operators;
    session_.idle();
    idle_end_.expires_after(waits_.idle);
    co_await (listen() && end_in_time());
    co_return is_alive();
}

void Client::wake() {
    idle_end_.expires_at(Clock::time_point::min());  // which ends the wait, even one that has not begun
}

asio::awaitable<void> Client::listen() {
    watch_->set(waits_.idle + waits_.silence);
    while (is_alive() && session_.need() != Session::Need::nothing) {
        co_await write();
        if (is_alive()) {
            co_await read();
        }
    }
    watch_->clear();
    wake();
}

asio::awaitable<void> Client::end_in_time() {
    boost::system::error_code woken;
    co_await idle_end_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    session_.end_idle();
    co_await write();
}

}  // namespace lupaus::imap
