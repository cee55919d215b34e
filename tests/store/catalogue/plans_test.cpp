// A generic plan is kept, so it has to be right for tables that grow. Each named query is planned as the program's own
// roles plan it, over tables that have grown and that nobody analysed; no scan of one may read more than its keys ask
// for. Whatever walks an index by its first column alone is listed here, with the reason.
#include "tests/store/catalogue/all_queries.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace lupaus {
namespace {

using nlohmann::json;
using support::TestDatabase;

constexpr const char* kSettings =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;"
    "SET lupaus.account = '00000000-0000-0000-0000-000000000001';"
    "SET lupaus.accounts = '{00000000-0000-0000-0000-000000000001}'";

// Tables that grow with the traffic of an account, and not only with its settings.
const std::set<std::string> kGrowing{"acknowledged_address",
                                     "address",
                                     "alert",
                                     "attachment",
                                     "attachment_fetch",
                                     "attention",
                                     "audit",
                                     "contact",
                                     "conversation",
                                     "delivery",
                                     "event",
                                     "idempotency",
                                     "delivery_attempt",
                                     "inbound",
                                     "inbound_key",
                                     "inbound_raw",
                                     "mention",
                                     "mail_head",
                                     "mail_id",
                                     "message",
                                     "promise",
                                     "quarantine",
                                     "rejection",
                                     "timer",
                                     "search_document",
                                     "sent_copy",
                                     "unfetched_mail",
                                     "webhook_body",
                                     "webhook_delivery"};

// What may walk an index by its first column: periodic looks, and the checker, the doctor and the benchmark; the skip
// scan over accounts; the oldest event of an account; what nobody has yet, counted to a limit.
const std::set<std::string> kWalks{
    "bench_is_queue_empty",
    "bench_count_told",
    "router_measure_waits",
    "desk_capacity_recount",
    "doctor_count_quarantined",
    "desk_inbound_discover_all",
    "desk_event_extent",
    "desk_delivery_until_next_due",
    "desk_delivery_measure_backlog",
    "desk_fetch_until_next_due",
    "desk_fetch_measure_backlog",
    "desk_webhook_until_next_due",
    "desk_webhook_measure_backlog",
    "desk_conversation_count_views",
};

// Fills every growing table with rows of 20 accounts, by the types of its columns; half of what may be NULL is, and of
// a promise the contact where it has a conversation.
constexpr const char* kFill = R"(
DO $$
DECLARE
    grown record;
BEGIN
    FOR grown IN
        SELECT c.relname AS name,
               string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
               string_agg(CASE WHEN a.attnotnull THEN ''
                               WHEN c.relname = 'promise' AND a.attname = 'contact_id' THEN 'CASE WHEN n % 2 = 1 THEN '
                               ELSE 'CASE WHEN n % 2 = 0 THEN ' END ||
                          CASE WHEN a.attname = 'account_id' THEN 'md5((n % 20)::text)::uuid'
                               WHEN a.attname IN ('number', 'seq') THEN 'n'
                               ELSE CASE t.typname WHEN 'uuid' THEN 'gen_random_uuid()' WHEN 'text' THEN 'md5(n::text)'
                                                   WHEN 'bytea' THEN '''\x00''' WHEN 'json' THEN '''{}'''
                                                   WHEN 'jsonb' THEN '''{}''::jsonb'
                                                   WHEN '_text' THEN '''{}''' WHEN '_uuid' THEN '''{}''::uuid[]'
                                                   WHEN 'tsvector' THEN 'to_tsvector(''simple'', md5(n::text))' WHEN 'bool' THEN 'false'
                                                   WHEN 'timestamptz' THEN 'now() - n * interval ''1 minute'''
                                                   ELSE '0' END
                          END || CASE WHEN a.attnotnull THEN '' ELSE ' END' END, ', ' ORDER BY a.attnum) AS filling
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relname = ANY ('%TABLES%'::text[]) AND c.relkind = 'r'
        GROUP BY c.relname
    LOOP
        EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM generate_series(1, 5000) n', grown.name, grown.columns,
                       grown.filling);
    END LOOP;
