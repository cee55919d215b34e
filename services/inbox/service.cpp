#include "services/inbox/service.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/audit/store.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/context/stream_notice.hpp"
#include "services/desk/webhook/conclude.hpp"
#include "services/inbox/attachment.hpp"
#include "services/inbox/documents.hpp"
#include "services/inbox/idempotency_store.hpp"
#include "services/inbox/routes.hpp"

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kRetentionEvery{1};
constexpr int kRetentionBatch = 1'000;

void report(const std::string& task, std::exception_ptr failure) {
    log::error("a task of the inbox failed", {{"task", task}, {"error", log::describe(std::move(failure))}});
}

}  // namespace

Service::Service(desk::Context& desk, asio::any_io_executor executor)
    : desk_(desk),
      tasks_(executor, report, desk.task_lost),
      leases_(desk, tasks_),
      gate_(desk, leases_),
      feed_(desk, executor),
      relay_(desk, feed_, executor),
      indexer_(desk),
      watch_(desk),
      house_{.desk = desk,
             .gate = gate_,
             .feed = feed_,
             .relay = relay_,
             .watch = watch_,
             .leases = leases_,
             .tasks = tasks_,
             .open = desk.metrics.gauge("lupaus_stream_open", "Live streams that are open.")} {}

std::vector<net::Route> Service::routes() {
    auto routes = document_routes();
    for (const auto& endpoint : endpoints()) {
        routes.push_back(gate_.route(endpoint));
    }
    routes.push_back(attachment_route(desk_, gate_));
    routes.push_back(file_route(desk_));
    routes.push_back(stream_route(house_));
    return routes;
}

std::map<std::string, std::function<void(const std::string&)>> Service::notifications() {
    return {{std::string(desk::kStreamChannel), [this](const std::string& payload) { relay_.hear(payload); }}};
}

void Service::start() {
    feed_.start(tasks_);
    relay_.start(tasks_);
    indexer_.start(tasks_);
    watch_.start(tasks_);
    keep_clearing("retention of answers", [this](Tx& tx) {
        return delete_old_answers(tx, desk_.config.retention.idempotency, kRetentionBatch);
    });
    keep_clearing("retention of webhook deliveries", [this](Tx& tx) {
        return desk::webhook::delete_old(tx, desk_.config.retention.webhooks, kRetentionBatch);
    });
    keep_clearing("retention of the audit", [this](Tx& tx) {
        return desk::audit::delete_old(tx, desk_.config.retention.audit, kRetentionBatch);
    });
}

asio::awaitable<void> Service::stop() {
    tasks_.stop();
    co_await tasks_.join();
}

void Service::keep_clearing(std::string name, std::function<int(Tx&)> clear) {
    desk::Loop loop{.name = name, .turn = [this, clear = std::move(clear)] { return clear_once(clear); }};
    tasks_.spawn_endless(std::move(name), desk::run_loop(desk_.metrics, std::move(loop)));
}

asio::awaitable<void> Service::clear_once(std::function<int(Tx&)> clear) {
    int gone = kRetentionBatch;
    while (gone == kRetentionBatch) {
        gone = co_await desk_.worker.run(Scope::queues(), clear);
    }
    co_await pause(kRetentionEvery);
}

}  // namespace lupaus::inbox
