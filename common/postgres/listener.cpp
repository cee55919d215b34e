#include "common/postgres/listener.hpp"

#include "common/base/limits.hpp"
#include "common/postgres/database.hpp"
#include "common/postgres/queries.sql.hpp"

#include <pqxx/pqxx>

#include <condition_variable>
#include <mutex>

namespace lupaus {

Listener::Listener(std::string url, std::map<std::string, Callback> channels)
    : url_(std::move(url)), channels_(std::move(channels)), watchdog_(limits::kListenerPing) {}

void Listener::start() {
    thread_ = std::jthread([this](const std::stop_token& stopping) { run(stopping); });
}

void Listener::stop() {
    thread_.request_stop();
}

void Listener::run(const std::stop_token& stopping) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stopping.stop_requested()) {
        try {
            listen_until_broken(stopping);
        } catch (const std::exception&) {
            // The pollers carry on meanwhile; the pool reports the same outage in its own words.
            std::unique_lock lock(mutex);
            stopped.wait_for(lock, stopping, std::chrono::seconds{1}, [] { return false; });
        }
    }
}

void Listener::listen_until_broken(const std::stop_token& stopping) {
    using Clock = std::chrono::steady_clock;
    pqxx::connection connection(with_connect_timeout(url_));
    Watchdog::Line line(watchdog_, connection.sock());
    for (const auto& [channel, callback] : channels_) {
        const auto hear = [&callback](const pqxx::notification& note) { callback(std::string(note.payload.c_str())); };
        line.ask([&] { connection.listen(channel, hear); });
        callback("");  // whatever was sent while nobody listened
    }
    auto heard_at = Clock::now();
    while (!stopping.stop_requested()) {
        if (connection.await_notification(1, 0) > 0) {
            heard_at = Clock::now();
        } else if (Clock::now() - heard_at >= limits::kListenerPing) {
            line.ask([&] { pqxx::nontransaction(connection).exec(postgres::sql::ping.sql); });
            heard_at = Clock::now();
        }
    }
}

}  // namespace lupaus
