#include "common/postgres/listener.hpp"

#include "common/postgres/database.hpp"

#include <pqxx/pqxx>

#include <condition_variable>
#include <mutex>

namespace lupaus {

Listener::Listener(std::string url, std::map<std::string, Callback> channels)
    : url_(std::move(url)), channels_(std::move(channels)) {}

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
    pqxx::connection connection(with_connect_timeout(url_));
    for (const auto& [channel, callback] : channels_) {
        connection.listen(channel, [&callback](const pqxx::notification& note) { callback(std::string(note.payload.c_str())); });
        callback("");  // whatever was sent while nobody listened
    }
    while (!stopping.stop_requested()) {
        connection.await_notification(1, 0);
    }
}

}  // namespace lupaus
