#include "services/router/watcher.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/router/router.hpp"
#include "services/router/store.hpp"

#include <set>

namespace lupaus::router {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kSlack{60};  // longer than any transaction that could set an earlier due time
constexpr std::chrono::seconds kFullScanInterval{60};
constexpr std::chrono::milliseconds kLookInterval{20};  // however often new due times are announced
constexpr std::chrono::milliseconds kPresenceInterval{2'000};
constexpr std::chrono::milliseconds kMeasureInterval{5'000};
constexpr std::chrono::milliseconds kForgetInterval{60'000};
constexpr int kPresenceBatch = 500;
constexpr int kForgetBatch = 1'000;

}  // namespace

Watcher::Watcher(desk::Context& context, asio::any_io_executor executor, std::function<std::int64_t()> queue_floor)
    : context_(context),
      queue_floor_(std::move(queue_floor)),
      raised_(context.metrics.counter("lupaus_alerts_raised_total", "Alerts that began to fire.")),
      late_seconds_(context.metrics.histogram("lupaus_alert_late_seconds",
                                              "From a due time to the end of the batch that handled it.",
                                              telemetry::kRequestBuckets)),
      waiting_(context.metrics.gauge("lupaus_waiting_customers", "Open waits for a reply.")),
      overdue_(context.metrics.gauge("lupaus_overdue_promises", "Open reply promises past their due time.")),
      oldest_wait_seconds_(context.metrics.gauge("lupaus_oldest_wait_seconds", "Age of the oldest open wait.")),
      queue_rows_(context.metrics.gauge("lupaus_queue_rows", "Rows waiting to be routed.")),
      queue_lag_seconds_(
          context.metrics.gauge("lupaus_queue_lag_seconds", "Age of the oldest row waiting to be routed.")),
      tasks_(
          std::move(executor),
          [](const std::string& name, std::exception_ptr error) {
              log::error("a watcher task ended", {{"task", name}, {"error", log::describe(error)}});
          },
          context.task_lost) {
    const auto options = batch_options(context.config);
    options_.lease = options.lease;
}

void Watcher::start() {
    watch_due("watch promises", watch_promises, desk::promise::next_due);
    watch_due("watch timers", watch_timers, desk::timer::next_due);
    repeat("settle presence", kPresenceInterval, &Watcher::settle_presence);
    repeat("measure", kMeasureInterval, &Watcher::measure);
    repeat("forget", kForgetInterval, &Watcher::forget);
}

void Watcher::stop() {
    tasks_.stop();
}

asio::awaitable<void> Watcher::join() {
    co_await tasks_.join();
}

void Watcher::watch_due(const std::string& name, Watch watch, NextDue next_due) {
    const auto due = std::make_shared<Due>(
        Due{.watch = watch, .next_due = next_due, .bell = context_.wakeups.subscribe(desk::Topic::due)});
    auto turn = [this, due] { return take_turn(*due); };
    tasks_.spawn_endless(name, desk::run_loop(context_.metrics, {.name = name, .turn = std::move(turn)}));
}

asio::awaitable<void> Watcher::take_turn(Due& due) {
    const auto sleep = co_await watch_once(due);
    if (sleep.count() > 0) {
        const auto least = std::min(sleep, kLookInterval);
        co_await pause(least);
        co_await due.bell->wait_for(sleep - least);
    }
}

// One claim; how long nothing is due after it.
asio::awaitable<std::chrono::milliseconds> Watcher::watch_once(Due& due) {
    auto& watermark = due.watermark;
    const auto now = std::chrono::steady_clock::now();
    const bool in_full = now - watermark.full_scan_at >= kFullScanInterval;
    const auto from = in_full ? Timestamp{} : watermark.handled - kSlack;
    const auto work = [&](Tx& tx) { return due.watch(tx, from, options_); };
    const auto report = co_await context_.worker.run(Scope::queues(), work);
    watermark.full_scan_at = in_full ? now : watermark.full_scan_at;
    watermark.handled = std::max(watermark.handled, report.newest.value_or(Timestamp{}));
    raised_.add(report.raised);
    if (report.told) {
        context_.wakeups.announce(desk::Topic::event);
    }
    if (report.queued) {
        context_.wakeups.announce(desk::Topic::queue);
    }
    if (report.newest) {
        late_seconds_.observe(std::chrono::duration<double>(system_now() - *report.newest).count());
    }
    if (report.claimed == options_.batch_max) {
        co_return std::chrono::milliseconds{0};
    }
    const auto ask = [&](Tx& tx) { return std::pair(due.next_due(tx, from), desk::database_now(tx)); };
    const auto [next, clock] = co_await context_.worker.run(Scope::queues(), ask);
    const auto poll = context_.config.watcher.poll;
    if (!next) {
        co_return poll;
    }
    const auto until = std::chrono::ceil<std::chrono::milliseconds>(*next - clock);
    co_return std::clamp<std::chrono::milliseconds>(until, std::chrono::milliseconds{1}, poll);
}

void Watcher::repeat(const std::string& name, std::chrono::milliseconds interval, Step step) {
    auto turn = [this, interval, step] { return take_step(interval, step); };
    tasks_.spawn_endless(name, desk::run_loop(context_.metrics, {.name = name, .turn = std::move(turn)}));
}

asio::awaitable<void> Watcher::take_step(std::chrono::milliseconds interval, Step step) {
    const auto work = [this, step](Tx& tx) { return (this->*step)(tx); };
    queue_from_ = queue_floor_();
    auto rest = Rest::some;
    while (rest == Rest::some) {
        rest = co_await context_.worker.run(Scope::queues(), work);
    }
    co_await pause(interval);
}

Watcher::Rest Watcher::settle_presence(Tx& tx) {
    const auto lapsed = desk::agent::claim_lapsed(tx, options_.lease, kPresenceBatch);
    std::set<Uuid> accounts;
    for (const auto& change : lapsed) {
        accounts.insert(change.account.value);
    }
    if (!lapsed.empty()) {
        tx.narrow(Scope::accounts(std::vector<Uuid>(accounts.begin(), accounts.end())));
        desk::agent::record(tx, context_, lapsed, desk::event::Actor::system());
    }
    return std::ssize(lapsed) == kPresenceBatch ? Rest::some : Rest::none;
}

Watcher::Rest Watcher::forget(Tx& tx) {
    const int gone = desk::inbound::delete_old_rejections(tx, context_.config.retention.rejections, kForgetBatch);
    return gone == kForgetBatch ? Rest::some : Rest::none;
}

Watcher::Rest Watcher::measure(Tx& tx) {
    const auto waits = measure_waits(tx);
    waiting_.set(static_cast<double>(waits.waiting));
    overdue_.set(static_cast<double>(waits.overdue));
    oldest_wait_seconds_.set(std::chrono::duration<double>(waits.oldest).count());
    const auto depth = desk::inbound::measure_depth(tx, queue_from_);
    queue_rows_.set(static_cast<double>(depth.rows));
    queue_lag_seconds_.set(std::chrono::duration<double>(depth.age).count());
    std::map<std::pair<desk::alert::Kind, desk::alert::State>, std::int64_t> counts;
    for (const auto& alerts : measure_alerts(tx)) {
        counts[{alerts.kind, alerts.state}] = alerts.count;
    }
    using desk::alert::Kind;
    for (const auto kind : {Kind::promise, Kind::silent, Kind::unattended, Kind::undelivered}) {
        for (const auto state : {desk::alert::State::firing, desk::alert::State::acknowledged}) {
            const telemetry::Labels labels{{"kind", std::string(to_string(kind))},
                                           {"state", std::string(to_string(state))}};
            const auto gauge = context_.metrics.gauge("lupaus_alerts", "Alerts that fire or were taken.", labels);
            gauge.set(static_cast<double>(counts[{kind, state}]));
        }
    }
    return Rest::none;
}

}  // namespace lupaus::router
