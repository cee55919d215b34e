// The one way in for the bytes of a mail, whoever brings them: they are read, their files stored, and everything
// committed before the answer. A mail that nobody can read is kept all the same, and answered as accepted: the router
// moves it to quarantine. Lives on the I/O thread; reading and writing to disk happens in a small pool of its own.
// Errors: not_found (no such email channel), rate_limited, unavailable (too much waits, or the process stops), invalid
// (PostgreSQL cannot store it; kept as a rejection). A database that is gone is an exception.
#pragma once

#include "common/mail/mail.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/door/doors.hpp"
#include "services/desk/inbound/intake.hpp"

#include <boost/asio/thread_pool.hpp>

#include <optional>
#include <string>

namespace lupaus::email {

// A mail that is known to be there and could not be had.
struct Missing {
    std::string external_id{};
    std::string reason{};
};

struct Arrival {
    desk::ChannelId channel{};
    std::string bytes{};
    Timestamp received_at{};           // by the channel's server
    std::optional<Missing> missing{};  // instead of the bytes
};

// A mail that was read, and is not stored yet.
struct Letter {
    desk::door::FoundDoor door{};
    desk::inbound::Inbound message{};
    std::optional<mail::Report> report{};
};

class Mailroom {
public:
    Mailroom(desk::Context& context, desk::inbound::Intake& intake, desk::door::Doors& doors);
    Mailroom(const Mailroom&) = delete;
    Mailroom& operator=(const Mailroom&) = delete;

    boost::asio::awaitable<Result<desk::inbound::Receipt>> take(Arrival arrival);

    // The same in two steps, for those whose mails are to be stored in order: any number is read at once.
    boost::asio::awaitable<Result<Letter>> read(Arrival arrival);
    boost::asio::awaitable<Result<desk::inbound::Receipt>> accept(Letter letter);

    auto executor() { return pool_.get_executor(); }  // for other work on a whole mail

    void stop();  // joins the pool; after the last of those above

private:
    boost::asio::awaitable<Letter> open(desk::door::FoundDoor door, Arrival arrival);
    boost::asio::awaitable<Result<desk::inbound::Receipt>> store(Letter letter, desk::door::DayPlace& day);
    boost::asio::awaitable<void> heed(desk::AccountId account, const mail::Report& report);

    desk::Context& context_;
    desk::inbound::Intake& intake_;
    desk::door::Doors& doors_;
    boost::asio::thread_pool pool_;
    telemetry::Counter unreadable_;
};

}  // namespace lupaus::email
