// Hands a mail to a relay: what a Submission asks for, done over the network. The relay's certificate is checked; every
// step has a deadline, and all of them together one. Any number of send() at once; never throws for the relay's faults.
// Lives on the I/O thread. Speaking without TLS is only possible with this machine itself.
#pragma once

#include "common/base/limits.hpp"
#include "common/net/resolver.hpp"
#include "common/net/url_guard.hpp"
#include "common/smtp/submission.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace lupaus::smtp {

struct Relay {
    std::string host{};
    std::uint16_t port = 587;
};

struct Waits {
    std::chrono::milliseconds connect = limits::kConnectWait;  // name, connection and implicit TLS together
    std::chrono::milliseconds step = limits::kResponseWait;    // one answer, or one part of the message
    std::chrono::milliseconds ending = limits::kMailEndingWait;
    // When all has to be over; an answer to the mail may take until then, and less than `ending` before it none is
    // asked.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

struct ClientOptions {
    std::string ca_file{};            // trusted besides the system's authorities
    std::function<bool()> is_held{};  // asked at every call: true, and nothing is looked up or connected
};

class Client {
public:
    // Without a resolver the system's is used.
    Client(boost::asio::any_io_executor executor, net::UrlGuard guard, ClientOptions options = {},
           std::shared_ptr<net::Resolver> resolver = nullptr);

    boost::asio::awaitable<Outcome> send(Relay relay, Job job, Waits waits = {});

private:
    struct State;
    class Call;
    std::shared_ptr<State> state_;
};

}  // namespace lupaus::smtp
