#include "services/lupaus/doctor/examine.hpp"

#include "common/blob/make_store.hpp"
#include "common/blob/probe.hpp"
#include "common/net/tls_identity.hpp"
#include "common/postgres/database.hpp"
#include "services/lupaus/doctor/rules.hpp"
#include "services/lupaus/doctor/store.hpp"
#include "services/lupaus/server/store.hpp"

#include <unistd.h>

#include <filesystem>

namespace lupaus::doctor {

namespace {

namespace fs = std::filesystem;

constexpr int kListeners = 1;

Settings read_settings(const config::Config& config) {
    return {.http_listen = config.http.listen,
            .metrics_listen = config.metrics.listen,
            .has_trusted_proxies = !config.http.trusted_proxies.empty(),
            .has_tls = !config.http.tls_certificate_file.empty(),
            .egress_allow = config.egress.allow,
            .connections = config.database.threads_app + config.database.threads_worker + kListeners,
            .is_held = config.courier.hold};
}

KeyFacts look_at_key(const fs::path& path) {
    std::error_code error;
    return {.path = path.string(), .mode = static_cast<unsigned>(fs::status(path, error).permissions())};
}

std::optional<CertificateFacts> look_at_certificate(const config::Http& http) {
    if (http.tls_certificate_file.empty()) {
        return std::nullopt;
    }
    CertificateFacts facts{.path = http.tls_certificate_file.string()};
    const auto identity = net::TlsIdentity::load({.certificate = http.tls_certificate_file, .key = http.tls_key_file});
    if (identity) {
        facts.left = std::chrono::floor<std::chrono::hours>((*identity)->ends_at() - system_now());
    } else {
        facts.failure = identity.error().detail;
    }
    return facts;
}

FolderFacts look_at_folder(const fs::path& path) {
    std::error_code error;
    FolderFacts facts{.path = path.string()};
    facts.is_there = fs::is_directory(path, error);
    facts.is_writable = ::access(path.c_str(), W_OK | X_OK) == 0;
    const auto space = fs::space(path, error);
    if (!error) {
        facts.free_bytes = space.available;
        facts.capacity_bytes = space.capacity;
    }
    return facts;
}

DatabaseOptions options_of(const config::Config& config, const Secret& url) {
    return {.url = std::string(url.reveal()),
            .name = "doctor",
            .threads = 1,
            .statement_timeout = config.database.statement_timeout,
            .lock_timeout = config.database.lock_timeout};
}

// The server's words may take several lines; a finding is one.
std::string one_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    for (auto& letter : text) {
        letter = letter == '\n' || letter == '\t' ? ' ' : letter;
    }
    return text;
}

std::optional<BucketFacts> look_at_bucket(const config::Blob& options) {
    if (options.endpoint.empty()) {
        return std::nullopt;
    }
    return BucketFacts{.endpoint = options.endpoint, .failure = one_line(blob::probe(blob::place_of(options)))};
}

PoolFacts look_at_pool(const config::Config& config, const std::string& pool, const Secret& url) {
    PoolFacts facts;
    facts.pool = pool;
    try {
        facts.sessions = probe_sessions(std::string(url.reveal()));
        if (!facts.sessions.are_whole()) {
            return facts;
        }
        Database database(options_of(config, url));
        const auto look = [&facts](Tx& tx) {
            const auto before = system_now();
            facts.server = server::read_facts(tx);
            facts.here = before + (system_now() - before) / 2;
            return true;
        };
        database.run_blocking(Scope::queues(), look);
    } catch (const std::exception& error) {
        facts.failure = one_line(error.what());
    }
    return facts;
}

bool is_migrated(const Facts& facts) {
    return !facts.pools.empty() && facts.pools.back().is_known() && facts.pools.back().server.schema_version > 0;
}

void look_at_desk(const config::Config& config, Facts& facts) {
    Database worker(options_of(config, config.database.worker_url));
    const auto look = [](Tx& tx) { return read_queues(tx); };
    facts.queues = worker.run_blocking(Scope::queues(), look);
    if (config.database.url.empty()) {
        return;
    }
    try {
        Database owner(options_of(config, config.database.url));
        const auto ask = [](Tx& tx) { return read_as_owner(tx, kSilentAfter); };
        facts.owner = owner.run_blocking(Scope::queues(), ask);
    } catch (const std::exception& error) {
        facts.owner_failure = one_line(error.what());
    }
}

}  // namespace

Facts examine(const config::Config& config) {
    Facts facts;
    facts.settings = read_settings(config);
    facts.key = look_at_key(config.secret.key_file);
    facts.certificate = look_at_certificate(config.http);
    facts.blobs = look_at_folder(config.blob.dir);
    facts.bucket = look_at_bucket(config.blob);
    facts.pools.push_back(look_at_pool(config, "app", config.database.app_url));
    facts.pools.push_back(look_at_pool(config, "worker", config.database.worker_url));
    if (is_migrated(facts)) {
        try {
            look_at_desk(config, facts);
        } catch (const std::exception& error) {
            facts.pools.back().failure = one_line(error.what());
        }
    }
    return facts;
}

}  // namespace lupaus::doctor
