// The doctor's judgement: a desk that is well, and each thing that can be wrong with one, in the words of its finding.
#include "services/lupaus/doctor/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace lupaus::doctor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::array kKnown{1, 4};
constexpr Timestamp kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};

PoolFacts pool(const std::string& name) {
    PoolFacts facts;
    facts.pool = name;
    facts.here = kNow;
    auto& server = facts.server;
    server.clock = kNow;
    server.fsync = server.synchronous_commit = server.full_page_writes = true;
    server.version = "15.14";
    server.version_number = 150'014;
    server.connections_max = 100;
    server.schema_version = 4;
    server.applied = {1, 4};
    return facts;
}

Facts well() {
    Facts facts;
    facts.settings = {.http_listen = "127.0.0.1", .metrics_listen = "127.0.0.1", .connections = 9};
    facts.key = {.path = "/key", .mode = 0640};
    facts.blobs = {.path = "/blob",
                   .is_there = true,
                   .is_writable = true,
                   .free_bytes = kFreeBytesWarned,
                   .capacity_bytes = kFreeBytesWarned * 2};
    facts.pools = {pool("app"), pool("worker")};
    facts.queues.emplace();
    facts.owner.emplace();
    return facts;
}

// What the doctor says about one check; empty where it is not among the findings.
Finding finding(const Facts& facts, const std::string& check) {
    const auto findings = diagnose(facts, kKnown);
    const auto found = std::ranges::find(findings, check, &Finding::check);
    return found == findings.end() ? Finding{} : *found;
}

void expect(const Facts& facts, const std::string& check, Grade grade, const std::string& words) {
    const auto found = finding(facts, check);
    EXPECT_EQ(found.check, check);
    EXPECT_EQ(to_string(found.grade), to_string(grade)) << found.words;
    EXPECT_THAT(found.words, HasSubstr(words));
}

TEST(Doctor, FindsNothingWrongWithAGoodDesk) {
    for (const auto& finding : diagnose(well(), kKnown)) {
        EXPECT_EQ(to_string(finding.grade), "ok") << finding.check << ": " << finding.words;
        EXPECT_FALSE(finding.words.empty()) << finding.check;
        EXPECT_THAT(finding.words, ::testing::Not(HasSubstr("\n")));
    }
    EXPECT_FALSE(has_problem(diagnose(well(), kKnown)));
}

TEST(Doctor, OnlyAProblemIsOne) {
    auto facts = well();
    facts.owner->quarantined = 3;
    expect(facts, "quarantine", Grade::warning, "3 could not be routed");
    EXPECT_FALSE(has_problem(diagnose(facts, kKnown)));
    facts.blobs.is_writable = false;
    EXPECT_TRUE(has_problem(diagnose(facts, kKnown)));
}

TEST(Doctor, WarnsOfDoorsThatStandOpen) {
    auto facts = well();
    facts.settings.http_listen = "0.0.0.0";
    expect(facts, "configuration", Grade::warning, "http.listen is 0.0.0.0, without TLS");
    facts.settings.has_trusted_proxies = true;
    expect(facts, "configuration", Grade::ok, "no mistakes");
    facts.settings.has_trusted_proxies = false;
    facts.settings.has_tls = true;
    expect(facts, "configuration", Grade::ok, "no mistakes");
    facts.settings.metrics_listen = "::";
    expect(facts, "configuration", Grade::warning, "metrics.listen is ::");
    facts = well();
    for (const auto* range : {"0.0.0.0/0", "::/0", "127.0.0.1", "127.0.0.0/8", "::1", "169.254.169.254"}) {
        facts.settings.egress_allow = {range};
        expect(facts, "configuration", Grade::warning, std::string("egress.allow has ") + range);
    }
    facts.settings.egress_allow = {"10.1.0.0/16"};
    expect(facts, "configuration", Grade::ok, "no mistakes");
}

