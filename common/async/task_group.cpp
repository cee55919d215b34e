#include "common/async/task_group.hpp"

#include "common/async/cancellation.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
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
        bool is_endless = false;
        asio::cancellation_signal cancel;
    };

    State(asio::any_io_executor ex, Failure failed, Failure lost)
        : executor(std::move(ex)),
          on_failure(std::move(failed)),
          on_lost(std::move(lost)),
          all_ended(executor, asio::steady_timer::time_point::max()) {}

    void remove(std::list<Task>::iterator task) {
        tasks.erase(task);
        if (tasks.empty()) {
            all_ended.cancel();
        }
    }

    void ended(std::list<Task>::iterator task, std::exception_ptr error);

    asio::any_io_executor executor;
    Failure on_failure;
    Failure on_lost;
    std::list<Task> tasks;
    asio::steady_timer all_ended;  // never expires; its cancellation wakes everybody who joins
    bool stopped = false;
};

namespace {

bool ended_by_cancellation(std::exception_ptr error) {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const std::exception& failure) {
        return is_cancellation(failure);
    } catch (...) {
        return false;
    }
}

}  // namespace

void TaskGroup::State::ended(std::list<Task>::iterator task, std::exception_ptr error) {
    const auto name = std::move(task->name);
    const bool is_lost = task->is_endless && !stopped && on_lost;
    remove(task);
    if (is_lost) {
        on_lost(name, std::move(error));
    } else if (error && !ended_by_cancellation(error)) {
        on_failure(name, std::move(error));
    }
}

TaskGroup::TaskGroup(asio::any_io_executor executor, Failure on_failure, Failure on_lost)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_failure), std::move(on_lost))) {}

TaskGroup::~TaskGroup() {
    stop();
}

bool TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    return begin(std::move(name), std::move(task), false);
}

bool TaskGroup::spawn_endless(std::string name, asio::awaitable<void> task) {
    return begin(std::move(name), std::move(task), true);
}

bool TaskGroup::begin(std::string name, asio::awaitable<void> task, bool is_endless) {
    if (state_->stopped) {
        return false;
    }
    const auto at = state_->tasks.emplace(state_->tasks.end());
    at->name = std::move(name);
    at->is_endless = is_endless;
    auto finish = [state = state_, at](std::exception_ptr error) { state->ended(at, std::move(error)); };
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
