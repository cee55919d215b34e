#include "services/router/router.hpp"

#include "common/base/limits.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/conversation/meters.hpp"

#include <algorithm>

namespace lupaus::router {

namespace asio = boost::asio;
using desk::inbound::Lane;

namespace {

constexpr std::chrono::milliseconds kLookInterval{5};  // while there is work anyway
constexpr std::chrono::milliseconds kBusyPause{10};    // somebody holds what the batch needed
constexpr std::chrono::milliseconds kGatherPause{8};   // after a small batch, whose fixed cost the next one shares
constexpr std::size_t kSmallBatch = 50;
constexpr int kDiscoverRowsMax = 2'000;
constexpr int kDiscoverAccountsMax = 100'000;

// A statement failed for what it said, not for where it ran: one of the rows is to blame.
bool is_poison(const pqxx::sql_error& error) {
    const auto& state = error.sqlstate();
    const bool transient = state.starts_with("40") || state.starts_with("53") || state.starts_with("55") ||
                           state.starts_with("57") || state.starts_with("58") || state.starts_with("08");
    return !state.empty() && !transient;
}

telemetry::Counter acknowledgements(telemetry::Metrics& metrics, const std::string& outcome) {
    return metrics.counter(
        "lupaus_acknowledgements_total",
        "Mails that began a conversation where a machine answers them: written, or the rule against it.",
        {{"outcome", outcome}});
}

// Empty: somebody else has the lane, or nothing is in it. The lock lasts as long as the transaction.
std::optional<desk::inbound::Queued> lock_next_row(Tx& tx, const Lane& lane) {
    if (desk::inbound::try_lanes(tx, std::span(&lane.account, 1)).empty()) {
        return std::nullopt;
    }
    auto rows = desk::inbound::claim(tx, std::span(&lane, 1), 1);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

}  // namespace

BatchOptions batch_options(const config::Config& config) {
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    BatchOptions options;
    options.route.reopen_window = duration_cast<seconds>(config.routing.reopen_window);
    options.route.bot_silence = config.routing.bot_silence;
    options.route.ladder = {.warn_share = config.alerts.warn_share,
                            .silent_after = duration_cast<seconds>(config.alerts.silent_after),
                            .acknowledge_hold = duration_cast<seconds>(config.alerts.acknowledge_hold)};
    options.route.make_id = [] { return make_uuid_v7(); };
    options.unattended_patience = config.alerts.unattended_after;
    options.lease = {.away_after = config.presence.away_after, .offline_after = config.presence.offline_after};
    options.rows_max = limits::kRouteBatchMax;
    return options;
}

Router::Meters::Meters(telemetry::Metrics& metrics)
    : messages(metrics.counter("lupaus_routed_messages_total", "Messages placed in a conversation.")),
      conversations(metrics.counter("lupaus_routed_conversations_total", "Conversations the router opened.")),
      assigned(metrics.counter("lupaus_assigned_total", "Conversations given to an agent automatically.")),
      acknowledged(acknowledgements(metrics, "written")),
      deferred(metrics.counter("lupaus_route_deferred_total",
                               "Queue rows left for later because their conversation was busy.")),
      quarantined(metrics.counter("lupaus_quarantined_total", "Queue rows that could not be routed.")),
      failures(metrics.counter("lupaus_route_failures_total", "Routing transactions that failed.")),
      batch_rows(metrics.histogram("lupaus_route_batch_rows", "Queue rows of one routing transaction.",
                                   telemetry::kSizeBuckets)),
      batch_seconds(metrics.histogram("lupaus_route_batch_seconds", "Time of one routing transaction.",
                                      telemetry::kRequestBuckets)),
      lag_seconds(metrics.histogram("lupaus_route_lag_seconds",
                                    "From acceptance to routed, per message; without history.",
                                    telemetry::kRequestBuckets)) {}

Router::Router(desk::Context& context, asio::any_io_executor executor)
    : context_(context),
      options_(batch_options(context.config)),
      meters_(context.metrics),
      tasks_(
          std::move(executor),
          [](const std::string& name, std::exception_ptr error) {
              log::error("a router task ended", {{"task", name}, {"error", log::describe(error)}});
          },
          context.task_lost) {
    options_.box = &context.box;
}

void Router::start() {
    for (int i = 0; i < context_.config.router.workers; ++i) {
        auto turn = [this, bell = context_.wakeups.subscribe(desk::Topic::queue)] { return take_turn(bell); };
        tasks_.spawn_endless("router worker",
                             desk::run_loop(context_.metrics, {.name = "router", .turn = std::move(turn)}));
    }
}

void Router::stop() {
    tasks_.stop();
}

asio::awaitable<void> Router::join() {
    co_await tasks_.join();
}

std::int64_t Router::queue_floor() const {
    return lanes_.floor(std::chrono::steady_clock::now());
}

asio::awaitable<void> Router::take_turn(std::shared_ptr<Doorbell> bell) {
    bool moved = false;
    try {
        moved = co_await work_once();
    } catch (const pqxx::failure&) {
        meters_.failures.add();
        throw;
    }
    if (!moved) {
        co_await bell->wait_for(context_.config.router.poll);
    }
}

asio::awaitable<bool> Router::work_once() {
    if (!lanes_.has_candidates() || std::chrono::steady_clock::now() - looked_at_ >= kLookInterval) {
        co_await look();
    }
    auto lanes = lanes_.candidates(options_.rows_max, limits::kRouteLanesMax);
    if (lanes.empty()) {
        co_return false;
    }
    const bool moved = co_await route_lanes(std::move(lanes));
    co_return moved;
}

asio::awaitable<void> Router::look() {
    looked_at_ = std::chrono::steady_clock::now();
    const auto look = lanes_.next_look(looked_at_);
    const auto discover = [&look](Tx& tx) {
        return look.in_full ? desk::inbound::discover_all(tx, kDiscoverAccountsMax)
                            : desk::inbound::discover(tx, look.from, kDiscoverRowsMax);
    };
    const auto found = co_await context_.worker.run(Scope::queues(), discover);
    lanes_.saw(looked_at_, look, found);
}

asio::awaitable<bool> Router::route_lanes(std::vector<Lane> lanes) {
    const auto started = std::chrono::steady_clock::now();
    const auto work = [this, &lanes](Tx& tx) { return route_batch(tx, lanes, options_); };
    bool poisoned = false;
    BatchReport report;
    try {
        report = co_await context_.worker.run(Scope::queues(), work);
    } catch (const pqxx::sql_error& error) {
        if (!is_poison(error)) {
            give_back(lanes);
            throw;
        }
        log::warn("a routing batch was refused, its rows are tried one by one", {{"error", error.what()}});
        poisoned = true;
    } catch (...) {
        give_back(lanes);
        throw;
    }
    if (poisoned) {
        meters_.failures.add();
        co_await isolate(std::move(lanes));
        co_return true;
    }
    settle(lanes, report);
    measure(report, std::chrono::steady_clock::now() - started);
    const bool moved = !report.finished.empty();
    const bool waits_for_others = !moved || (report.pushed > 0 && report.messages == 0);
    if (waits_for_others && !report.claimed.empty()) {
        co_await pause(kBusyPause);
        co_return true;
    }
    if (moved && report.claimed.size() < kSmallBatch) {
        co_await pause(kGatherPause);
    }
    co_return moved;
}

// Each lane row by row, as far as one batch would have gone; the row that fails alone is set aside with its reason.
asio::awaitable<void> Router::isolate(std::vector<Lane> lanes) {
    while (!lanes.empty()) {
        const auto lane = lanes.back();
        try {
            bool more = true;
            for (int i = 0; more && i < options_.rows_max; ++i) {
                more = co_await route_one(lane);
            }
        } catch (...) {
            give_back(lanes);
            throw;
        }
        lanes_.advanced(lane.account, lane.from, lane.backlog_from);
        lanes.pop_back();
    }
}

asio::awaitable<bool> Router::route_one(Lane lane) {
    auto single = options_;
    single.rows_max = 1;
    const std::vector<Lane> lanes{lane};
    std::optional<desk::inbound::Queued> tried;
    const auto work = [&](Tx& tx) {
        tried = lock_next_row(tx, lane);
        return route_batch(tx, lanes, single);
    };
    std::string reason;
    try {
        const auto report = co_await context_.worker.run(Scope::queues(), work);
        measure(report, {});
        co_return !report.finished.empty();
    } catch (const pqxx::sql_error& error) {
        if (!is_poison(error)) {
            throw;
        }
        reason = error.what();
    }
    const auto set_aside = [&](Tx& tx) {
        tx.narrow(Scope::accounts(std::vector<Uuid>{lane.account.value}));
        const auto row = lock_next_row(tx, lane);
        const bool is_same = row && tried && row->seq == tried->seq;  // else another instance dealt with it meanwhile
        if (is_same) {
            desk::inbound::quarantine(tx, std::vector<desk::inbound::Failed>{{.row = *row, .error = reason}});
        }
        return is_same;
    };
    const bool is_aside = co_await context_.worker.run(Scope::queues(), set_aside);
    meters_.quarantined.add(is_aside ? 1 : 0);
    co_return is_aside;
}

// Tells the memory of lanes what is left of each one that was tried.
void Router::settle(const std::vector<Lane>& tried, const BatchReport& report) {
    const auto per_lane =
        report.locked.empty() ? 1 : std::max(1, options_.rows_max / static_cast<int>(report.locked.size()));
    for (const auto& lane : tried) {
        const auto is_lane = [&lane](const auto& row) { return row.account == lane.account; };
        if (std::ranges::none_of(report.locked, is_lane)) {
            lanes_.returned(lane.account);
            continue;
        }
        const auto rest = desk::inbound::rest_of(lane, report.claimed, report.finished, per_lane);
        lanes_.advanced(lane.account, rest.from, rest.backlog_from);
    }
}

void Router::give_back(const std::vector<Lane>& lanes) {
    for (const auto& lane : lanes) {
        lanes_.returned(lane.account);
    }
}

void Router::count_acknowledgements(const BatchReport& report) {
    meters_.acknowledged.add(static_cast<double>(report.acknowledged));
    for (const auto& rule : report.withheld) {
        acknowledgements(context_.metrics, rule).add();
    }
}

void Router::measure(const BatchReport& report, std::chrono::steady_clock::duration took) {
    if (report.claimed.empty()) {
        return;
    }
    meters_.messages.add(static_cast<double>(report.messages));
    meters_.conversations.add(static_cast<double>(report.conversations));
    meters_.assigned.add(static_cast<double>(report.assigned));
    meters_.deferred.add(static_cast<double>(report.deferred));
    meters_.quarantined.add(static_cast<double>(report.quarantined));
    meters_.batch_rows.observe(static_cast<double>(report.claimed.size()));
    meters_.batch_seconds.observe(std::chrono::duration<double>(took).count());
    for (const auto reason : report.handovers) {
        desk::conversation::count_handover(context_.metrics, reason);
    }
    const auto now = system_now();
    for (const auto& row : report.finished) {
        if (row.kind == desk::inbound::Kind::message && !row.backlog) {
            meters_.lag_seconds.observe(std::chrono::duration<double>(now - row.received_at).count());
        }
    }
    context_.wakeups.announce(desk::Topic::event);
    count_acknowledgements(report);
    if (report.acknowledged > 0) {
        context_.wakeups.announce(desk::Topic::delivery);
    }
    if (report.fetches > 0) {
        context_.wakeups.announce(desk::Topic::fetch);
    }
    if (report.promises + report.timers > 0) {
        context_.wakeups.announce(desk::Topic::due);
    }
}

}  // namespace lupaus::router
