// Every list reads the index that was made for it: the generic plans of the API's own role, over thousands of analysed
// rows, with sequential scans allowed.
#include "services/desk/alert/queries.sql.hpp"
#include "services/desk/conversation/queries.sql.hpp"
#include "services/desk/message/queries.sql.hpp"
#include "services/desk/view/queries.sql.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

namespace lupaus::inbox {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace sql = desk::conversation::sql;

class ListPlans : public ConversationTest {
protected:
    // 20,000 conversations of 50 agents in 8 teams: most of them resolved, a tenth waiting, a few unassigned.
    void fill() {
        look({"test_fill_teams",
              "INSERT INTO team (account_id, id, name) SELECT $1, gen_random_uuid(), 'Team ' || n FROM "
              "generate_series(1, 6) n"},
             pqxx::params{to_string(account_)});
        look({"test_fill", R"(
            INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, team_id, assignee_id, waiting_since, owed_id, due_at,
                                      rank_at, last_message_at, created_at)
            SELECT $1, gen_random_uuid(), n, gen_random_uuid(), $2, s.state,
                   (ARRAY(SELECT id FROM team WHERE account_id = $1 ORDER BY id))[1 + n % 8],
                   CASE WHEN n % 7 <> 0 THEN md5('agent' || n % 50)::uuid END,
                   w.since, CASE WHEN w.since IS NOT NULL THEN gen_random_uuid() END,
                   CASE WHEN n % 3 <> 0 THEN w.since + interval '1 hour' END,
                   coalesce(CASE WHEN n % 3 <> 0 THEN w.since + interval '1 hour' END, w.since + interval '24 hours'),
                   now() - n * interval '1 minute', now()
            FROM generate_series(1, 20000) n,
                 LATERAL (SELECT CASE WHEN n % 10 < 2 THEN 0 WHEN n % 10 = 2 THEN 1 WHEN n % 20 = 3 THEN 2 ELSE 3 END AS state) s,
                 LATERAL (SELECT CASE WHEN s.state < 3 AND n % 2 = 0 THEN now() - n * interval '1 minute' END AS since) w)"},
             pqxx::params{to_string(account_), to_string(channel_.id)});
        look({"test_fill_contacts",
              "INSERT INTO contact (account_id, id, name, created_at) SELECT account_id, contact_id, 'Aino', now() "
              "FROM conversation"});
        look({"test_analyse", "ANALYZE conversation, contact, team"});
    }

    // $1 account, $2 and $3 place, $4 limit, then what the query takes of team, state and agent, in this order.
    std::string plan_of(const Query& query, const std::vector<std::string>& values) {
        pqxx::connection connection(desk_.database.url("lupaus_app"));
        pqxx::nontransaction work(connection);
        work.exec("SET plan_cache_mode = force_generic_plan; SET jit = off; SET lupaus.account = '" +
                  to_string(account_) + "'");
        work.exec("PREPARE wanted AS " + std::string(query.sql));
        std::string list;
        for (const auto& value : values) {
            list += (list.empty() ? "" : ", ") + (value == "NULL" ? value : work.quote(value));
        }
        std::string plan;
        for (const auto& row : work.exec("EXPLAIN EXECUTE wanted (" + list + ")")) {
            plan += row[0].as<std::string>() + "\n";
        }
        return plan;
    }

    std::vector<std::string> values(std::size_t count, bool is_newest = false) {
        std::vector<std::string> all{
            to_string(account_), is_newest ? "infinity" : "-infinity", to_string(Uuid{}), "26", to_string(team_), "0",
            to_string(maija_)};
        all.resize(count);
        return all;
    }

    std::vector<std::string> values_of_state(bool is_newest = false) {
        auto all = values(4, is_newest);
        all.emplace_back("0");
        return all;
    }
};

TEST_F(ListPlans, UseTheirIndexes) {
    fill();
    const auto expect = [&](const Query& query, const std::vector<std::string>& given, const std::string& index) {
        const auto plan = plan_of(query, given);
        EXPECT_THAT(plan, HasSubstr(index)) << query.name;
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on conversation"))) << query.name << "\n" << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on contact"))) << query.name << "\n" << plan;
    };
    expect(sql::list_mine_newest, values(7, true), "conversation_mine");
    expect(sql::list_mine_due, values(7), "conversation_mine");
    expect(sql::list_mine_waiting, values(7), "conversation_mine");
    expect(sql::list_unassigned_due, values(4), "conversation_unassigned");
    expect(sql::list_team_unassigned_due, values(5), "conversation_unassigned");
    expect(sql::list_unassigned_waiting, values(5), "conversation_unassigned_waiting");
    expect(sql::list_unassigned_newest, values(4, true), "conversation_newest");
    expect(sql::list_team_unassigned_newest, values(5, true), "conversation_team_newest");
    expect(sql::list_due, values_of_state(), "conversation_due");
    expect(sql::list_team_due, values(6), "conversation_team_due");
    expect(sql::list_unanswered_due, values_of_state(), "conversation_due");
    expect(sql::list_team_unanswered_due, values(6), "conversation_team_due");
    expect(sql::list_waiting, values(6), "conversation_waiting");
    expect(sql::list_waiting_newest, values(6, true), "conversation_waiting_newest");
    expect(sql::list_overdue_due, values_of_state(), "conversation_due");
    expect(sql::list_team_overdue_due, values(6), "conversation_team_due");
    expect(sql::list_overdue_waiting, values(6), "conversation_due");
    expect(sql::list_overdue_newest, values(6, true), "conversation_due");
    expect(sql::list_state_newest, values_of_state(true), "conversation_newest");
    expect(sql::list_team_state_newest, values(6, true), "conversation_team_newest");
    expect(sql::list_newest, values(4, true), "conversation_newest");
    expect(sql::list_team_newest, values(5, true), "conversation_team_newest");
}

