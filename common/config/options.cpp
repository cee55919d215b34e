#include "common/config/options.hpp"

#include <algorithm>
#include <array>

namespace lupaus::config {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kDay = std::chrono::days{1};
constexpr double kPortMax = 65535;

// Sections stay together: config/lupaus.toml is written in this order.
constexpr auto kTable = std::to_array<Option>({
    {"database.url", "", PostgresUrl{}, "PostgreSQL as the owner of the tables (role lupaus_owner): for migrations.",
     [](Config& c) -> Slot { return &c.database.url; }},
    {"database.app_url", "", PostgresUrl{},
     "The same database as role lupaus_app: for the API, which sees one account at a time.",
     [](Config& c) -> Slot { return &c.database.app_url; }},
    {"database.worker_url", "", PostgresUrl{},
     "The same database as role lupaus_worker: for the intake, the router, the watcher and the courier.",
     [](Config& c) -> Slot { return &c.database.worker_url; }},
    {"database.threads_app", "4", Range{1, 64},
     "Connections of the API; each has a thread, because the client library blocks.",
     [](Config& c) -> Slot { return &c.database.threads_app; }},
    {"database.threads_worker", "4", Range{1, 64}, "Connections of the workers, a thread each.",
     [](Config& c) -> Slot { return &c.database.threads_worker; }},
    {"database.statement_timeout", "5s", Span{100ms, 10min},
     "A statement that takes longer is cancelled, so that nobody waits for ever.",
     [](Config& c) -> Slot { return &c.database.statement_timeout; }},
    {"database.lock_timeout", "1s", Span{10ms, 1min},
     "A statement that waits longer for a lock fails: workers come back to it, API and webhooks answer 503 to try "
     "again.",
     [](Config& c) -> Slot { return &c.database.lock_timeout; }},

    {"http.listen", "127.0.0.1", IpAddress{},
     "Where the API and the webhooks listen; before anything public put a TLS proxy, or name a certificate below.",
     [](Config& c) -> Slot { return &c.http.listen; }},
    {"http.port", "8480", Range{0, kPortMax}, "TCP port of the API; 0 takes a free one and logs it.",
     [](Config& c) -> Slot { return &c.http.port; }},
    {"http.trusted_proxies", "", Networks{},
     "The proxies in front, whose X-Forwarded-For (or Forwarded) says where a request comes from, for the log.",
     [](Config& c) -> Slot { return &c.http.trusted_proxies; }},
    {"http.tls_certificate_file", "", Anything{},
     "A certificate chain in PEM: the port then speaks TLS (1.2 or newer) alone. A changed file is read again by "
     "itself.",
     [](Config& c) -> Slot { return &c.http.tls_certificate_file; }},
    {"http.tls_key_file", "", Anything{}, "The certificate's private key in PEM, without a passphrase.",
     [](Config& c) -> Slot { return &c.http.tls_key_file; }},

    {"metrics.listen", "127.0.0.1", IpAddress{},
     "Where /metrics, /healthz and /readyz listen; they need no token, so keep them private.",
     [](Config& c) -> Slot { return &c.metrics.listen; }},
    {"metrics.port", "8481", Range{0, kPortMax}, "TCP port of the metrics; 0 takes a free one and logs it.",
     [](Config& c) -> Slot { return &c.metrics.port; }},

    {"blob.dir", "/var/lib/lupaus/blob", Anything{},
     "Attachments, named by their SHA-256; all processes of one desk share it. With an endpoint, those on their way.",
     [](Config& c) -> Slot { return &c.blob.dir; }},
    {"blob.endpoint", "", HttpOrigin{},
     "An S3-compatible service, such as https://s3.eu-north-1.amazonaws.com: attachments are kept in its bucket "
     "instead.",
     [](Config& c) -> Slot { return &c.blob.endpoint; }},
    {"blob.region", "us-east-1", Text{}, "The region that requests are signed for; many services have but this one.",
     [](Config& c) -> Slot { return &c.blob.region; }},
    {"blob.bucket", "", BucketName{}, "The bucket; it must be there, and belongs to the desk alone.",
     [](Config& c) -> Slot { return &c.blob.bucket; }},
    {"blob.addressing", "path", Words{"path host"},
     "Where the bucket is named: endpoint/bucket/key (path), or bucket.endpoint/key (host).",
     [](Config& c) -> Slot { return &c.blob.addressing; }},
    {"blob.access_key", "", Text{}, "The access key; it needs s3:GetObject, s3:PutObject and s3:ListBucket.",
     [](Config& c) -> Slot { return &c.blob.access_key; }},
    {"blob.secret_key", "", Password{}, "The access key's secret.",
     [](Config& c) -> Slot { return &c.blob.secret_key; }},

    {"secret.key_file", "", Anything{},
     "64 hexadecimal digits (openssl rand -hex 32) that seal channel secrets in the database; nobody else may read it.",
     [](Config& c) -> Slot { return &c.secret.key_file; }},

    {"egress.allow", "", Networks{},
     "Private addresses or ranges that webhooks and attachments may reach in spite of the guard.",
     [](Config& c) -> Slot { return &c.egress.allow; }},

    {"log.level", "info", Words{"debug info warn error"},
     "The least serious lines that are written: debug, info, warn or error.",
     [](Config& c) -> Slot { return &c.log.level; }},

    {"router.workers", "2", Range{1, 16}, "How many batches are routed at the same time.",
     [](Config& c) -> Slot { return &c.router.workers; }},
    {"router.poll", "500ms", Span{10ms, 1h}, "How long the router sleeps when no notification wakes it.",
     [](Config& c) -> Slot { return &c.router.poll; }},

    {"intake.linger", "0ms", Span{0ms, 100ms},
     "How long an idle intake waits for company before it commits: larger batches, later acknowledgements.",
     [](Config& c) -> Slot { return &c.intake.linger; }},

    {"email.lmtp_listen", "", Endpoint{},
     "Where mail servers hand mail over by LMTP; empty: nowhere. It asks for no password, so keep it private.",
     [](Config& c) -> Slot { return &c.email.lmtp_listen; }},

    {"watcher.poll", "1s", Span{10ms, 1min},
     "The longest time between two looks at what is due: alerts are at most so late.",
     [](Config& c) -> Slot { return &c.watcher.poll; }},

    {"courier.hold", "false", YesOrNo{},
     "Sends nothing to customers or integrators while it is true; replies wait. The same as serve --hold-outbound.",
     [](Config& c) -> Slot { return &c.courier.hold; }},
    {"courier.workers", "64", Range{1, 256},
     "How many deliveries are under way at the same time, an eighth of them on one channel.",
     [](Config& c) -> Slot { return &c.courier.workers; }},
    {"courier.attempt_wait", "20s", Span{100ms, 1min}, "How long a receiver may take to answer one attempt.",
     [](Config& c) -> Slot { return &c.courier.attempt_wait; }},
    {"courier.lease", "1m", Span{200ms, 10min},
     "After how long the delivery of a courier that vanished is taken over; more than attempt_wait.",
     [](Config& c) -> Slot { return &c.courier.lease; }},
    {"courier.fetch_wait", "1m", Span{100ms, 10min},
     "How long the download of an attachment that was named by a URL may take.",
     [](Config& c) -> Slot { return &c.courier.fetch_wait; }},
    {"courier.retry_first", "5s", Span{10ms, 1h},
     "The shortest pause between two attempts; pauses grow from 5 s to a day.",
     [](Config& c) -> Slot { return &c.courier.retry_first; }},
    {"courier.retry_max", "24h", Span{10ms, kDay}, "The longest pause between two attempts.",
     [](Config& c) -> Slot { return &c.courier.retry_max; }},
    {"courier.give_up_after", "3d", Span{1s, 30 * kDay},
     "How long attempts go on before a delivery has failed for good.",
     [](Config& c) -> Slot { return &c.courier.give_up_after; }},

    {"alerts.warn_share", "0.75", Range{0.1, 0.99}, "The part of a promise's time after which its warning is raised.",
     [](Config& c) -> Slot { return &c.alerts.warn_share; }},
    {"alerts.acknowledge_hold", "15m", Span{1s, kDay},
     "How long an acknowledged alert stays quiet, at most half of the promise's time.",
     [](Config& c) -> Slot { return &c.alerts.acknowledge_hold; }},
    {"alerts.silent_after", "24h", Span{1s, 30 * kDay}, "When a customer without any target counts as forgotten.",
     [](Config& c) -> Slot { return &c.alerts.silent_after; }},
    {"alerts.unattended_after", "60s", Span{1s, kDay},
     "How long a customer waits with nobody able to take the conversation before leads are told.",
     [](Config& c) -> Slot { return &c.alerts.unattended_after; }},

    {"presence.away_after", "2m", Span{1s, 1h},
     "An agent without a stream or a request for so long is away and gets nothing new.",
     [](Config& c) -> Slot { return &c.presence.away_after; }},
    {"presence.offline_after", "15m", Span{2s, kDay},
     "And is offline after so long: work not begun goes to others; more than away_after.",
     [](Config& c) -> Slot { return &c.presence.offline_after; }},

    {"routing.reopen_window", "7d", Span{0ms, 365 * kDay},
     "A message within this time of a resolution reopens the conversation, later ones begin a new one; a channel may "
     "differ.",
     [](Config& c) -> Slot { return &c.routing.reopen_window; }},
    {"routing.bot_silence", "2m", Span{1s, kDay},
     "A bot that leaves a customer without a word for so long loses the conversation to the desk.",
     [](Config& c) -> Slot { return &c.routing.bot_silence; }},

    {"rate.token_per_second", "50", Range{1, 100'000}, "Requests a second that one token may make in the long run.",
     [](Config& c) -> Slot { return &c.rate.token_per_second; }},
    {"rate.token_burst", "200", Range{1, 1'000'000}, "Requests that one token may make at once.",
     [](Config& c) -> Slot { return &c.rate.token_burst; }},

    {"retention.idempotency", "24h", Span{1h, 30 * kDay}, "How long the answer to an Idempotency-Key is kept.",
     [](Config& c) -> Slot { return &c.retention.idempotency; }},
    {"retention.rejections", "7d", Span{1h, 365 * kDay},
     "How long webhook bodies that were refused can be looked at and replayed.",
     [](Config& c) -> Slot { return &c.retention.rejections; }},
    {"retention.webhooks", "7d", Span{1h, 365 * kDay},
     "How long what integrators' webhooks were told can be looked at and told again with the same bytes.",
     [](Config& c) -> Slot { return &c.retention.webhooks; }},
    {"retention.audit", "400d", Span{1h, 3650 * kDay}, "How long the audit remembers who changed what is set up.",
     [](Config& c) -> Slot { return &c.retention.audit; }},
});

}  // namespace

std::span<const Option> options() {
    return kTable;
}

const Option* find_option(std::string_view key) {
    const auto found = std::ranges::find(kTable, key, &Option::key);
    return found == kTable.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
    return std::ranges::find(kTable, name, &Option::section) != kTable.end();
}

bool is_tour_variable(std::string_view name) {
    return std::ranges::find(kTourVariables, name) != kTourVariables.end();
}

std::string Option::variable() const {
    std::string name = "LUPAUS_";
    for (const char c : key) {
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

}  // namespace lupaus::config