TEST(Doctor, SaysInTimeThatTheCertificateEnds) {
    auto facts = well();
    EXPECT_EQ(finding(facts, "certificate").check, "") << "none is shown";
    facts.certificate = {.path = "/chain.pem", .failure = {}, .left = kCertificateLeast};
    expect(facts, "certificate", Grade::ok, "/chain.pem is good for 14 days");
    facts.certificate->left -= 1h;
    expect(facts, "certificate", Grade::warning, "/chain.pem ends in 13 days");
    facts.certificate->left = 0h;
    expect(facts, "certificate", Grade::problem, "/chain.pem has ended");
    facts.certificate->failure = "/chain.pem is not a certificate chain";
    expect(facts, "certificate", Grade::problem, "/chain.pem is not a certificate chain");
}

TEST(Doctor, LooksAtTheKeyAndTheDisk) {
    auto facts = well();
    facts.key.mode = 0660;
    expect(facts, "key file", Grade::warning, "chmod 600");
    facts.blobs.free_bytes = kFreeBytesWarned - 1;
    expect(facts, "attachments", Grade::warning, "2047 MiB free");
    facts.blobs.free_bytes = kFreeBytesLeast - 1;
    expect(facts, "attachments", Grade::problem, "255 MiB free");
    facts.blobs.is_writable = false;
    expect(facts, "attachments", Grade::problem, "cannot be written");
    facts.blobs.is_there = false;
    expect(facts, "attachments", Grade::problem, "is not there");
}

TEST(Doctor, LooksAtTheBucketWhereThereIsOne) {
    auto facts = well();
    EXPECT_EQ(finding(facts, "bucket").check, "") << "attachments are files";
    facts.bucket = {.endpoint = "https://s3.example"};
    expect(facts, "bucket", Grade::ok, "can be written and read at https://s3.example");
    for (const auto* here : {"http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost"}) {
        facts.bucket->endpoint = here;
        expect(facts, "bucket", Grade::ok, here);
    }
    facts.bucket->endpoint = "http://minio:9000";
    expect(facts, "bucket", Grade::warning, "without TLS");
    facts.bucket->failure = "The bucket at http://minio:9000 is of no use: there is no bucket desk.";
    expect(facts, "bucket", Grade::problem, "there is no bucket desk");
}

TEST(Doctor, SaysWhyADatabaseDoesNotAnswer) {
    auto facts = well();
    facts.pools[0].failure = "connection refused";
    expect(facts, "database.app", Grade::problem, "does not answer: connection refused");
    EXPECT_THAT(finding(facts, "role.app").check, IsEmpty()) << "nothing is said of what was not seen";
    expect(facts, "durability", Grade::ok, "on disk");  // the other role saw it
    facts.pools[1].failure = "connection refused";
    facts.queues.reset();
    EXPECT_THAT(finding(facts, "durability").check, IsEmpty());
    EXPECT_THAT(finding(facts, "queue").check, IsEmpty());
}

TEST(Doctor, JudgesTheServer) {
    auto facts = well();
    facts.pools[1].server.version_number = 140'012;
    expect(facts, "database.worker", Grade::problem, "15 is the least");
    facts.pools[1].server.owns_tables = true;
    expect(facts, "role.worker", Grade::problem, "owns the tables");
    auto& server = facts.pools[0].server;
    server.full_page_writes = false;
    expect(facts, "durability", Grade::warning, "full_page_writes is off");
    server.synchronous_commit = false;
    expect(facts, "durability", Grade::problem, "synchronous_commit is off");
    server.fsync = false;
    expect(facts, "durability", Grade::problem, "fsync = off");
    server.applied = {1};
    expect(facts, "schema", Grade::problem, "run lupaus migrate");
    facts.pools[0].here = kNow + 3s;
    expect(facts, "clock", Grade::problem, "3000 ms ahead");
    server.connections_max = 11;
    expect(facts, "connections", Grade::problem, "raise max_connections");
    server.connections_max = 12;
    expect(facts, "connections", Grade::ok, "9 of the server's 12");
}

