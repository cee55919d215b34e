#include "common/async/doorbell.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace lupaus {

namespace asio = boost::asio;

struct Doorbell::State {
    explicit State(const asio::any_io_executor& ex) : executor(ex), timer(ex) {}

    asio::any_io_executor executor;
    asio::steady_timer timer;
    bool rung = false;
};

Doorbell::Doorbell(const asio::any_io_executor& executor) : state_(std::make_shared<State>(executor)) {}

void Doorbell::ring() {
    state_->rung = true;
    state_->timer.cancel();
}

void Doorbell::ring_from_any_thread() {
    asio::post(state_->executor, [state = state_] {
        state->rung = true;
        state->timer.cancel();
    });
}

asio::awaitable<void> Doorbell::wait() {
    // steady_timer::duration::max() overflows when added to now, so "for ever" is a day, over and over.
    const auto day = std::chrono::hours{24};
    bool rung = false;
    while (!rung) {
        const bool now = co_await wait_for(day);
        rung = now;
    }
}

asio::awaitable<bool> Doorbell::wait_for(std::chrono::steady_clock::duration limit) {
    const auto state = state_;
    if (!state->rung) {
        state->timer.expires_after(limit);
        boost::system::error_code error;
        co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        const auto state_of_task = co_await asio::this_coro::cancellation_state;
        if (state_of_task.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }
    const bool rung = state->rung;
    state->rung = false;
    co_return rung;
}

asio::awaitable<void> pause(std::chrono::steady_clock::duration length) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, length);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace lupaus