END
$$)";

std::string fill_statement() {
    std::string tables = "{";
    for (const auto& table : kGrowing) {
        tables += (tables.size() > 1 ? "," : "") + table;
    }
    std::string statement = kFill;
    return statement.replace(statement.find("%TABLES%"), 8, tables + "}");
}

class Plans : public testing::Test {
protected:
    // Nobody analyses the tables; and nothing but the rows changes later, which would have plans made anew by itself.
    void SetUp() override {
        pqxx::connection connection(database_.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        for (const auto& table : kGrowing) {
            work.exec("ALTER TABLE " + table + " SET (autovacuum_enabled = off)");
        }
    }

    void fill() {
        pqxx::connection connection(database_.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        work.exec(fill_statement());
        for (const auto& row : work.exec("SELECT i.indexrelid::regclass::text, array_to_string(ARRAY("
                                         "SELECT pg_get_indexdef(i.indexrelid, n, true) "
                                         "FROM generate_series(1, i.indnkeyatts) n), ' ') "
                                         "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
                                         "WHERE c.relnamespace = 'public'::regnamespace")) {
            std::istringstream columns(row[1].as<std::string>());
            auto& list = columns_[row[0].as<std::string>()];
            for (std::string column; columns >> column;) {
                list.push_back(column);
            }
        }
    }

    // Null where the query is none that is planned, or not for this role.
    json plan_of(const Query& query, const std::string& role) {
        pqxx::connection connection(database_.url(role));
        pqxx::nontransaction work(connection);
        work.exec(kSettings);
        try {
            work.exec("PREPARE wanted AS " + std::string(query.sql));
            const auto count = work.exec("SELECT cardinality(parameter_types) FROM pg_prepared_statements").at(0, 0);
            std::string values;
            for (int i = 0; i < count.as<int>(); ++i) {
                values += i == 0 ? "(NULL" : ", NULL";
            }
            const auto rows = work.exec("EXPLAIN (FORMAT JSON) EXECUTE wanted" + values + (values.empty() ? "" : ")"));
            return json::parse(rows.at(0, 0).as<std::string>());
        } catch (const pqxx::insufficient_privilege&) {
            return nullptr;
        } catch (const pqxx::syntax_error&) {
            return nullptr;  // DDL
        }
    }

    void check(const Query& query, const json& node) {
        if (node.is_object() && kGrowing.contains(node.value("Relation Name", std::string()))) {
            EXPECT_TRUE(is_narrow(node)) << query.name << ": " << node.dump();
        }
        if (node.is_structured()) {
            for (const auto& part : node) {
                check(query, part);
            }
        }
    }

    // By its key's second column too, where there is one; by place; or what a bitmap of an index found.
    bool is_narrow(const json& node) const {
        const auto type = node.at("Node Type").get<std::string>();
        if (type == "ModifyTable" || type == "Tid Scan" || type == "Bitmap Heap Scan") {
            return true;
        }
        if (!type.starts_with("Index")) {
            return false;
        }
        const auto condition = node.value("Index Cond", std::string());
        const auto& columns = columns_.at(node.at("Index Name").get<std::string>());
        const auto& decisive = columns.at(std::min<std::size_t>(1, columns.size() - 1));
        return condition.find(decisive) != std::string::npos;
    }

    TestDatabase database_;
    std::map<std::string, std::vector<std::string>> columns_;
};

TEST_F(Plans, OfTablesThatGrewReadByTheirKeys) {
    fill();
    std::size_t planned = 0;
    for (const auto queries : kAllQueries) {
        for (const auto* query : queries) {
            // Row-level security gives each role plans of its own; services of a worker ask across accounts.
            for (const auto* role : {"lupaus_app", "lupaus_worker"}) {
                const auto plan = plan_of(*query, role);
                planned += plan.is_null() ? 0 : 1;
                if (!kWalks.contains(std::string(query->name))) {
                    check(*query, plan);
                }
            }
        }
    }
    EXPECT_GT(planned, 300u);
}

// Made while a table was empty, a plan may join by any index; the session makes it anew as the table grows.
TEST_F(Plans, AreMadeAnewAsTablesGrow) {
    Database one({.url = database_.url("lupaus_worker"), .name = "plans", .threads = 1});
    constexpr Query find{"test_find_message", "SELECT text FROM message WHERE account_id = $1 AND id = $2"};
    constexpr Query explain{"test_explain_message", "EXPLAIN EXECUTE test_find_message (NULL, NULL)"};
    const auto ask = [&](Tx& tx) { return tx.exec(find, pqxx::params{to_string(Uuid{}), to_string(Uuid{})}).size(); };
    const auto plan = [&](Tx& tx) {
        std::string lines;
        for (const auto& row : tx.exec(explain)) {
            lines += row[0].as<std::string>() + "\n";
        }
        return lines;
    };
    EXPECT_EQ(one.run_blocking(Scope::queues(), ask), 0);
    fill();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    std::string seen;
    while (seen.find("id = $2") == std::string::npos && std::chrono::steady_clock::now() < deadline) {
        seen = one.run_blocking(Scope::queues(), plan);
        seen.erase(0, seen.find("Index Cond"));
        seen.erase(std::min(seen.size(), seen.find('\n')));
    }
    EXPECT_NE(seen.find("id = $2"), std::string::npos) << seen;
}

// Rows that every batch changes. While somebody holds a snapshot all their versions stay: a look has to end at the
// newest, going backwards along the key, and a change has to go to the place that the look found.
TEST_F(Plans, MeetTheNewestVersionOfABusyRowFirst) {
    const std::set<std::string> busy{"agent", "account_number", "account_feed"};
    const std::set<std::string> queries{
        "router_load_agents",
        "desk_capacity_lock_agents",
        "desk_capacity_apply",
        "desk_capacity_reserve",
        "desk_conversation_lock_numbers",
        "desk_conversation_take_numbers",
        "desk_event_lock_counters",
        "desk_event_append",
    };
    std::size_t looks = 0;
    const std::function<void(const Query&, const json&, bool)> check_scans = [&](const Query& query, const json& node,
                                                                                 bool is_limited) {
        if (node.is_object() && busy.contains(node.value("Relation Name", std::string()))) {
            const auto type = node.at("Node Type").get<std::string>();
            const bool is_look = type.starts_with("Index");
            looks += is_look ? 1 : 0;
            EXPECT_TRUE(type == "ModifyTable" || type == "Tid Scan" ||
                        (is_look && is_limited && node.value("Scan Direction", std::string()) == "Backward"))
                << query.name << ": " << node.dump();
        }
        const bool limits = is_limited || (node.is_object() && node.value("Node Type", std::string()) == "Limit");
        if (node.is_structured()) {
            for (const auto& part : node) {
                check_scans(query, part, limits);
            }
        }
    };
    for (const auto list : kAllQueries) {
        for (const auto* query : list) {
            if (queries.contains(std::string(query->name))) {
                check_scans(*query, plan_of(*query, "lupaus_worker"), false);
            }
        }
    }
    EXPECT_EQ(looks, queries.size());
}

// A policy that asks for the accounts once a row costs more than the row: the question is a subquery of its own.
TEST_F(Plans, AskForTheAccountsOnceAStatement) {
    pqxx::connection connection(database_.url("lupaus_owner"));
    pqxx::nontransaction work(connection);
    const auto rows =
        work.exec("SELECT tablename, policyname, qual FROM pg_policies WHERE qual LIKE '%current_setting%'");
    EXPECT_GT(rows.size(), 30);
    for (const auto& row : rows) {
        EXPECT_NE(row[2].as<std::string>().find("( SELECT "), std::string::npos)
            << row[0].c_str() << ": " << row[1].c_str() << ": " << row[2].c_str();
    }
}

}  // namespace
}  // namespace lupaus
