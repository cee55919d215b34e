// One connection to a mailbox as a state machine without sockets and clocks: bytes go in, bytes come out, and `need`
// says what it waits for. Nothing secret is said before TLS stands; neither a server nor somebody between can talk it
// out of that. One thread; errors are failure(), after which nothing more happens. Source: RFC 3501, 2177, 6851, 4315.
//
//   greeting ─▶ STARTTLS ─▶ tls ─▶ CAPABILITY ─▶ log in ─▶ EXAMINE/SELECT ─▶ ready ◀──▶ list, fetch, mark, move,
//            (where the line asks for it)                                                 idle, select, find, append
#pragma once

#include "common/imap/response_reader.hpp"
#include "common/imap/wire.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::imap {

enum class Line : std::uint8_t {
    secure,    // TLS stands
    upgrade,   // plain; STARTTLS comes first
    loopback,  // plain, to this machine, and asked for
    open,      // plain across a network: refused
};

struct Folder {
    std::string name = "INBOX";  // UTF-8
    bool is_read_only = true;
};

enum class FailureKind : std::uint8_t {
    unreachable,  // no connection
    insecure,     // what was secret would have been said in the clear
    login,
    folder,
    refused,    // the server wants nothing to do with us now
    malformed,  // what came is no IMAP
    too_large,  // a mail is larger than it may be
    lost,
    timeout,
};

struct Failure {
    FailureKind kind = FailureKind::lost;
    std::string detail{};  // a sentence for whoever set the mailbox up; never a secret
};

struct Selected {
    std::uint32_t uid_validity = 0;
    std::uint32_t uid_next = 0;  // 0: not told
    std::uint32_t exists = 0;    // kept up to date
};

struct UidRange {
    std::uint32_t first = 1;
    std::uint32_t last = 0;  // 0: the newest

    bool operator==(const UidRange&) const = default;
};

struct Listed {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    std::optional<Timestamp> arrived{};
};

struct Mail {
    std::uint32_t uid = 0;
    bool is_answered = false;            // the server is done with it
    std::optional<std::string> bytes{};  // nothing: it was not handed out, for this reason
    std::string reason{};
};

class Session {
public:
    enum class Need : std::uint8_t { bytes, tls, nothing, over };

    Session(Login login, Folder folder, ReaderLimits limits = {});

    void begin(Line line);  // once, when the connection stands
    Need need() const;
    std::string take_output();  // to be written before anything is waited for
    void put(std::string_view bytes);
    void secured();              // TLS stands
    void fail(Failure failure);  // the transport's own; the first one counts

    const std::optional<Failure>& failure() const { return failure_; }

    const Selected& selected() const { return selected_; }

    bool has_news() const { return has_news_; }  // mails came since the last list()

    bool can_idle() const { return can_idle_; }

    // Each when nothing is needed; done when nothing is needed again.
    void list(UidRange range, std::size_t count_max);                        // the oldest so many of them
    void fetch(std::span<const std::uint32_t> uids, std::size_t bytes_max);  // of all of them together
    void mark_seen(std::span<const std::uint32_t> uids);
    void move(std::span<const std::uint32_t> uids, std::string_view folder);
    void select();    // the folder anew: numbers and all, which is what tells that it was replaced
    void idle();      // until news, or end_idle()
    void end_idle();  // also when it has ended
    void find(std::string_view message_id);  // in the folder that is selected: is_found()
    void append(std::string bytes);          // to that folder, as a mail that was read: take_refusal()

    std::vector<Listed> take_listed();              // ascending
    std::vector<Mail> take_mails();                 // as asked for; after a failure some are not answered
    std::optional<std::uint32_t> fetching() const;  // the mail that the server is at
    std::string take_refusal();                     // why marking, moving or appending did not work; "" it did

    bool is_found() const { return is_found_; }

private:
    using Done = void (Session::*)(const Status&);

    struct Command {
        std::string tag;
        Done done = nullptr;
        std::uint32_t uid = 0;            // of a fetch
        std::deque<std::string> parts{};  // still to be sent, one whenever the server asks
    };

    void send(std::vector<std::string> parts, Done done, std::uint32_t uid = 0);
    void shorten_list();
    void refuse(FailureKind kind, std::string_view what, const Status& status);

    void take(Status& status);
    void take(Continuation& more);
    void take(Capabilities& capabilities);
    void take(Exists& exists);
    void take(Expunged& expunged);
    void take(Fetched& fetched);
    void take(Found& found);
    void take(Unknown& unknown);
    void take_greeting(const Status& status);
    void take_untagged(const Status& status);

    void ask_capabilities(Done done);
    void log_in();
    void enter();

    void on_starttls(const Status& status);
    void on_capabilities(const Status& status);
    void on_login(const Status& status);
    void on_select(const Status& status);
    void on_list(const Status& status);
    void on_fetch(const Status& status);
    void on_change(const Status& status);
    void on_copy(const Status& status);
    void on_deleted(const Status& status);
    void on_find(const Status& status);
    void on_idle(const Status& status);

    enum class Idle : std::uint8_t { off, asked, on, ending };

    Login login_;
    Folder folder_;
    ResponseReader reader_;
    std::string output_;
    std::deque<Command> commands_;
    std::uint32_t last_tag_ = 0;
    std::uint32_t answered_uid_ = 0;

    Line line_ = Line::open;
    bool is_greeted_ = false;
    bool wants_tls_ = false;
    bool is_logged_in_ = false;
    bool is_token_refused_ = false;
    std::vector<std::string> capabilities_;
    Selected selected_;
    std::optional<Failure> failure_;

    bool has_news_ = false;
    bool can_idle_ = false;
    Idle idle_ = Idle::off;
    bool ends_idle_ = false;
    UidRange range_;
    std::size_t count_max_ = 0;
    std::vector<Listed> listed_;
    std::vector<Mail> mails_;
    std::size_t bytes_left_ = 0;
    std::string copied_set_;
    bool is_found_ = false;
    std::string refusal_;
};

}  // namespace lupaus::imap
