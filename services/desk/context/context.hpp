// What every service is given by main: pools, store of attachments, key, configuration, wake-ups, metrics. Outlives them.
#pragma once

#include "common/blob/blob_store.hpp"
#include "common/config/config.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/postgres/database.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/context/wakeups.hpp"

namespace lupaus::desk {

struct Context {
    const config::Config& config;
    Database& app;     // role lupaus_app: one account a transaction
    Database& worker;  // role lupaus_worker: named accounts, and the queues
    Wakeups& wakeups;
    const crypto::SecretBox& box;
    blob::BlobStore& blobs;
    telemetry::Metrics& metrics;
    TaskGroup::Failure task_lost{};  // for every TaskGroup: an endless task of the process has ended
};

Timestamp database_now(Tx& tx);

}  // namespace lupaus::desk
