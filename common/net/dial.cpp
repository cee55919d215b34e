#include "common/net/dial.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <utility>

namespace lupaus::net {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAddressesMax = 4;  // tried one after the other before the deadline

DialTrouble trouble(ClientFailure failure, std::string detail) {
    return {.failure = failure, .detail = std::move(detail)};
}

asio::awaitable<DialTrouble> connect(std::shared_ptr<StreamWatch> watch, const Dialling& dialling,
                                     Addresses addresses) {
    addresses.resize(std::min(addresses.size(), kAddressesMax));
    boost::system::error_code error;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        watch->is_expired = false;
        watch->set((dialling.deadline - Clock::now()) / static_cast<int>(addresses.size() - i));
        const asio::ip::tcp::endpoint endpoint(addresses[i], dialling.port);
        error = co_await watch->stream->connect(endpoint);
        watch->clear();
        if (!error && !watch->is_expired) {
            co_return DialTrouble{};
        }
    }
    const bool is_v6 = dialling.host.find(':') != std::string::npos;
    const auto where = (is_v6 ? "[" + dialling.host + "]" : dialling.host) + ":" + std::to_string(dialling.port);
    if (watch->is_expired) {
        co_return trouble(ClientFailure::timeout, "Connecting to " + where + " took too long.");
    }
    co_return trouble(ClientFailure::connect, "Connecting to " + where + " failed: " + error.message() + ".");
}

}  // namespace

std::string_view to_string(ClientFailure failure) {
    static constexpr std::string_view kNames[] = {
        "none",    "bad_url", "refused_by_guard", "resolve",    "connect", "tls",
        "timeout", "cut",     "malformed",        "called_off", "held"};
    return kNames[static_cast<std::size_t>(failure)];
}

asio::awaitable<DialTrouble> dial(std::shared_ptr<StreamWatch> watch, Dialling dialling) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(dialling.deadline - Clock::now());
    const auto addresses = co_await dialling.resolver.resolve(dialling.host, wait);
    if (!addresses) {
        const bool is_late = addresses.error().code == Errc::timeout;
        co_return trouble(is_late ? ClientFailure::timeout : ClientFailure::resolve, addresses.error().detail);
    }
    // One forbidden answer spoils them all: a name that resolves to both is an attempt to slip through.
    for (const auto& address : *addresses) {
        if (const auto refusal = dialling.guard.refuse(address)) {
            co_return trouble(ClientFailure::refused_by_guard, refusal->detail);
        }
    }
    co_return co_await connect(std::move(watch), dialling, *addresses);
}

}  // namespace lupaus::net
