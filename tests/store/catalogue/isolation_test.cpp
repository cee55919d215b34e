// Row-level security as the second wall: what a query sees that forgot its account, in every table of the desk.
#include "services/desk/agent/queries.sql.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lupaus {
namespace {

using desk::AccountId;
using support::TestDatabase;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// The tables that workers may read across accounts.
const std::set<std::string> kQueueTables{
    "inbound",          "inbound_key",      "inbound_raw", "promise", "timer",         "delivery",
    "presence",         "rejection",        "idempotency", "alert",   "webhook_state", "webhook_body",
    "webhook_delivery", "attachment_fetch", "audit",       "mailbox", "sent_copy",     "unfetched_mail"};

// A value that every constraint of the schema accepts for this type.
std::string sample(const std::string& type) {
    static const std::map<std::string, std::string> kSamples{
        {"uuid", "gen_random_uuid()"}, {"text", "'x'"},    {"bytea", "'\\x00'"}, {"timestamp with time zone", "now()"},
        {"date", "current_date"},      {"integer", "1"},   {"json", "'{}'"},     {"ARRAY", "'{}'"},
        {"boolean", "false"},          {"tsvector", "'x'"}};
    const auto found = kSamples.find(type);
    return found == kSamples.end() ? "0" : found->second;
}

std::vector<std::string> account_tables(pqxx::connection& connection) {
    pqxx::nontransaction work(connection);
    std::vector<std::string> tables;
    for (const auto& row : work.exec("SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                                     "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
                                     "AND a.attname = 'account_id' ORDER BY 1")) {
        tables.push_back(row[0].as<std::string>());
    }
    return tables;
}

// One row of the account in a table that has no foreign keys. A promise needs a conversation or a contact.
void insert_sample(pqxx::nontransaction& work, const std::string& table, AccountId account) {
    std::string names = "account_id";
    std::string values = "'" + to_string(account) + "'";
    for (const auto& row :
         work.exec("SELECT column_name, data_type FROM information_schema.columns "
                   "WHERE table_schema = 'public' AND table_name = $1 AND column_name <> 'account_id' "
                   "AND ((is_nullable = 'NO' AND column_default IS NULL) "
                   "OR (table_name = 'promise' AND column_name = 'contact_id'))",
                   pqxx::params{table})) {
        names += ", " + row[0].as<std::string>();
        values += ", " + sample(row[1].as<std::string>());
    }
    work.exec("INSERT INTO " + table + " (" + names + ") VALUES (" + values + ")");
}

// Two accounts with at least one row in every table that has an account_id.
class Isolation : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        database_ = std::make_unique<TestDatabase>();
        ours_ = fill("Ours");
        theirs_ = fill("Theirs");
    }

    static void TearDownTestSuite() { database_.reset(); }

    static AccountId fill(const std::string& name) {
        const auto account = support::make_account(*database_, name);
        const auto team = support::make_team(*database_, account, "Support");
        const auto agent = support::make_agent(*database_, account, {.name = name + " agent", .teams = {team}});
        support::make_agent_token(*database_, account, agent);
        const auto channel = support::make_channel(*database_, account);
        support::make_policy(*database_, account);
        pqxx::connection connection(database_->url("lupaus_owner"));
        const auto tables = account_tables(connection);
        pqxx::nontransaction work(connection);
        work.exec("INSERT INTO email_channel (account_id, channel_id, address) VALUES ($1, $2, 'x')",
                  pqxx::params{to_string(account), to_string(channel.id)});
        work.exec("INSERT INTO mailbox (account_id, channel_id) VALUES ($1, $2)",
                  pqxx::params{to_string(account), to_string(channel.id)});
        work.exec("INSERT INTO acknowledgement (account_id, channel_id, text) VALUES ($1, $2, 'x')",
                  pqxx::params{to_string(account), to_string(channel.id)});
        for (const auto& table : tables) {
            const auto rows =
                work.exec("SELECT FROM " + table + " WHERE account_id = $1", pqxx::params{to_string(account)});
            if (rows.empty()) {
                insert_sample(work, table, account);
            }
        }
        return account;
    }

    // The accounts that `role` sees with no condition at all, after `setting`.
    static std::vector<std::string> seen(pqxx::connection& connection, const std::string& table,
                                         const std::string& setting) {
        pqxx::work work(connection);
        work.exec(setting);
        std::vector<std::string> accounts;
        for (const auto& row : work.exec("SELECT DISTINCT account_id FROM " + table)) {
            accounts.push_back(row[0].as<std::string>());
        }
        return accounts;
    }

    static std::string for_account(AccountId account) {
        return "SET LOCAL lupaus.account = '" + to_string(account) + "'";
    }

    static std::string for_accounts(AccountId account) {
        return "SET LOCAL lupaus.accounts = '{" + to_string(account) + "}'";
    }

    static inline std::unique_ptr<TestDatabase> database_;
    static inline AccountId ours_;
    static inline AccountId theirs_;
};

TEST_F(Isolation, EveryTableWithAnAccountForcesRowSecurity) {
    pqxx::connection connection(database_->url("lupaus_owner"));
    pqxx::nontransaction work(connection);
    const auto rows = work.exec(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
        "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
        "AND c.relname <> 'schema_migration'");
    EXPECT_GT(rows.size(), 25);
    for (const auto& row : rows) {
        EXPECT_TRUE(row[1].as<bool>()) << row[0].as<std::string>();
        EXPECT_EQ(row[2].as<int>(), 3) << row[0].as<std::string>();
    }
}

