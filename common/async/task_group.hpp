// Names, counts and joins the coroutines of one owner: nothing runs detached and no exception is lost.
// Lives on one executor (the I/O thread). `stop` cancels every task; `join` returns when the last one has ended.
// A task that ends with an exception other than cancellation is reported once to the handler given at construction; an
// endless one that ends at all before stop() is lost, and reported to the other handler.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace lupaus {

class TaskGroup {
public:
    using Failure = std::function<void(const std::string& name, std::exception_ptr error)>;

    // `on_lost` gets an empty error where the task just returned; without it a lost task is a failed one.
    TaskGroup(boost::asio::any_io_executor executor, Failure on_failure, Failure on_lost = {});
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Refused (the task is dropped, false) once stop() was called.
    bool spawn(std::string name, boost::asio::awaitable<void> task);
    bool spawn_endless(std::string name, boost::asio::awaitable<void> task);
    void stop();                          // idempotent
    boost::asio::awaitable<void> join();  // after stop(), or to wait for tasks that end by themselves
    std::size_t size() const;
    boost::asio::any_io_executor executor() const;

private:
    struct State;

    bool begin(std::string name, boost::asio::awaitable<void> task, bool is_endless);

    std::shared_ptr<State> state_;
};

}  // namespace lupaus
