// What an operator may set, typed and checked, loaded once at start and then constant. A file in TOML, over it the
// environment (LUPAUS_SECTION_KEY, lists separated by commas; a variable that is set but empty counts as not set).
// Every option is one row of the table in options.cpp. Errors: invalid, with every mistake at once in `fields`, each
// with its file and line or the name of its variable.
#pragma once

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::config {

using Milliseconds = std::chrono::milliseconds;

struct Database {
    Secret url;         // migrations, and whoever has no URL of their own
    Secret app_url;     // role lupaus_app
    Secret worker_url;  // role lupaus_worker
    int threads_app = 0;
    int threads_worker = 0;
    Milliseconds statement_timeout{};
    Milliseconds lock_timeout{};
};

struct Http {
    std::string listen;
    int port = 0;
    std::vector<std::string> trusted_proxies;    // addresses or CIDR ranges, checked
    std::filesystem::path tls_certificate_file;  // both or neither
    std::filesystem::path tls_key_file;
};

struct MetricsListener {
    std::string listen;
    int port = 0;
};

struct Blob {
    std::filesystem::path dir;
    std::string endpoint;  // empty: files in dir; else a bucket, and all of the rest is set
    std::string region;
    std::string bucket;
    std::string addressing;  // path or host
    std::string access_key;
    Secret secret_key;
};

struct SecretKey {
    std::filesystem::path key_file;
    Secret key;  // the file's 32 bytes; empty when no file is named
};

struct Egress {
    std::vector<std::string> allow;  // CIDR ranges, checked
};

struct Log {
    std::string level;
};

struct Router {
    int workers = 0;
    Milliseconds poll{};
};

struct Intake {
    Milliseconds linger{};
};

struct Email {
    std::string lmtp_listen;  // address:port; empty: nowhere
};

struct Watcher {
    Milliseconds poll{};
};

struct Courier {
    bool hold = false;
    int workers = 0;
    Milliseconds attempt_wait{};
    Milliseconds lease{};
    Milliseconds fetch_wait{};
    Milliseconds retry_first{};
    Milliseconds retry_max{};
    Milliseconds give_up_after{};
};

struct Alerts {
    double warn_share = 0;
    Milliseconds acknowledge_hold{};
    Milliseconds silent_after{};
    Milliseconds unattended_after{};
};

struct Presence {
    Milliseconds away_after{};
    Milliseconds offline_after{};
};

struct Routing {
    Milliseconds reopen_window{};
    Milliseconds bot_silence{};
};

struct Rate {
    int token_per_second = 0;
    int token_burst = 0;
};

struct Retention {
    Milliseconds idempotency{};
    Milliseconds rejections{};
    Milliseconds webhooks{};
    Milliseconds audit{};
};

struct Config {
    Database database;
    Http http;
    MetricsListener metrics;
    Blob blob;
    SecretKey secret;
    Egress egress;
    Log log;
    Router router;
    Intake intake;
    Email email;
    Watcher watcher;
    Courier courier;
    Alerts alerts;
    Presence presence;
    Routing routing;
    Rate rate;
    Retention retention;
};

using Environment = std::map<std::string, std::string>;

Environment process_environment();  // the LUPAUS_* variables of this process
Result<Config> load_config(const std::optional<std::filesystem::path>& file, const Environment& environment);
std::vector<std::string> missing_to_serve(const Config& config);  // options without which no desk can run
std::string describe_options();  // the documented TOML file with every default: config/lupaus.toml, word for word

}  // namespace lupaus::config
