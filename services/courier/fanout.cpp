#include "services/courier/fanout.hpp"

#include "common/async/doorbell.hpp"
#include "services/courier/chance.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/webhook/fanout.hpp"

#include <utility>

namespace lupaus::courier {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kFanoutPoll{500};
constexpr std::chrono::milliseconds kGather{50};  // what happens within it is read at once: a look costs all accounts

}  // namespace

Fanout::Fanout(desk::Context& desk, TaskGroup& tasks, std::function<void()> on_queued)
    : desk_(desk),
      tasks_(tasks),
      on_queued_(std::move(on_queued)),
      bell_(desk.wakeups.subscribe(desk::Topic::event)),
      queued_(desk.metrics.counter("lupaus_webhooks_fanned_out_total", "Deliveries made from events.")) {}

void Fanout::start() {
    is_stopping_ = false;
    if (!is_looping_) {
        is_looping_ = true;
        is_looping_ = tasks_.spawn_endless("webhook fan-out", run());
    }
}

void Fanout::stop() {
    is_stopping_ = true;
    bell_->ring();
}

void Fanout::note_room() {
    if (std::exchange(is_short_of_room_, false)) {
        bell_->ring();
    }
}

asio::awaitable<void> Fanout::run() {
    struct Ending {
        bool& is_looping;

        ~Ending() { is_looping = false; }
    };

    const Ending ending{is_looping_};
    desk::Loop loop{.name = "webhook fan-out", .turn = [this] { return take_turn(); }};
    loop.goes_on = [this] { return !is_stopping_; };
    co_await desk::run_loop(desk_.metrics, std::move(loop));
}

asio::awaitable<void> Fanout::take_turn() {
    const bool has_more = co_await fan_out_once();
    if (!has_more) {
        co_await bell_->wait_for(kFanoutPoll);
        co_await pause(kGather);
    }
}

asio::awaitable<bool> Fanout::fan_out_once() {
    const auto chance = random_chance();
    const auto work = [chance](Tx& tx) { return desk::webhook::fan_out(tx, chance); };
    const auto done = co_await desk_.worker.run(Scope::queues(), work);
    is_short_of_room_ = done.is_short_of_room;
    if (done.deliveries > 0) {
        queued_.add(static_cast<double>(done.deliveries));
        on_queued_();
    }
    const bool has_more = done.is_cut && done.deliveries > 0;
    co_return has_more;
}

}  // namespace lupaus::courier
