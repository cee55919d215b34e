// Whether this process should be given traffic: the database answers, its schema suits us, its clock agrees with ours,
// and the queue moves; an answer of long ago, while the next one is awaited, is none. That nothing is sent
// (desk::outbound::Hold) is said here too, and keeps nobody out. Asked in the background, so that a probe costs
// nothing; answered on the private port.
#pragma once

#include "services/desk/context/context.hpp"
#include "services/desk/outbound/hold.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lupaus {

struct Check {
    std::string name;
    bool ok = false;
    std::string detail;
};

class Readiness {
public:
    // `queue_floor`: no row of the queue waits below it; 0 where unknown. Asked on the I/O thread; `clock`, this
    // machine's, on a database thread.
    Readiness(desk::Context& context, desk::outbound::Hold& hold, std::function<std::int64_t()> queue_floor,
              std::function<Timestamp()> clock = system_now)
        : context_(context), hold_(hold), queue_floor_(std::move(queue_floor)), clock_(std::move(clock)) {}

    boost::asio::awaitable<void> run();   // endless; asks every second
    boost::asio::awaitable<void> look();  // once; throws what kept it from asking

    void stop() { stopping_ = true; }  // not ready from now on: traffic goes elsewhere while we drain
    bool is_ready() const;
    std::string to_json() const;
    std::string summary() const;  // a line for the service manager

private:
    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<std::vector<Check>> ask();

    void log_hold();
    std::vector<Check> checks() const;  // of the last look, unless it is too long ago

    desk::Context& context_;
    desk::outbound::Hold& hold_;
    std::function<std::int64_t()> queue_floor_;
    std::function<Timestamp()> clock_;
    std::vector<Check> checks_;
    std::chrono::steady_clock::time_point looked_at_{};
    std::string logged_hold_;
    bool stopping_ = false;
};

std::vector<std::string> refuse_database(Database& database);  // server::reasons_to_refuse, asked of one pool

}  // namespace lupaus
