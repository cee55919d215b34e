#include "services/lupaus/doctor/rules.hpp"

#include "services/desk/outbound/rules.hpp"
#include "services/lupaus/server/rules.hpp"

#include <algorithm>

namespace lupaus::doctor {

namespace {

constexpr std::size_t kNamedMax = 3;  // of many, so that a line stays a line
constexpr int kConnectionsKept = 3;   // superuser_reserved_connections
constexpr unsigned kGroupMayWrite = 0020;
constexpr std::uintmax_t kMiB = 1024 * 1024;

Finding ok(std::string check, std::string words) {
    return {.check = std::move(check), .grade = Grade::ok, .words = std::move(words)};
}

Finding warning(std::string check, std::string words) {
    return {.check = std::move(check), .grade = Grade::warning, .words = std::move(words)};
}

Finding problem(std::string check, std::string words) {
    return {.check = std::move(check), .grade = Grade::problem, .words = std::move(words)};
}

Finding judged(std::string check, const server::Fault& fault, std::string good) {
    return fault ? problem(std::move(check), *fault) : ok(std::move(check), std::move(good));
}

std::string seconds(std::chrono::seconds length) {
    return std::to_string(length.count()) + " s";
}

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kNamedMax); ++i) {
        list += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > kNamedMax ? list + " and " + std::to_string(names.size() - kNamedMax) + " more" : list;
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address == "::1";
}

// ---- this machine

Finding judge_settings(const Settings& settings) {
    std::vector<std::string> doubts;
    if (!is_loopback(settings.http_listen) && !settings.has_trusted_proxies && !settings.has_tls) {
        doubts.push_back("http.listen is " + settings.http_listen +
                         ", without TLS: listen on 127.0.0.1 and put a proxy before it (http.trusted_proxies), or set "
                         "http.tls_certificate_file");
    }
    if (!is_loopback(settings.metrics_listen)) {
        doubts.push_back("metrics.listen is " + settings.metrics_listen + ", and needs no token: keep it private");
    }
    for (const auto& range : settings.egress_allow) {
        if (range.ends_with("/0") || is_loopback(range) || range.starts_with("169.254.")) {
            doubts.push_back("egress.allow has " + range +
                             ": whoever may set a webhook's address reaches services that are not meant for them");
        }
    }
    return doubts.empty() ? ok("configuration", "no mistakes") : warning("configuration", joined(doubts));
}

Finding judge_key(const KeyFacts& key) {
    if ((key.mode & kGroupMayWrite) != 0) {
        return warning("key file", key.path + " may be changed by its group: chmod 600 it");
    }
    return ok("key file", key.path + " is closed to others");
}

Finding judge_certificate(const CertificateFacts& certificate) {
    if (!certificate.failure.empty()) {
        return problem("certificate", certificate.failure + ": serve does not start with it");
    }
    const auto days = std::to_string(std::chrono::floor<std::chrono::days>(certificate.left).count()) + " days";
    if (certificate.left <= std::chrono::hours{0}) {
        return problem("certificate", certificate.path + " has ended: renew it; serve reads it again by itself");
    }
    if (certificate.left < kCertificateLeast) {
        return warning("certificate", certificate.path + " ends in " + days + ": renew it, and see why nothing did");
    }
    return ok("certificate", certificate.path + " is good for " + days);
}

Finding judge_blobs(const FolderFacts& folder) {
    if (!folder.is_there) {
        return problem("attachments",
                       folder.path + " (blob.dir) is not there: make it, for the user that serve runs as");
    }
    if (!folder.is_writable) {
        return problem("attachments",
                       folder.path + " (blob.dir) cannot be written to: give it to the user that serve runs as");
    }
    const auto room = std::to_string(folder.free_bytes / kMiB) + " MiB free in " + folder.path;
    if (folder.free_bytes < kFreeBytesLeast) {
        return problem("attachments", room + ": messages with attachments will be refused; free some space");
    }
    return folder.free_bytes < kFreeBytesWarned ? warning("attachments", room + ": give it more space")
                                                : ok("attachments", room);
}

// A signature keeps the key secret in the clear as well, but not what the customers sent.
Finding judge_bucket(const BucketFacts& bucket) {
    if (!bucket.failure.empty()) {
        return problem("bucket", bucket.failure);
    }
    const auto host = bucket.endpoint.substr(bucket.endpoint.find("://") + 3);
    const bool is_here = host.starts_with("127.") || host.starts_with("[::1]") || host.starts_with("localhost");
    if (bucket.endpoint.starts_with("http:") && !is_here) {
        return warning("bucket",
                       bucket.endpoint + " (blob.endpoint) is without TLS: attachments can be read on the way");
    }
    return ok("bucket", "can be written and read at " + bucket.endpoint);
}

