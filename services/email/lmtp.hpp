// Where mail servers (Postfix, Exim, Dovecot) hand mail over: a listener for LMTP (RFC 2033), where one is configured.
// It asks for no password, so it belongs on a private address. At most limits::kLmtpConnectionsMax connections. I/O
// thread.
#pragma once

#include "common/async/task_group.hpp"
#include "services/email/lmtp_session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace lupaus::email {

class Lmtp {
public:
    Lmtp(desk::Context& context, Mailroom& mailroom, const boost::asio::any_io_executor& executor);
    ~Lmtp();
    Lmtp(const Lmtp&) = delete;
    Lmtp& operator=(const Lmtp&) = delete;

    void start(const std::string& listen);  // "127.0.0.1:24"; throws boost::system::system_error where it cannot

    // No more connections, and those that are open end after the mail under way. Idempotent.
    void close();
    boost::asio::awaitable<void> stop();  // returns when they have, at most limits::kDrainWait after close()

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> sweep();
    void take(boost::asio::ip::tcp::socket socket);

    std::shared_ptr<LmtpCore> core_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::chrono::steady_clock::time_point drained_by_{};
    bool is_stopping_ = false;
    telemetry::Metrics::Subscription gauge_;
    telemetry::Counter turned_away_;
    TaskGroup tasks_;
};

}  // namespace lupaus::email
