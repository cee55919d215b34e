#include "services/router/watcher.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/alert/store.hpp"
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
constexpr std::chrono::seconds kOutagePause{1};
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
      tasks_(std::move(executor), [](const std::string& name, std::exception_ptr error) {
          log::error("a watcher task ended", {{"task", name}, {"error", log::describe(error)}});
      }) {
    const auto options = batch_options(context.config);
    options_.lease = options.lease;
}

void Watcher::start() {
    tasks_.spawn("watch promises", run_due(watch_promises, desk::promise::next_due));
    tasks_.spawn("watch timers", run_due(watch_timers, desk::timer::next_due));
    tasks_.spawn("settle presence", run_every(kPresenceInterval, &Watcher::settle_presence));
    tasks_.spawn("measure", run_every(kMeasureInterval, &Watcher::measure));
    tasks_.spawn("forget", run_every(kForgetInterval, &Watcher::forget));
}

void Watcher::stop() {
    tasks_.stop();
}

asio::awaitable<void> Watcher::join() {
    co_await tasks_.join();
}

asio::awaitable<void> Watcher::run_due(Watch watch, NextDue next_due) {
    const auto bell = context_.wakeups.subscribe(desk::Topic::due);
    Watermark watermark;
    for (;;) {
        std::chrono::milliseconds sleep = kOutagePause;
        try {
            sleep = co_await watch_once(watch, next_due, watermark);
        } catch (const pqxx::failure& error) {
            log::warn("watching failed", {{"error", error.what()}});
        } catch (const Overloaded& error) {
            log::warn("watching failed", {{"error", error.what()}});
        }
        if (sleep.count() > 0) {
            const auto least = std::min(sleep, kLookInterval);
            co_await pause(least);
            co_await bell->wait_for(sleep - least);
        }
    }
}

// One claim; how long nothing is due after it.
asio::awaitable<std::chrono::milliseconds> Watcher::watch_once(Watch watch, NextDue next_due, Watermark& watermark) {
    const auto now = std::chrono::steady_clock::now();
    const bool in_full = now - watermark.full_scan_at >= kFullScanInterval;
    const auto from = in_full ? Timestamp{} : watermark.handled - kSlack;
    const auto work = [&](Tx& tx) { return watch(tx, from, options_); };
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
    const auto ask = [&](Tx& tx) { return std::pair(next_due(tx, from), desk::database_now(tx)); };
    const auto [next, clock] = co_await context_.worker.run(Scope::queues(), ask);
    const auto poll = context_.config.watcher.poll;
    if (!next) {
        co_return poll;
    }
    const auto until = std::chrono::ceil<std::chrono::milliseconds>(*next - clock);
    co_return std::clamp<std::chrono::milliseconds>(until, std::chrono::milliseconds{1}, poll);
}

asio::awaitable<void> Watcher::run_every(std::chrono::milliseconds interval, Step step) {
    const auto work = [this, step](Tx& tx) { return (this->*step)(tx); };
    for (;;) {
        queue_from_ = queue_floor_();
        try {
            auto rest = Rest::some;
            while (rest == Rest::some) {
                rest = co_await context_.worker.run(Scope::queues(), work);
            }
        } catch (const pqxx::failure& error) {
            log::warn("a periodic step failed", {{"error", error.what()}});
        } catch (const Overloaded& error) {
            log::warn("a periodic step failed", {{"error", error.what()}});
        }
        co_await pause(interval);
    }
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