// ---- the server

Finding judge_server(const PoolFacts& facts) {
    const auto check = "database." + facts.pool;
    if (!facts.failure.empty()) {
        return problem(check, "does not answer: " + facts.failure);
    }
    if (facts.server.version_number < kServerVersionLeast) {
        return problem(check, "PostgreSQL " + facts.server.version + " is too old: 15 is the least");
    }
    return ok(check, "PostgreSQL " + facts.server.version + " answers");
}

Finding judge_sessions(const PoolFacts& facts) {
    const auto check = "pooler." + facts.pool;
    const auto& sessions = facts.sessions;
    if (sessions.is_direct) {
        return ok(check, "none: the server itself answers");
    }
    if (sessions.are_whole()) {
        return warning(check,
                       "something stands between us and the server; sessions stay whole, but every connection counts "
                       "there as well: prefer the server's own address");
    }
    return problem(check, std::string("a pooler in transaction mode answers: ") +
                              (sessions.keep_settings ? "" : "session settings do not stay") +
                              (!sessions.keep_settings && !sessions.keep_statements ? " and " : "") +
                              (sessions.keep_statements ? "" : "named statements are mixed up") + "; give database." +
                              facts.pool + "_url the server's own address, or pool_mode = session");
}

Finding judge_durability(const server::ServerFacts& facts, std::string_view pool) {
    for (const auto& fault : {server::judge_fsync(facts), server::judge_commit(facts, pool)}) {
        if (fault) {
            return problem("durability", *fault);
        }
    }
    if (!facts.full_page_writes) {
        return warning("durability",
                       "full_page_writes is off: a torn page after a crash of the machine could lose data, unless the "
                       "file system rules that out");
    }
    return ok("durability", "what is acknowledged is on disk");
}

Finding judge_connections(const Settings& settings, const server::ServerFacts& facts) {
    const auto ours = std::to_string(settings.connections);
    const auto all = std::to_string(facts.connections_max);
    if (settings.connections > facts.connections_max - kConnectionsKept) {
        return problem("connections", "one serve opens " + ours + ", the server takes " + all +
                                          ": raise max_connections or lower database.threads_app and threads_worker");
    }
    return ok("connections", "one serve opens " + ours + " of the server's " + all);
}

void judge_pool(const PoolFacts& facts, std::vector<Finding>& findings) {
    if (!facts.sessions.are_whole()) {
        findings.push_back(judge_sessions(facts));
        return;
    }
    findings.push_back(judge_server(facts));
    if (!facts.failure.empty()) {
        return;
    }
    findings.push_back(
        judged("role." + facts.pool, server::judge_role(facts.server, facts.pool), "plain, row-level security holds"));
    findings.push_back(judge_sessions(facts));
}

// ---- the desk

Finding judge_queue(const QueueFacts& facts) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(facts.oldest_message);
    if (age > kQueueAgeMax) {
        return problem("queue", "the oldest message has waited " + seconds(age) +
                                    " to be routed: see that a serve with the role router runs, and what its log says");
    }
    return ok("queue",
              facts.oldest_message.count() == 0 ? "nothing waits" : "the oldest message has waited " + seconds(age));
}

Finding judge_outbound(const Settings& settings, const QueueFacts& facts) {
    const auto hold = desk::outbound::explain_hold(settings.is_held, facts.is_elsewhere);
    return hold.empty() ? ok("outbound", "open") : warning("outbound", hold);
}

Finding judge_deliveries(const Settings& settings, const QueueFacts& facts) {
    const auto age = facts.oldest_delivery;
    if (age <= kDeliveryAgeMax) {
        return ok("deliveries", age.count() == 0 ? "nothing is late" : "the oldest is due since " + seconds(age));
    }
    const auto late = "a reply should have been sent " + seconds(age) + " ago";
    if (settings.is_held || facts.is_elsewhere) {
        return warning("deliveries", late + ", and is held");
    }
    return problem("deliveries", late + ": see that a serve with the role courier runs, and what its log says");
}

Finding judge_trouble(const std::string& check, const std::vector<ChannelTrouble>& troubles, std::string_view what) {
    if (troubles.empty()) {
        return ok(check, "none");
    }
    std::vector<std::string> lines;
    for (const auto& one : troubles) {
        lines.push_back("channel " + one.channel + ": " + std::to_string(one.count) + " (" + one.example + ")");
    }
    return warning(check, std::string(what) + ": " + joined(lines));
}