TEST_F(ListPlans, OfMessagesAndAlertsUseTheirIndexes) {
    look({"test_fill_messages", R"(
        INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, created_at)
        SELECT $1, gen_random_uuid(), md5('conversation' || n % 200)::uuid, n, now() - n * interval '1 minute', n % 2, 0, 0, now()
        FROM generate_series(1, 10000) n)"},
         pqxx::params{to_string(account_)});
    look({"test_fill_alerts", R"(
        INSERT INTO alert (account_id, id, kind, subject_id, level, state, recipient_type, raised_at, noticed_at)
        SELECT $1, gen_random_uuid(), 0, gen_random_uuid(), 1, n % 4, 3, now() - n * interval '1 minute', now()
        FROM generate_series(1, 10000) n)"},
         pqxx::params{to_string(account_)});
    look({"test_analyse_both", "ANALYZE message, alert"});
    const auto expect = [&](const Query& query, const std::vector<std::string>& given, const std::string& index) {
        const auto plan = plan_of(query, given);
        EXPECT_THAT(plan, HasSubstr(index)) << query.name << "\n" << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << query.name << "\n" << plan;
    };
    const auto account = to_string(account_);
    const auto id = to_string(Uuid{});
    expect(desk::message::sql::page_after, {account, id, "-infinity", "0", "26"}, "message_thread");
    expect(desk::message::sql::page_before, {account, id, "infinity", "0", "26"}, "message_thread");
    expect(desk::message::sql::public_after, {account, id, "0", "26"}, "message_thread");
    expect(sql::newest_external_id, {account, id, "0", id}, "message_thread");
    expect(desk::alert::sql::page, {account, "0", "infinity", id, "26"}, "alert_newest");
}

// However many match, a look of a saved view walks its index and ends at its bound: nothing is sorted, nor looked for.
TEST_F(ListPlans, OfSavedViewsWalkTheirIndexes) {
    fill();
    const auto account = to_string(account_);
    const auto nowhere = to_string(Uuid{});
    const auto expect = [&](const Query& query, const std::string& index, const std::vector<std::string>& more) {
        std::vector<std::string> given{account,
                                       query.name.ends_with("newest") ? "infinity" : "-infinity",
                                       nowhere,
                                       "26",
                                       "$.tag == $v0[*]",
                                       "{\"v0\": []}",
                                       "true",
                                       "2000"};
        given.insert(given.end(), more.begin(), more.end());
        const auto plan = plan_of(query, given);
        EXPECT_THAT(plan, HasSubstr(index)) << query.name << "\n" << plan;
        EXPECT_THAT(plan, HasSubstr("conversation_pkey")) << query.name << "\n" << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << query.name << "\n" << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Sort  ("))) << query.name << "\n" << plan;
    };
    namespace looks = desk::view::sql;
    expect(looks::look_newest, "conversation_newest", {"{0,1,2,3}"});
    expect(looks::look_due, "conversation_due", {});
    expect(looks::look_waiting, "conversation_waiting", {});
}

// In the order of its index a list stops at its limit: nothing is sorted.
TEST_F(ListPlans, SortNothingWhereTheIndexOrders) {
    fill();
    const std::vector<std::pair<const Query*, std::vector<std::string>>> ordered{
        {&sql::list_due, values_of_state()},
        {&sql::list_unanswered_due, values_of_state()},
        {&sql::list_overdue_due, values_of_state()},
        {&sql::list_waiting, values(6)},
        {&sql::list_waiting_newest, values(6, true)},
        {&sql::list_unassigned_waiting, values(5)},
        {&sql::list_team_due, values(6)},
        {&sql::list_team_unanswered_due, values(6)},
        {&sql::list_team_overdue_due, values(6)},
        {&sql::list_team_unassigned_due, values(5)},
        {&sql::list_team_unassigned_newest, values(5, true)},
        {&sql::list_team_state_newest, values(6, true)},
        {&sql::list_mine_newest, values(7, true)},
        {&sql::list_state_newest, values_of_state(true)},
        {&sql::list_unassigned_newest, values(4, true)}};
    for (const auto& [query, given] : ordered) {
        EXPECT_THAT(plan_of(*query, given), Not(HasSubstr("Sort"))) << query->name;
    }
}

}  // namespace
}  // namespace lupaus::inbox
