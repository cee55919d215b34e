// One connection of a mail server that hands mail over: the socket around smtp::Reception. A recipient is a channel of
// some account by its address; what the desk holds of a mail is answered for each recipient, and never before COMMIT.
// I/O thread.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/async/lookup_cache.hpp"
#include "common/net/body_budget.hpp"
#include "common/net/deadline.hpp"
#include "common/smtp/reception.hpp"
#include "services/email/mailroom.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::email {

class LmtpSession;

// What the sessions of one listener share; each keeps it alive.
struct LmtpCore {
    LmtpCore(desk::Context& desk_context, Mailroom& room, const boost::asio::any_io_executor& executor);

    void count(std::string_view outcome);
    boost::asio::awaitable<std::optional<desk::ChannelId>> find_mailbox(std::string address);

    desk::Context& context;
    Mailroom& mailroom;
    std::string host;
    net::DeadlineWheel wheel;
    net::BodyBudget bytes{limits::kLmtpBytesMax};
    LookupCache<std::string, std::optional<desk::ChannelId>> mailboxes;  // by address
    std::map<std::string_view, telemetry::Counter> outcomes;
    std::list<LmtpSession*> live;
    Doorbell session_ended;
};

class LmtpSession {
public:
    LmtpSession(std::shared_ptr<LmtpCore> core, boost::asio::ip::tcp::socket socket);
    ~LmtpSession();
    LmtpSession(const LmtpSession&) = delete;
    LmtpSession& operator=(const LmtpSession&) = delete;

    boost::asio::awaitable<void> run();
    void server_stops();  // it ends, after the mail under way
    void cut_now();       // every pending operation ends with an error

private:
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> flush();
    boost::asio::awaitable<void> ask_recipient();
    boost::asio::awaitable<void> deliver();
    boost::asio::awaitable<smtp::Answer> store(std::string mailbox, std::string bytes);
    net::Deadline::Clock::duration patience();
    void take(std::string_view bytes);

    std::shared_ptr<LmtpCore> core_;
    std::list<LmtpSession*>::iterator place_;
    boost::asio::ip::tcp::socket socket_;
    smtp::Reception reception_;
    net::BodyShare share_;
    std::string buffer_;
    std::string_view pending_;  // of it, not used yet
    bool is_reading_ = false;
    bool is_gone_ = false;      // the peer, or the socket
    bool has_expired_ = false;  // while it was read
    net::Deadline::Clock::time_point mail_until_{};
    net::Deadline deadline_;
};

}  // namespace lupaus::email
