// Ends connections whose server has fallen silent. libpq waits for an answer as long as the kernel believes in the
// other end, and a proxy that hangs, a frozen server or a network that swallows packets keeps it believing for hours:
// then statement_timeout, which the server keeps, is of no use. One thread for all lines of a pool; outlives its lines.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include <pqxx/except>

namespace lupaus {

class Watchdog {
public:
    explicit Watchdog(std::chrono::milliseconds patience);  // for one answer

    // The socket of one connection, under a number of our own: libpq may close its own at any time, and the number may
    // be somebody else's then. Used by one thread at a time.
    class Line {
    public:
        Line(Watchdog& watchdog, int socket);
        ~Line();
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;

        // Does what waits for one answer. A connection that was ended for its silence says so, whatever libpq makes
        // of it: pqxx::broken_connection.
        template <class Question>
        auto ask(Question question) {
            const Wait wait(*this);
            try {
                return question();
            } catch (const pqxx::failure&) {
                complain();
                throw;
            }
        }

    private:
        friend class Watchdog;
        using Clock = std::chrono::steady_clock;

        struct Wait {
            explicit Wait(Line& waiting);
            ~Wait();
            Line& line;
        };

        void end_if_due(Clock::time_point now);
        void complain() const;

        Watchdog& watchdog_;
        int socket_;
        std::atomic<Clock::rep> deadline_;
        std::atomic<bool> was_silent_{false};
    };

private:
    void run(const std::stop_token& stopping);

    std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::unordered_set<Line*> lines_;
    std::jthread thread_;  // last: uses all of the above
};

}  // namespace lupaus
