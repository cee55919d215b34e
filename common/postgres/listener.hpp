// LISTENs on one connection of its own thread and hands each notification to the callback of its channel, on that
// thread. Reconnects by itself after a pause, also from a server that says nothing and does not answer when asked.
// Notifications only shorten a wait; a poll is everybody's guarantee.
#pragma once

#include "common/postgres/watchdog.hpp"

#include <functional>
#include <map>
#include <string>
#include <thread>

namespace lupaus {

class Listener {
public:
    using Callback = std::function<void(const std::string& payload)>;

    Listener(std::string url, std::map<std::string, Callback> channels);
    void start();
    void stop();  // idempotent; asks the thread to end and does not wait: the destructor does

private:
    void run(const std::stop_token& stopping);
    void listen_until_broken(const std::stop_token& stopping);

    std::string url_;
    std::map<std::string, Callback> channels_;
    Watchdog watchdog_;
    std::jthread thread_;  // last: ends within a second, or as long as a connection or a ping may take
};

}  // namespace lupaus
