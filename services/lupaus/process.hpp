// Everything one `serve` owns, in the order of construction; started and stopped by two lists (process.cpp).
#pragma once

#include "common/async/task_group.hpp"
#include "common/net/http_client.hpp"
#include "common/net/http_server.hpp"
#include "common/net/tls_identity.hpp"
#include "common/postgres/listener.hpp"
#include "common/systemd/notifier.hpp"
#include "services/chat/webhook.hpp"
#include "services/courier/copier.hpp"
#include "services/courier/courier.hpp"
#include "services/courier/fanout.hpp"
#include "services/courier/fetcher.hpp"
#include "services/courier/webhooks.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/door/doors.hpp"
#include "services/desk/inbound/intake.hpp"
#include "services/email/service.hpp"
#include "services/inbox/service.hpp"
#include "services/lupaus/readiness.hpp"
#include "services/router/router.hpp"
#include "services/router/watcher.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>
#include <set>
#include <string>

namespace lupaus {

class Process {
public:
    Process(const config::Config& config, std::set<std::string> roles, boost::asio::io_context& io,
            const systemd::Supervision& supervision);

    // Until a signal, then stops everything. Throws what prevents the start, and where an endless task was lost.
    boost::asio::awaitable<void> run();

    // A task that has no end of its own has ended: the process cannot do all of its work and stops, to be started anew.
    void lose(const std::string& task, std::exception_ptr error);

private:
    void start();
    boost::asio::awaitable<void> stop();

    bool has(const std::string& role) const { return roles_.contains(role); }

    bool takes_messages() const { return has("chat") || has("email"); }

    bool has_public_port() const { return takes_messages() || has("inbox"); }

    net::RouteTable public_routes();
    net::RouteTable private_routes();
    net::HttpServerHooks hooks();
    QueryObserver observe_queries(const std::string& pool);
    void watch_gauges();
    boost::asio::awaitable<void> measure_lag();
    boost::asio::awaitable<void> say_alive();
    boost::asio::awaitable<void> watch_certificate();
    std::shared_ptr<net::TlsIdentity> load_certificate() const;

    const config::Config& config_;
    std::set<std::string> roles_;
    boost::asio::signal_set signals_;
    boost::asio::io_context& io_;
    systemd::Notifier notifier_;
    std::string lost_;  // the first task that was
    bool is_stopping_ = false;
    telemetry::Metrics metrics_;
    Database app_;
    Database worker_;
    crypto::SecretBox box_;
    std::unique_ptr<blob::BlobStore> blobs_;
    desk::Wakeups wakeups_;
    desk::Context context_;
    TaskGroup tasks_;
    desk::outbound::Hold hold_;
    Readiness readiness_;
    desk::inbound::Intake intake_;
    desk::door::Doors doors_;
    chat::Webhook webhook_;
    net::HttpClient client_;
    email::Service email_;
    inbox::Service inbox_;
    Listener listener_;
    router::Router router_;
    router::Watcher watcher_;
    smtp::Client mail_client_;
    TaskGroup courier_tasks_;
    courier::Courier courier_;
    courier::Fanout fanout_;
    courier::Webhooks webhooks_;
    courier::Fetcher fetcher_;
    courier::Copier copier_;
    std::shared_ptr<net::TlsIdentity> tls_;  // empty: the public port is plain
    std::optional<net::HttpServer> public_server_;
    std::optional<net::HttpServer> private_server_;
    std::vector<telemetry::Metrics::Subscription> gauges_;
};

}  // namespace lupaus
