// A session on a connection of its own: certificate checked, every address guarded, a limit on every wait. Lives on the
// I/O thread; one coroutine at a time. What goes wrong is in session().failure(), and nothing is thrown for it.
#pragma once

#include "common/imap/session.hpp"
#include "common/net/resolver.hpp"
#include "common/net/stream_watch.hpp"
#include "common/net/url_guard.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace lupaus::imap {

enum class Security : std::uint8_t {
    tls,
    starttls,
    none,  // only to a loopback address
};

struct Server {
    std::string host{};
    std::uint16_t port = 993;
    Security security = Security::tls;
};

// What all clients of a process share.
struct Network {
    boost::asio::any_io_executor executor;
    const net::UrlGuard& guard;
    net::Resolver& resolver;
    std::shared_ptr<boost::asio::ssl::context> tls;  // net::make_client_tls()
};

struct Waits {
    std::chrono::milliseconds connect = limits::kConnectWait;      // name, connection and TLS together
    std::chrono::milliseconds silence = limits::kImapWait;         // until the server says anything
    std::chrono::milliseconds command = limits::kImapCommandWait;  // all that was asked at once
    std::chrono::milliseconds idle = limits::kImapIdle;
};

class Client {
public:
    Client(Network network, Server server, Session session, Waits waits = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Session& session() { return session_; }

    // False: it is over.
    boost::asio::awaitable<bool> open();  // until the folder is selected
    boost::asio::awaitable<bool> run();   // until nothing that was asked of the session is left
    boost::asio::awaitable<bool> idle();  // until there is news, waits.idle is over, or wake()

    void wake();  // while somebody waits in idle()

private:
    using Clock = std::chrono::steady_clock;

    boost::asio::awaitable<void> connect();
    boost::asio::awaitable<void> secure(Clock::time_point deadline);
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> exchange(Clock::time_point deadline);
    boost::asio::awaitable<void> listen();
    boost::asio::awaitable<void> end_in_time();
    void lose();

    bool is_alive() const { return session_.need() != Session::Need::over; }

    Network network_;
    Server server_;
    Session session_;
    Waits waits_;
    std::shared_ptr<net::StreamWatch> watch_;
    boost::asio::steady_timer idle_end_;
    std::array<char, 16 * 1024> input_{};
};

}  // namespace lupaus::imap
