#include "common/async/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <list>

namespace lupaus {

namespace asio = boost::asio;

struct TaskGroup::State {
    struct Task {
        std::string name;
        asio::cancellation_signal cancel;
    };

    State(asio::any_io_executor ex, Failure handler)
        : executor(std::move(ex)),
          on_failure(std::move(handler)),
          all_ended(executor, asio::steady_timer::time_point::max()) {}

    void remove(std::list<Task>::iterator task) {
        tasks.erase(task);
        if (tasks.empty()) {
            all_ended.cancel();
        }
    }

    asio::any_io_executor executor;
    Failure on_failure;
    std::list<Task> tasks;
    asio::steady_timer all_ended;  // never expires; its cancellation wakes everybody who joins
    bool stopped = false;
};

namespace {

bool is_cancellation(std::exception_ptr error) {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const boost::system::system_error& failure) {
        return failure.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, Failure on_failure)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_failure))) {}

TaskGroup::~TaskGroup() {
    stop();
}

bool TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    if (state_->stopped) {
        return false;
    }
    const auto at = state_->tasks.emplace(state_->tasks.end());
    at->name = std::move(name);
    auto finish = [state = state_, at](std::exception_ptr error) {
        const auto ended_name = std::move(at->name);
        state->remove(at);
        if (error && !is_cancellation(error)) {
            state->on_failure(ended_name, error);
        }
    };
    asio::co_spawn(state_->executor, std::move(task),
                   asio::bind_cancellation_slot(at->cancel.slot(), std::move(finish)));
    return true;
}

void TaskGroup::stop() {
    state_->stopped = true;
    // On the executor itself: emitted from elsewhere, a cancellation could reach a task that has just ended.
    asio::dispatch(state_->executor, [state = state_] {
        for (auto task = state->tasks.begin(); task != state->tasks.end();) {
            const auto current = task++;  // emitting may end the task and erase it
            current->cancel.emit(asio::cancellation_type::terminal);
        }
    });
}

asio::awaitable<void> TaskGroup::join() {
    const auto state = state_;
    while (!state->tasks.empty()) {
        boost::system::error_code woken;
        co_await state->all_ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

std::size_t TaskGroup::size() const {
    return state_->tasks.size();
}

asio::any_io_executor TaskGroup::executor() const {
    return state_->executor;
}

}  // namespace lupaus