TEST_F(Isolation, EveryTableOfTheDeskHasAnAccount) {
    pqxx::connection connection(database_->url("lupaus_owner"));
    const auto with = account_tables(connection);
    pqxx::nontransaction work(connection);
    for (const auto& row :
         work.exec("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                   "AND relkind IN ('r', 'p') AND relname NOT IN ('schema_migration', 'outbound_home')")) {
        EXPECT_TRUE(std::ranges::binary_search(with, row[0].as<std::string>())) << row[0].as<std::string>();
    }
}

TEST_F(Isolation, AnAccountLeadsEveryUniqueKey) {
    // token_hash and channel_id are the two doors through which a request finds its account; inbound_seq orders the
    // queue.
    pqxx::connection connection(database_->url("lupaus_owner"));
    pqxx::nontransaction work(connection);
    for (const auto& row :
         work.exec("SELECT i.indexrelid::regclass::text FROM pg_index i "
                   "JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace "
                   "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
                   "WHERE i.indisunique AND a.attname <> 'account_id' AND c.relname NOT IN ('schema_migration', "
                   "'outbound_home')")) {
        EXPECT_EQ(row[0].as<std::string>(), "token_hash");
    }
}

TEST_F(Isolation, WithoutItsSettingTheApiSeesNothing) {
    pqxx::connection connection(database_->url("lupaus_app"));
    for (const auto& table : account_tables(connection)) {
        EXPECT_THAT(seen(connection, table, "SELECT 1"), IsEmpty()) << table;
        // What a pooled session has after a transaction that set it: an empty string, not NULL.
        EXPECT_THAT(seen(connection, table, "SET LOCAL lupaus.account = ''"), IsEmpty()) << table;
    }
}

TEST_F(Isolation, WithoutAConditionTheApiSeesItsOwnAccount) {
    pqxx::connection connection(database_->url("lupaus_app"));
    for (const auto& table : account_tables(connection)) {
        EXPECT_THAT(seen(connection, table, for_account(ours_)), UnorderedElementsAre(to_string(ours_))) << table;
    }
}

TEST_F(Isolation, AQueryThatLostItsAccountStillFindsNoForeignRow) {
    std::string sql(desk::agent::sql::list_agents.sql);
    const std::string condition = "a.account_id = $1 AND";
    const auto at = sql.find(condition);
    ASSERT_NE(at, std::string::npos);
    sql.replace(at, condition.size(), "$1::uuid IS NOT NULL AND");
    const pqxx::params params{to_string(ours_), std::optional<std::string>{}, std::optional<std::string>{}, 100};
    const auto names = [&](const std::string& role, const std::string& setting) {
        pqxx::connection connection(database_->url(role));
        pqxx::work work(connection);
        work.exec(setting);
        std::vector<std::string> found;
        for (const auto& row : work.exec(sql, params)) {
            found.push_back(row[2].as<std::string>());
        }
        return found;
    };
    EXPECT_THAT(names("lupaus_owner", "SELECT 1"), UnorderedElementsAre("Ours agent", "Theirs agent"));
    EXPECT_THAT(names("lupaus_app", for_account(ours_)), UnorderedElementsAre("Ours agent"));
    EXPECT_THAT(names("lupaus_worker", for_accounts(theirs_)), UnorderedElementsAre("Theirs agent"));
}

TEST_F(Isolation, WorkersSeeNamedAccountsAndTheQueues) {
    pqxx::connection connection(database_->url("lupaus_worker"));
    for (const auto& table : account_tables(connection)) {
        const auto named = seen(connection, table, for_accounts(theirs_));
        const auto unnamed = seen(connection, table, "SELECT 1");
        const auto emptied = seen(connection, table, "SET LOCAL lupaus.accounts = ''");
        if (kQueueTables.contains(table)) {
            EXPECT_THAT(named, UnorderedElementsAre(to_string(ours_), to_string(theirs_))) << table;
            continue;
        }
        EXPECT_THAT(named, UnorderedElementsAre(to_string(theirs_))) << table;
        EXPECT_THAT(unnamed, IsEmpty()) << table;
        EXPECT_THAT(emptied, IsEmpty()) << table;
    }
}

TEST_F(Isolation, TheApiCannotWriteIntoAnotherAccount) {
    pqxx::connection connection(database_->url("lupaus_app"));
    pqxx::work work(connection);
    work.exec(for_account(ours_));
    EXPECT_EQ(work.exec("UPDATE agent SET name = name").affected_rows(), 1);
    EXPECT_EQ(work.exec("DELETE FROM timer").affected_rows(), 1);
    EXPECT_THROW(work.exec("INSERT INTO team (account_id, id, name) VALUES ($1, gen_random_uuid(), 'Raiders')",
                           pqxx::params{to_string(theirs_)}),
                 pqxx::insufficient_privilege);
}

TEST_F(Isolation, AccountsAreMadeByTheOwnerAlone) {
    for (const auto* role : {"lupaus_app", "lupaus_worker"}) {
        pqxx::connection connection(database_->url(role));
        pqxx::work work(connection);
        EXPECT_THROW(work.exec("INSERT INTO account (account_id, name) VALUES (gen_random_uuid(), 'Raiders')"),
                     pqxx::insufficient_privilege);
    }
}

}  // namespace
}  // namespace lupaus
