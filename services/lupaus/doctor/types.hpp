// What the doctor sees and what it says.
#pragma once

#include "services/lupaus/server/types.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::doctor {

enum class Grade { ok, warning, problem };

struct Finding {
    std::string check;
    Grade grade = Grade::ok;
    std::string words;  // what was seen; where it is not well, also what to do
};

struct Settings {
    std::string http_listen;
    std::string metrics_listen;
    bool has_trusted_proxies = false;
    bool has_tls = false;
    std::vector<std::string> egress_allow{};
    int connections = 0;  // that one `serve` opens
    bool is_held = false;
};

// What becomes of a session from one transaction to the next.
struct Sessions {
    bool is_direct = true;  // the server itself answers
    bool keep_settings = true;
    bool keep_statements = true;

    bool are_whole() const { return keep_settings && keep_statements; }
};

// One of the two roles at work: what the server said, or why it did not. It is not asked through sessions that are
// mixed up, because one cannot know who would hear.
struct PoolFacts {
    std::string pool;  // app or worker
    std::string failure;
    server::ServerFacts server;
    Timestamp here{};  // this machine's time at server.clock
    Sessions sessions;

    bool is_known() const { return failure.empty() && sessions.are_whole(); }
};

struct Snapshot {
    std::string holder;
    std::int64_t age = 0;                        // in transactions
    std::optional<std::chrono::seconds> lasted;  // where the server tells us
};

struct ChannelTrouble {
    std::string channel;
    std::int64_t count = 0;
    std::string example;
};

struct MailboxTrouble {
    std::string channel;
    std::string reason;
    std::optional<Timestamp> last_good;
};

// What the queues' own role sees.
struct QueueFacts {
    bool is_elsewhere = false;  // this database is a copy
    std::chrono::milliseconds oldest_message{0};
    std::chrono::seconds oldest_delivery{0};
    std::vector<ChannelTrouble> refused;  // signed bodies of the last day that we refused
    std::vector<ChannelTrouble> failing;  // replies that a receiver keeps refusing
    std::optional<Snapshot> snapshot;     // the oldest that is held
    std::vector<MailboxTrouble> mailboxes{};
};

// What only the owner of the tables sees.
struct OwnerFacts {
    std::int64_t quarantined = 0;
    std::vector<std::string> silent;  // channels, by account and name
};

struct FolderFacts {
    std::string path;
    bool is_there = false;
    bool is_writable = false;
    std::uintmax_t free_bytes = 0;
    std::uintmax_t capacity_bytes = 0;
};

// The bucket that attachments are kept in.
struct BucketFacts {
    std::string endpoint;
    std::string failure{};  // why it cannot be written or read
};

struct KeyFacts {
    std::string path;
    unsigned mode = 0;  // permission bits
};

// What the public port shows.
struct CertificateFacts {
    std::string path;
    std::string failure{};  // why it cannot be used
    std::chrono::hours left{0};
};

struct Facts {
    Settings settings;
    KeyFacts key;
    std::optional<CertificateFacts> certificate;  // empty: plain HTTP
    FolderFacts blobs;
    std::optional<BucketFacts> bucket{};  // empty: attachments are files
    std::vector<PoolFacts> pools;
    std::optional<QueueFacts> queues;  // empty: the database did not answer
    std::optional<OwnerFacts> owner;   // empty: without database.url, or not answered
    std::string owner_failure;
};

}  // namespace lupaus::doctor
