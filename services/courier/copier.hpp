// Copies of sent mails into the folder that their channel names (IMAP APPEND), after the relay has taken them. A copy
// is work of its own, with a few attempts: whatever becomes of it, nothing is sent again and nothing changes at the
// reply. What a lost process may have copied already is looked for by its Message-ID first. Lives on the I/O thread;
// context, mailer and client must outlive it. At most limits::kSentCopiesMax are under way in a process and one on one
// channel. A poll finds what is due; while the hold stands nothing is claimed.
#pragma once

#include "common/async/task_group.hpp"
#include "common/imap/client.hpp"
#include "common/net/http_client.hpp"
#include "services/courier/mailer.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/copies.hpp"
#include "services/desk/mailtoken/mail_tokens.hpp"
#include "services/desk/outbound/hold.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <set>
#include <string_view>

namespace lupaus::courier {

class Copier {
public:
    // What it works with.
    struct Means {
        Mailer& mailer;
        net::HttpClient& http;
        desk::outbound::Hold& hold;
    };

    Copier(desk::Context& desk, const Means& means, const boost::asio::any_io_executor& executor);

    void start();
    void stop();  // what is under way is cut short, and made again when its lease is over
    boost::asio::awaitable<void> join();

private:
    class Slot;

    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<std::vector<desk::delivery::CopyJob>> claim();
    boost::asio::awaitable<void> run_attempt(desk::delivery::CopyJob job, std::unique_ptr<Slot> slot);
    boost::asio::awaitable<Result<void>> copy(const desk::delivery::CopyJob& job);
    boost::asio::awaitable<Result<void>> put(imap::Client& client, const std::string& message_id, std::string bytes);
    boost::asio::awaitable<Result<imap::Login>> find_login(const desk::delivery::CopyJob& job);
    boost::asio::awaitable<void> record(desk::delivery::CopyEnd end);

    desk::Context& desk_;
    Means means_;
    net::UrlGuard guard_;
    std::shared_ptr<net::Resolver> resolver_;
    imap::Network network_;
    desk::mailtoken::MailTokens tokens_;
    desk::delivery::Schedule schedule_;
    std::map<std::string_view, telemetry::Counter> results_;
    std::set<desk::ChannelId> under_way_;
    TaskGroup tasks_;
};

}  // namespace lupaus::courier
