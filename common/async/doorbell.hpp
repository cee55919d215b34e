// Wakes the one coroutine that waits; a second one must not wait meanwhile. A ring while nobody waits is remembered
// once, so no wake-up is lost and many rings cost one pass. Lives on one executor; from another thread use
// `ring_from_any_thread`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

namespace lupaus {

class Doorbell {
public:
    explicit Doorbell(const boost::asio::any_io_executor& executor);
    void ring();
    void ring_from_any_thread();
    boost::asio::awaitable<void> wait();                                               // until rung
    boost::asio::awaitable<bool> wait_for(std::chrono::steady_clock::duration limit);  // false: the limit passed

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Sleeps; throws operation_aborted when the task is cancelled.
boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration length);

}  // namespace lupaus
