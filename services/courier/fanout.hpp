// Turns the accounts' logs into deliveries to integrators' webhooks, as soon as something happened. Any number of
// processes share the work. Lives on the I/O thread; context and task group must outlive the task, which ends by itself
// after stop(). Woken by Topic::event; a poll is the guarantee.
#pragma once

#include "common/async/task_group.hpp"
#include "services/desk/context/context.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace lupaus::courier {

class Fanout {
public:
    // `on_queued` is called when deliveries have become due.
    Fanout(desk::Context& desk, TaskGroup& tasks, std::function<void()> on_queued);

    void start();  // idempotent
    void stop();   // idempotent

    void note_room();  // deliveries ended: an endpoint whose window was full may be told more

private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> take_turn();
    boost::asio::awaitable<bool> fan_out_once();

    desk::Context& desk_;
    TaskGroup& tasks_;
    std::function<void()> on_queued_;
    std::shared_ptr<Doorbell> bell_;
    telemetry::Counter queued_;
    bool is_short_of_room_ = false;
    bool is_looping_ = false;
    bool is_stopping_ = false;
};

}  // namespace lupaus::courier