TEST(Doctor, TellsAPoolerByWhatItDoes) {
    auto facts = well();
    auto& sessions = facts.pools[0].sessions;
    sessions.is_direct = false;
    expect(facts, "pooler.app", Grade::warning, "sessions stay whole");
    sessions.keep_statements = false;
    expect(facts, "pooler.app", Grade::problem, "named statements are mixed up");
    sessions.keep_settings = false;
    expect(facts, "pooler.app", Grade::problem, "session settings do not stay and named statements are mixed up");
    expect(facts, "pooler.worker", Grade::ok, "the server itself answers");
    EXPECT_THAT(finding(facts, "database.app").check, IsEmpty()) << "nothing is asked through it";
    expect(facts, "schema", Grade::ok, "version 4");  // by the other role
}

TEST(Doctor, SeesThatTheDeskStandsStill) {
    auto facts = well();
    facts.queues->oldest_message = 1ms;
    expect(facts, "queue", Grade::ok, "has waited 0 s");
    facts.queues->oldest_message = kQueueAgeMax;
    expect(facts, "queue", Grade::ok, "60 s");
    facts.queues->oldest_message = kQueueAgeMax + 1s;
    expect(facts, "queue", Grade::problem, "role router");
    facts.queues->oldest_delivery = kDeliveryAgeMax;
    expect(facts, "deliveries", Grade::ok, "600 s");
    facts.queues->oldest_delivery = kDeliveryAgeMax + 1s;
    expect(facts, "deliveries", Grade::problem, "role courier");
    facts.queues->is_elsewhere = true;
    expect(facts, "deliveries", Grade::warning, "and is held");
    expect(facts, "outbound", Grade::warning, "lupaus outbound release");
    facts.queues->is_elsewhere = false;
    facts.settings.is_held = true;
    expect(facts, "deliveries", Grade::warning, "and is held");
    expect(facts, "outbound", Grade::warning, "--hold-outbound");
}

TEST(Doctor, NamesChannelsInTrouble) {
    auto facts = well();
    facts.queues->refused = {{.channel = "c-1", .count = 7, .example = "id is missing"}};
    expect(facts, "refused messages", Grade::warning, "channel c-1: 7 (id is missing)");
    facts.queues->failing = {{.channel = "c-2", .count = 1, .example = "The receiver answered 401."}};
    expect(facts, "refusing receivers", Grade::warning, "channel c-2: 1 (The receiver answered 401.)");
    facts.queues->mailboxes = {{.channel = "c-3", .reason = "The login was refused.", .last_good = {}},
                               {.channel = "c-4", .reason = "Gone.", .last_good = Timestamp{}}};
    expect(facts, "mailboxes", Grade::warning, "channel c-3, last good never (The login was refused.), channel c-4");
    expect(facts, "mailboxes", Grade::warning, "last good 1970-01-01T00:00:00.000Z (Gone.)");
    facts.owner->silent = {"A / Chat", "A / Shop", "B / Chat", "B / Shop"};
    expect(facts, "silent channels", Grade::warning, "72 hours in A / Chat, A / Shop, B / Chat and 1 more");
}

TEST(Doctor, NamesWhoHoldsASnapshot) {
    auto facts = well();
    facts.queues->snapshot =
        Snapshot{.holder = "session 7 of report", .age = kSnapshotAgeMax, .lasted = kSnapshotLastsMax};
    expect(facts, "snapshots", Grade::ok, "session 7 of report");
    facts.queues->snapshot->age += 1;
    expect(facts, "snapshots", Grade::warning, "dead rows pile up");
    facts.queues->snapshot = Snapshot{.holder = "session 7 of report", .age = 1, .lasted = kSnapshotLastsMax + 1s};
    expect(facts, "snapshots", Grade::warning, "dead rows pile up");
}

TEST(Doctor, SaysWhatItCouldNotLookAt) {
    auto facts = well();
    facts.owner.reset();
    expect(facts, "owner", Grade::warning, "database.url is not set");
    facts.owner_failure = "password authentication failed";
    expect(facts, "owner", Grade::warning, "password authentication failed");
    EXPECT_THAT(finding(facts, "quarantine").check, IsEmpty());
}

}  // namespace
}  // namespace lupaus::doctor