Finding judge_mailboxes(const std::vector<MailboxTrouble>& troubles) {
    if (troubles.empty()) {
        return ok("mailboxes", "none fails");
    }
    std::vector<std::string> lines;
    for (const auto& one : troubles) {
        const auto since = one.last_good ? to_rfc3339(*one.last_good) : std::string("never");
        lines.push_back("channel " + one.channel + ", last good " + since + " (" + one.reason + ")");
    }
    return warning("mailboxes", "cannot be read: " + joined(lines) + "; see GET /v1/channels/{id}");
}

Finding judge_snapshot(const std::optional<Snapshot>& snapshot) {
    if (!snapshot) {
        return ok("snapshots", "none is held");
    }
    const auto age = snapshot->holder + " holds one of " + std::to_string(snapshot->age) + " transactions ago" +
                     (snapshot->lasted ? ", for " + seconds(*snapshot->lasted) : "");
    const bool is_old =
        snapshot->age > kSnapshotAgeMax || snapshot->lasted.value_or(std::chrono::seconds{0}) > kSnapshotLastsMax;
    return is_old ? warning("snapshots", age + ": dead rows pile up in the queues meanwhile; end it")
                  : ok("snapshots", age);
}

Finding judge_silence(const OwnerFacts& facts) {
    if (facts.silent.empty()) {
        return ok("silent channels", "none");
    }
    return warning("silent channels", "no message for " + std::to_string(kSilentAfter.count()) + " hours in " +
                                          joined(facts.silent) +
                                          ": try the sender's configuration, or disable the channel");
}

Finding judge_quarantine(const OwnerFacts& facts) {
    if (facts.quarantined == 0) {
        return ok("quarantine", "empty");
    }
    return warning("quarantine",
                   std::to_string(facts.quarantined) +
                       " could not be routed: GET /v1/quarantine has the reasons, and they can be retried");
}

void judge_desk(const Facts& facts, std::vector<Finding>& findings) {
    const auto& queues = *facts.queues;
    findings.push_back(judge_outbound(facts.settings, queues));
    findings.push_back(judge_queue(queues));
    findings.push_back(judge_deliveries(facts.settings, queues));
    findings.push_back(
        judge_trouble("refused messages", queues.refused,
                      "signed bodies of the last day that are not valid, see GET /v1/channels/{id}/rejections"));
    findings.push_back(judge_trouble("refusing receivers", queues.failing,
                                     "replies that their receiver keeps refusing, see the channel's outbound_url"));
    findings.push_back(judge_mailboxes(queues.mailboxes));
    findings.push_back(judge_snapshot(queues.snapshot));
    if (facts.owner) {
        findings.push_back(judge_quarantine(*facts.owner));
        findings.push_back(judge_silence(*facts.owner));
    } else {
        const auto why = facts.owner_failure.empty() ? "database.url is not set" : facts.owner_failure;
        findings.push_back(
            warning("owner", "quarantine and silent channels were not looked at, which takes the owner: " + why));
    }
}

}  // namespace

std::vector<Finding> diagnose(const Facts& facts, std::span<const int> known) {
    std::vector<Finding> findings{judge_settings(facts.settings), judge_key(facts.key), judge_blobs(facts.blobs)};
    if (facts.bucket) {
        findings.push_back(judge_bucket(*facts.bucket));
    }
    if (facts.certificate) {
        findings.push_back(judge_certificate(*facts.certificate));
    }
    for (const auto& pool : facts.pools) {
        judge_pool(pool, findings);
    }
    const auto answered = std::ranges::find_if(facts.pools, &PoolFacts::is_known);
    if (answered != facts.pools.end()) {
        const auto& server = answered->server;
        findings.push_back(judge_durability(server, answered->pool));
        findings.push_back(judged("clock", server::judge_clock(server, answered->here), "in step with the database's"));
        findings.push_back(judge_connections(facts.settings, server));
        findings.push_back(
            judged("schema", server::judge_schema(server, known), "version " + std::to_string(server.schema_version)));
    }
    if (facts.queues) {
        judge_desk(facts, findings);
    }
    return findings;
}

bool has_problem(const std::vector<Finding>& findings) {
    return std::ranges::find(findings, Grade::problem, &Finding::grade) != findings.end();
}

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::ok:
            return "ok";
        case Grade::warning:
            return "warning";
        case Grade::problem:
            return "problem";
    }
    return "problem";
}

}  // namespace lupaus::doctor
