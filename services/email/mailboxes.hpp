// The mailboxes that this process reads: of all that channels name those that it gets hold of (a lease in the database
// each, so that one process reads one mailbox), at most limits::kMailboxesMax. Each is two tasks of its own. Settings
// are looked at every second: a mailbox whose channel changed begins anew, one that was disabled ends. While the hold
// stands none is touched: a copy of a database would mark or move its original's mails. I/O thread.
#pragma once

#include "common/async/task_group.hpp"
#include "services/desk/outbound/hold.hpp"
#include "services/email/kept_mailbox.hpp"

#include <list>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace lupaus::email {

// What leaves for other servers.
struct Outside {
    desk::outbound::Hold& hold;
    net::HttpClient& http;
};

class Mailboxes {
public:
    Mailboxes(desk::Context& context, Mailroom& mailroom, const Outside& outside,
              const boost::asio::any_io_executor& executor);
    ~Mailboxes();
    Mailboxes(const Mailboxes&) = delete;
    Mailboxes& operator=(const Mailboxes&) = delete;

    void start();
    void close();                         // begins to stop; idempotent
    boost::asio::awaitable<void> stop();  // returns when all have ended and others may read them

private:
    struct Reader;
    using Readers = std::map<desk::ChannelId, std::unique_ptr<Reader>>;

    struct Look {
        std::vector<OwnedMailbox> owned{};
        std::vector<MailboxSettings> unread{};  // no reader has them
    };

    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<Look> look();
    void end_others(const std::vector<OwnedMailbox>& owned);
    void end(Readers::iterator reader);
    void begin(MailboxSettings found);
    bool is_ending(desk::ChannelId channel) const;
    boost::asio::awaitable<void> release();
    std::vector<telemetry::Sample> count_states() const;

    MailboxCore core_;
    desk::outbound::Hold& hold_;
    boost::asio::any_io_executor executor_;
    net::UrlGuard guard_;
    std::shared_ptr<net::Resolver> resolver_;
    imap::Network network_;
    const Uuid owner_ = make_uuid_v7();
    Readers readers_;
    std::list<std::unique_ptr<Reader>> ending_;
    telemetry::Metrics::Subscription gauge_;
    TaskGroup tasks_;
};

}  // namespace lupaus::email
