#include "common/postgres/watchdog.hpp"

#include <cerrno>
#include <condition_variable>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lupaus {

namespace {

constexpr int kLooksPerPatience = 16;
constexpr auto kNoDeadline = std::numeric_limits<std::chrono::steady_clock::rep>::max();

int duplicate(int socket) {
    const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot watch a connection to the database");
    }
    return copy;
}

}  // namespace

Watchdog::Watchdog(std::chrono::milliseconds patience)
    : patience_(patience), thread_([this](const std::stop_token& stopping) { run(stopping); }) {}

void Watchdog::run(const std::stop_token& stopping) {
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex_);
    while (!stopping.stop_requested()) {
        stopped.wait_for(lock, stopping, patience_ / kLooksPerPatience, [] { return false; });
        const auto now = Line::Clock::now();
        for (auto* line : lines_) {
            line->end_if_due(now);
        }
    }
}

Watchdog::Line::Line(Watchdog& watchdog, int socket)
    : watchdog_(watchdog), socket_(duplicate(socket)), deadline_(kNoDeadline) {
    const std::lock_guard lock(watchdog_.mutex_);
    watchdog_.lines_.insert(this);
}

Watchdog::Line::~Line() {
    {
        const std::lock_guard lock(watchdog_.mutex_);
        watchdog_.lines_.erase(this);
    }
    ::close(socket_);
}

Watchdog::Line::Wait::Wait(Line& waiting) : line(waiting) {
    line.deadline_ = (Clock::now() + line.watchdog_.patience_).time_since_epoch().count();
}

Watchdog::Line::Wait::~Wait() {
    line.deadline_ = kNoDeadline;
}

// An answer that comes at this very moment may be lost with the connection; it is then like any other that broke.
void Watchdog::Line::end_if_due(Clock::time_point now) {
    auto deadline = deadline_.load();
    if (deadline <= now.time_since_epoch().count() && deadline_.compare_exchange_strong(deadline, kNoDeadline)) {
        was_silent_ = true;
        ::shutdown(socket_, SHUT_RDWR);
    }
}

void Watchdog::Line::complain() const {
    if (was_silent_) {
        throw pqxx::broken_connection("PostgreSQL did not answer for " + std::to_string(watchdog_.patience_.count()) +
                                      " ms");
    }
}

}  // namespace lupaus
