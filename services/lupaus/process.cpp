#include "services/lupaus/process.hpp"

#include "common/blob/make_store.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"
#include "services/inbox/failure.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <mutex>
#include <thread>

namespace lupaus {

namespace asio = boost::asio;
using std::chrono::duration;

namespace {

constexpr std::chrono::milliseconds kLagProbe{100};
constexpr std::chrono::seconds kCertificatePoll{2};

DatabaseOptions pool_options(const config::Config& config, const std::string& name, QueryObserver observer) {
    const bool is_app = name == "app";
    const auto& secret = is_app ? config.database.app_url : config.database.worker_url;
    return {.url = std::string(secret.reveal()),
            .name = name,
            .threads = is_app ? config.database.threads_app : config.database.threads_worker,
            .cores = is_app ? std::thread::hardware_concurrency() : 0,
            .statement_timeout = config.database.statement_timeout,
            .lock_timeout = config.database.lock_timeout,
            .observer = std::move(observer)};
}

std::map<std::string, Listener::Callback> notifications(desk::Wakeups& wakeups, inbox::Service& inbox) {
    std::map<std::string, Listener::Callback> channels = inbox.notifications();
    for (std::size_t i = 0; i < desk::kTopicCount; ++i) {
        const auto topic = static_cast<desk::Topic>(i);
        channels[std::string(desk::channel_name(topic))] = [&wakeups, topic](const std::string&) {
            wakeups.hear(topic);
        };
    }
    return channels;
}

void report(const std::string& task, std::exception_ptr error) {
    log::error("a task ended", {{"task", task}, {"error", log::describe(error)}});
}

net::HttpClientOptions held_by(const desk::outbound::Hold& hold) {
    net::HttpClientOptions options;
    options.is_held = [&hold] { return hold.stands(); };
    return options;
}

}  // namespace

Process::Process(const config::Config& config, std::set<std::string> roles, asio::io_context& io,
                 const systemd::Supervision& supervision)
    : config_(config),
      roles_(std::move(roles)),
      signals_(io, SIGTERM, SIGINT),
      io_(io),
      notifier_(supervision),
      app_(pool_options(config, "app", observe_queries("app"))),
      worker_(pool_options(config, "worker", observe_queries("worker"))),
      box_(config.secret.key),
      blobs_(blob::make_store(config.blob)),
      wakeups_(io.get_executor(), worker_),
      context_{
          config_, app_,    worker_,  wakeups_,
          box_,    *blobs_, metrics_, [this](const std::string& task, std::exception_ptr error) { lose(task, error); }},
      tasks_(io.get_executor(), report, context_.task_lost),
      hold_(config.courier.hold),
      readiness_(context_, hold_, [this] { return router_.queue_floor(); }),
      intake_(context_, io.get_executor()),
      doors_(context_, io.get_executor()),
      webhook_(context_, intake_, doors_),
      client_(io.get_executor(), net::UrlGuard(net::networks(config.egress.allow)), held_by(hold_)),
      email_(context_, {.intake = intake_, .doors = doors_}, {.hold = hold_, .http = client_}, io.get_executor()),
      inbox_(context_, io.get_executor()),
      listener_(std::string(config.database.worker_url.reveal()), notifications(wakeups_, inbox_)),
      router_(context_, io.get_executor()),
      watcher_(context_, io.get_executor(), [this] { return router_.queue_floor(); }),
      mail_client_(io.get_executor(), net::UrlGuard(net::networks(config.egress.allow)),
                   {.is_held = [&hold = hold_] { return hold.stands(); }}),
      courier_tasks_(io.get_executor(), report, context_.task_lost),
      courier_(context_, {.http = client_, .smtp = mail_client_}, hold_, courier_tasks_),
      fanout_(context_, courier_tasks_, [this] { webhooks_.wake(); }),
      webhooks_(context_, client_, hold_, courier_tasks_, [this] { fanout_.note_room(); }),
      fetcher_(context_, client_, hold_, io.get_executor()),
      copier_(context_, {.mailer = courier_.mailer(), .http = client_, .hold = hold_}, io.get_executor()) {}

asio::awaitable<void> Process::run() {
    std::exception_ptr failure;
    try {
        start();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await stop();  // what had begun would go on for ever
        std::rethrow_exception(failure);
    }
    notifier_.say("READY=1\nSTATUS=" + readiness_.summary());
    int signal = 0;
    if (lost_.empty()) {
        boost::system::error_code cancelled;  // by lose()
        signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    notifier_.say("STOPPING=1\nSTATUS=Draining");
    log::info("stopping", {{"signal", signal}});
    co_await stop();
    log::info("stopped");
    if (!lost_.empty()) {
        throw std::runtime_error("a task that has no end was lost: " + lost_);
    }
}

void Process::lose(const std::string& task, std::exception_ptr error) {
    if (is_stopping_) {
        return;  // some of them end by themselves then
    }
    log::error("a task that has no end was lost, the process stops",
               {{"task", task}, {"error", log::describe(std::move(error))}});
    lost_ = lost_.empty() ? task : lost_;
    signals_.cancel();
}

void Process::start() {
    net::HttpServerOptions private_options;
    private_options.address = config_.metrics.listen;
    private_options.port = static_cast<std::uint16_t>(config_.metrics.port);
    net::HttpServerHooks private_hooks;
    private_hooks.task_lost = context_.task_lost;
    private_server_.emplace(io_.get_executor(), private_options, private_routes(), std::move(private_hooks));
    net::HttpServerOptions public_options;
    public_options.address = config_.http.listen;
    public_options.port = static_cast<std::uint16_t>(config_.http.port);
    public_options.trusted_proxies = net::networks(config_.http.trusted_proxies);
    tls_ = load_certificate();
    public_options.tls = tls_;
    public_server_.emplace(io_.get_executor(), public_options, public_routes(), hooks());

    watch_gauges();
    wakeups_.start(tasks_, metrics_);
    tasks_.spawn_endless("readiness", readiness_.run());
    desk::Loop lag_meter{.name = "lag meter", .turn = [this] { return measure_lag(); }};
    tasks_.spawn_endless("lag meter", desk::run_loop(metrics_, std::move(lag_meter)));
    if (notifier_.is_heard()) {
        desk::Loop reports{.name = "reports", .turn = [this] { return say_alive(); }};
        tasks_.spawn_endless("reports", desk::run_loop(metrics_, std::move(reports)));
    }
    if (tls_) {
        desk::Loop certificate{.name = "certificate", .turn = [this] { return watch_certificate(); }};
        tasks_.spawn_endless("certificate", desk::run_loop(metrics_, std::move(certificate)));
    }
    listener_.start();
    if (takes_messages()) {
        intake_.start(tasks_);
        doors_.start(tasks_);
    }
    if (has("email")) {
        email_.start();
    }
    if (has("inbox")) {
        inbox_.start();
    }
    if (has("router")) {
        router_.start();
        watcher_.start();
    }
    if (has("courier")) {
        courier_.start();
        fanout_.start();
        webhooks_.start();
        fetcher_.start();
        copier_.start();
    }
    private_server_->start();
    if (has_public_port()) {
        public_server_->start();
    }
    log::info("serving", {{"address", config_.http.listen},
                          {"port", has_public_port() ? public_server_->port() : 0},
                          {"metrics_port", private_server_->port()}});
}

std::shared_ptr<net::TlsIdentity> Process::load_certificate() const {
    if (config_.http.tls_certificate_file.empty()) {
        return nullptr;
    }
    auto loaded =
        net::TlsIdentity::load({.certificate = config_.http.tls_certificate_file, .key = config_.http.tls_key_file});
    if (!loaded) {
        throw std::runtime_error(loaded.error().detail);
    }
    return *std::move(loaded);
}

// Whatever renews certificates need not tell us.
asio::awaitable<void> Process::watch_certificate() {
    co_await pause(kCertificatePoll);
    const auto refreshed = tls_->refresh();
    if (!refreshed) {
        log::error("the new certificate cannot be used, the old one stays", {{"reason", refreshed.error().detail}});
    } else if (*refreshed) {
        log::info("another certificate is shown", {{"ends_at", to_rfc3339(tls_->ends_at())}});
    }
}

// The one list of shutdown order: no new traffic, what is under way ends, then what serves it.
asio::awaitable<void> Process::stop() {
    is_stopping_ = true;
    readiness_.stop();
    listener_.stop();  // its thread ends meanwhile; whoever still waits for work has a poll
    email_.close();
    if (public_server_) {  // else start() failed before it was there
        co_await public_server_->stop();
    }
    co_await email_.stop();
    co_await intake_.stop();
    webhook_.stop();
    email_.join();
    co_await inbox_.stop();
    router_.stop();
    watcher_.stop();
    courier_.stop();
    fanout_.stop();
    webhooks_.stop();
    fetcher_.stop();
    copier_.stop();
    co_await router_.join();
    co_await watcher_.join();
    co_await courier_tasks_.join();
    co_await fetcher_.join();
    co_await copier_.join();
    client_.close_idle();
    tasks_.stop();
    co_await tasks_.join();
    if (private_server_) {
        co_await private_server_->stop();
    }
}

net::RouteTable Process::public_routes() {
    net::RouteTable routes;
    if (has("chat")) {
        routes.add({.method = "POST",
                    .pattern = std::string(chat::kWebhookPattern),
                    .body_bytes_max = limits::kWebhookBodyBytesMax,
                    .handler = webhook_.handler()});
    }
    if (has("email")) {
        routes.add({.method = "POST",
                    .pattern = std::string(email::kHookPattern),
                    .body_bytes_max = limits::kMailBytesMax,
                    .handler = email_.hook()});
    }
    if (has("inbox")) {
        for (auto& route : inbox_.routes()) {
            routes.add(std::move(route));
        }
    }
    return routes;
}

net::RouteTable Process::private_routes() {
    net::RouteTable routes;
    const auto add = [&routes](std::string pattern, net::Handler handler) {
        routes.add(
            {.method = "GET", .pattern = std::move(pattern), .body_bytes_max = 0, .handler = std::move(handler)});
    };
    add("/metrics", [this](net::Request) -> asio::awaitable<net::Response> {
        co_return net::text_response(200, metrics_.render(), "text/plain; version=0.0.4; charset=utf-8");
    });
    add("/healthz",
        [](net::Request) -> asio::awaitable<net::Response> { co_return net::json_response(200, R"({"alive":true})"); });
    add("/readyz", [this](net::Request) -> asio::awaitable<net::Response> {
        co_return net::json_response(readiness_.is_ready() ? 200 : 503, readiness_.to_json());
    });
    return routes;
}

net::HttpServerHooks Process::hooks() {
    net::HttpServerHooks hooks;
    hooks.request_done = [this](const net::RequestDone& done) {
        const telemetry::Labels labels{{"method", std::string(done.method)},
                                       {"route", done.route.empty() ? "unmatched" : std::string(done.route)},
                                       {"status", std::to_string(done.status)}};
        metrics_.counter("lupaus_http_requests_total", "Requests answered.", labels).add();
        metrics_
            .histogram("lupaus_http_request_seconds", "From the complete header to the answer written.",
                       telemetry::kRequestBuckets, {{"route", labels.at("route")}})
            .observe(duration<double>(done.duration).count());
        if (done.status >= 500) {
            log::warn("request answered", {{"request_id", done.request_id},
                                           {"client", done.client_address},
                                           {"route", done.route},
                                           {"status", done.status}});
        }
    };
    hooks.connection_cut = [this](std::string_view reason) {
        metrics_
            .counter("lupaus_http_connections_cut_total", "Connections ended by the server.",
                     {{"reason", std::string(reason)}})
            .add();
    };
    hooks.map_exception = inbox::map_exception;
    hooks.task_lost = context_.task_lost;
    return hooks;
}

// One counter and one histogram per named query. Called on database threads; children are found once per query.
QueryObserver Process::observe_queries(const std::string& pool) {
    struct Children {
        telemetry::Counter failures;
        telemetry::Histogram seconds;
    };

    struct Known {
        std::mutex mutex;
        std::unordered_map<const char*, Children> by_query;
    };

    auto known = std::make_shared<Known>();
    return [this, known, pool](std::string_view query, std::chrono::nanoseconds took, bool ok) {
        Children children;
        {
            const std::lock_guard lock(known->mutex);
            const auto [at, is_first] = known->by_query.try_emplace(query.data());
            if (is_first) {
                const telemetry::Labels labels{{"pool", pool}, {"query", std::string(query)}};
                at->second = {
                    metrics_.counter("lupaus_query_failures_total", "Failed executions of a named query.", labels),
                    metrics_.histogram("lupaus_query_seconds", "Time of a named query.", telemetry::kRequestBuckets,
                                       labels)};
            }
            children = at->second;
        }
        children.seconds.observe(duration<double>(took).count());
        children.failures.add(ok ? 0 : 1);
    };
}

void Process::watch_gauges() {
    gauges_.push_back(
        metrics_.watch_all("lupaus_database_waiting", "Jobs queued or running in a database pool.", [this] {
            return std::vector<telemetry::Sample>{{{{"pool", "app"}}, static_cast<double>(app_.waiting())},
                                                  {{{"pool", "worker"}}, static_cast<double>(worker_.waiting())}};
        }));
    gauges_.push_back(metrics_.watch("lupaus_http_connections", "Open connections of the public port.",
                                     [this] { return static_cast<double>(public_server_->connections()); }));
    gauges_.push_back(metrics_.watch("lupaus_outbound_held", "1 while nothing is sent to customers and integrators.",
                                     [this] { return hold_.stands() ? 1.0 : 0.0; }));
    gauges_.push_back(metrics_.watch("lupaus_ready", "1 when /readyz says so.",
                                     [this] { return readiness_.is_ready() ? 1.0 : 0.0; }));
}

// How much longer than asked a timer took: what every other coroutine on the I/O thread has to wait, too.
asio::awaitable<void> Process::measure_lag() {
    const auto lag =
        metrics_.histogram("lupaus_io_lag_seconds", "Delay of a timer on the I/O thread.", telemetry::kRequestBuckets);
    const auto asked = std::chrono::steady_clock::now();
    co_await pause(kLagProbe);
    lag.observe(duration<double>(std::chrono::steady_clock::now() - asked - kLagProbe).count());
}

// The beats come from the I/O thread, so that a watchdog notices when that hangs. A database that is away is no reason
// to be killed; the status says so.
asio::awaitable<void> Process::say_alive() {
    co_await pause(std::chrono::duration_cast<std::chrono::milliseconds>(notifier_.beat()));
    notifier_.say_alive(readiness_.summary());
}

}  // namespace lupaus
