#include "services/courier/insist.hpp"

#include "common/async/cancellation.hpp"
#include "common/async/doorbell.hpp"
#include "common/telemetry/log.hpp"

#include <chrono>

namespace lupaus::courier {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPause{1000};
constexpr int kTriesMax = 30;

}  // namespace

asio::awaitable<void> insist(std::string what, std::function<asio::awaitable<void>()> write) {
    for (int tries = 1; tries <= kTriesMax; ++tries) {
        try {
            co_await write();
            co_return;
        } catch (const std::exception& error) {
            rethrow_cancellation(error);
            log::warn("what was sent could not be recorded", {{"what", what}, {"try", tries}, {"error", error.what()}});
        }
        co_await pause(kPause);
    }
}

void rethrow_cancellation(const std::exception& error) {
    if (is_cancellation(error)) {
        throw;
    }
}

}  // namespace lupaus::courier
