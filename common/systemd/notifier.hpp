// Tells the service manager how this process fares: one datagram to the socket that it named. Forty lines of our own
// instead of libsystemd, because the protocol is this small and stable, and other supervisors speak it as well. Never
// blocks and never throws: a lost word costs a line of status, and the next beat of the watchdog follows. Any thread.
// Source: sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::systemd {

// As systemd hands it over in NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
struct Supervision {
    std::string socket;                                 // a path, or @ and an abstract name; empty: nobody listens
    std::optional<std::chrono::microseconds> watchdog;  // how long it may hear nothing before it kills
};

// From the variables' values, null where they are not set. A watchdog that is meant for another process is none.
Supervision read_supervision(const char* socket, const char* watchdog_usec, const char* watchdog_pid);

class Notifier {
public:
    explicit Notifier(Supervision supervision);
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    bool is_heard() const { return socket_ >= 0; }

    std::chrono::microseconds beat() const;  // how often it wants to hear: half of the watchdog's time
    void say(std::string_view state) const;  // READY=1, STOPPING=1, STATUS=...; joined by newlines
    void say_alive(std::string_view status) const;

private:
    Supervision supervision_;
    int socket_ = -1;
};

}  // namespace lupaus::systemd
