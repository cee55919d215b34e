// The loop of one mailbox: reads it from its checkpoint, oldest mail first and without a window of days, hands batches
// to a store and waits for the next mails (IDLE, else polling). The checkpoint moves only with a batch that is
// committed, so mails may come again after a crash and the store's keys have to know them; nothing is lost. It marks or
// moves a mail only when that was asked for, and after the commit. One mail that cannot be had is handed over as
// `trouble`, and the mailbox goes on. Never ends but by cancellation. I/O thread; each mailbox is a task of its own.
#pragma once

#include "common/imap/client.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/email/mailbox/rules.hpp"
#include "services/email/mailbox/types.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lupaus::email::mailbox {

// Where a mailbox' mails go and what is known about it. Exceptions are failures that pass.
class Store {
public:
    virtual ~Store() = default;

    virtual boost::asio::awaitable<Checkpoint> checkpoint() = 0;
    // Asked at every connection, since tokens are renewed. `is_refused`: the one before was not taken.
    virtual boost::asio::awaitable<Result<imap::Login>> login(bool is_refused) = 0;
    virtual boost::asio::awaitable<void> make_room(std::size_t bytes) = 0;  // before they are fetched
    virtual boost::asio::awaitable<bool> store(Batch batch) = 0;            // true: committed; false: not now

    // Mails up to the checkpoint that could not be had before and that somebody asks for again, and what came of each;
    // true: it is stored now.
    virtual boost::asio::awaitable<std::vector<Wanted>> wanted(Checkpoint checkpoint) = 0;
    virtual boost::asio::awaitable<bool> settle(RawMail mail) = 0;

    virtual std::string refusal() const { return "The desk takes no more mail at the moment."; }  // why not now

    virtual void tell(const Health& health) = 0;  // whenever it changes
};

struct Settings {
    imap::Server server{};
    std::string folder = "INBOX";
    Disposition disposition = Disposition::leave;
    std::string move_to{};
    imap::Waits waits{};
    std::chrono::milliseconds poll = limits::kImapPoll;
    Pauses pauses{};
};

class Mailbox {
public:
    Mailbox(imap::Network network, Settings settings, Store& store, telemetry::Metrics& metrics);

    boost::asio::awaitable<void> run();

    void look_for_wanted();  // with the next turn, and where the mailbox idles at once

private:
    struct Attempt {
        Attempts so_far{};
        std::string reason{};
        bool is_given_up = false;
    };

    using Listed = std::span<const imap::Listed>;

    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<imap::Failure> try_connection();
    boost::asio::awaitable<imap::Failure> connect_and_work();
    boost::asio::awaitable<void> work(imap::Client& client);
    void begin(const imap::Selected& selected);
    boost::asio::awaitable<bool> catch_up(imap::Client& client);
    boost::asio::awaitable<void> take_listed(imap::Client& client, Listed listed);
    boost::asio::awaitable<bool> take_batch(imap::Client& client, Listed listed);
    Batch assemble(Listed listed, std::vector<imap::Mail> mails);
    boost::asio::awaitable<void> keep(imap::Client& client, Batch batch);
    boost::asio::awaitable<void> dispose(imap::Client& client);
    boost::asio::awaitable<void> fetch_wanted(imap::Client& client);
    boost::asio::awaitable<void> wait_for_news(imap::Client& client);
    std::vector<std::uint32_t> wanted_of(Listed listed) const;
    std::string trouble_of(const imap::Listed& mail) const;
    void note(std::uint32_t uid, Fault fault, std::string reason);
    void note_failure(std::uint32_t uid, const imap::Failure& failure);
    void hold_back(imap::Session& session, std::uint32_t uid);
    void tell(State state, std::string reason);

    imap::Network network_;
    Settings settings_;
    Store& store_;
    telemetry::Metrics& metrics_;
    telemetry::Counter failed_;
    Checkpoint checkpoint_;
    bool has_wanted_ = false;         // as far as we were told
    imap::Client* idling_ = nullptr;  // somebody waits in its idle()
    std::uint32_t looked_up_to_ = 0;  // nothing is left to be read up to here
    std::uint32_t numbering_ = 0;     // the UIDVALIDITY that the numbers below are of
    std::map<std::uint32_t, Attempt> attempts_;
    std::vector<std::uint32_t> to_dispose_;          // stored, and not marked or moved yet
    std::string undisposed_;                         // why that did not work the last time
    bool is_progress_ = false;                       // of this connection
    bool brought_mail_ = false;                      // the same
    bool is_alone_ = false;                          // what was asked for last
    std::size_t batch_max_ = limits::kImapBatchMax;  // less on a line that bears no mail
    bool was_good_ = false;                          // everything was stored once, and then it ended
    bool is_desk_away_ = false;                      // not the server failed, but we
    int failures_ = 0;
    bool is_login_refused_ = false;
    Health health_;
    std::optional<Health> told_;
};

}  // namespace lupaus::email::mailbox
