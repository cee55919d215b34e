// The one list to work from: whose debts, in which order, and along which index.
#include "services/desk/promise/queries.sql.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Owed : public ConversationTest {
protected:
    // A word of Maija's, due then; in a conversation, or of a contact.
    std::string give(const std::string& place, Micros due_in, std::optional<Principal> by = {}) {
        const auto body = "{" + place + R"(, "text": "We call.", "due_at": ")" + to_rfc3339(now() + due_in) + "\"}";
        return read(ask(desk_, handle_give_word, {.principal = by.value_or(as_maija_), .body = body}))["id"]
            .get<std::string>();
    }

    static std::string in(const Opened& opened) { return R"("conversation_id": ")" + opened.str() + "\""; }

    std::string to_contact_of(const Opened& opened) {
        return R"("contact_id": ")" + to_string(load(opened.id).contact) + "\"";
    }

    text::Json page(const std::string& query, const Principal& who) {
        return read(fetch(handle_list_owed, who, query));
    }

    std::vector<std::string> ids(const std::string& query, std::optional<Principal> who = {}) {
        std::vector<std::string> found;
        const auto shown = page(query, who.value_or(as_maija_));
        for (const auto& item : shown["items"]) {
            found.push_back(item["id"].get<std::string>());
        }
        return found;
    }
};

TEST_F(Owed, AllKindsMostUrgentFirst) {
    support::make_policy(desk_.database, account_, {.target = 2h});
    const auto waiting = open();
    const auto no_target = open({.ago = 21h, .team = sales_});
    look({"test_measured", "UPDATE promise SET due_at = NULL WHERE id = $1"},
         pqxx::params{to_string(no_target.promise)});
    const auto first = give(in(waiting), 1h);
    const auto last = give(to_contact_of(waiting), 5h);
    EXPECT_THAT(ids("view=all"), ElementsAre(first, to_string(waiting.promise), to_string(no_target.promise), last))
        << "what has no due time ranks as if it were due after a day";
}

TEST_F(Owed, ComesWithConversationAndContact) {
    const auto opened = open();
    give(in(opened), 1h);
    give(to_contact_of(opened), 2h);
    const auto items = page("view=all", as_maija_)["items"];
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[0]["kind"], "commitment");
    EXPECT_EQ(items[0]["conversation"]["id"], opened.str());
    EXPECT_EQ(items[0]["conversation"]["number"], load(opened.id).number);
    EXPECT_EQ(items[0]["contact"]["name"], "Aino");
    EXPECT_TRUE(items[1]["conversation"].is_null());
    EXPECT_EQ(items[1]["contact"]["id"], to_string(load(opened.id).contact));
    EXPECT_EQ(items[1]["contact"]["name"], "Aino");
    EXPECT_EQ(items[2]["kind"], "first_reply");
    EXPECT_EQ(items[2]["contact"]["name"], "Aino");
}

TEST_F(Owed, MineIsWhatIHaveAndWhatISaid) {
    const auto mine = open({.assignee = maija_});
    const auto pekkas = open({.assignee = pekka_});
    const auto nobodys = open();
    const auto resolved = open({.assignee = pekka_, .state = State::resolved, .is_waiting = false});
    const auto in_mine = give(in(mine), 1h, as_pekka_);
    const auto in_his = give(in(pekkas), 2h);
    const auto to_contact = give(to_contact_of(nobodys), 3h);
    const auto in_resolved = give(in(resolved), 4h);
    const auto both = give(in(mine), 5h);
    EXPECT_THAT(ids("view=mine"), ElementsAre(in_mine, in_his, to_contact, in_resolved, both, to_string(mine.promise)));
    EXPECT_THAT(ids(""), SizeIs(6)) << "an agent's own is the usual";
    EXPECT_THAT(ids("view=mine", as_pekka_), ElementsAre(in_mine, in_his, to_string(pekkas.promise)));
    EXPECT_THAT(ids("", support::make_admin_token(desk_.database, account_).principal), SizeIs(8)) << "and everybody's";
}

TEST_F(Owed, ATeamsIsWhoseWorkItIsNow) {
    const auto ours = open();
    const auto theirs = open({.team = sales_});
    const auto query = "team_id=" + to_string(sales_);
    EXPECT_THAT(ids(query), ElementsAre(to_string(theirs.promise)));
    call(handle_transfer, as_maija_, ours.str(), R"({"team_id": ")" + to_string(sales_) + "\"}").value();
    EXPECT_THAT(ids(query), ElementsAre(to_string(ours.promise), to_string(theirs.promise)));
    EXPECT_THAT(ids("team_id=" + to_string(team_)), IsEmpty());
}

TEST_F(Owed, WhatHasEndedIsNotOwed) {
    const auto opened = open();
    const auto id = give(in(opened), 1h);
    call(handle_keep_promise, as_maija_, id).value();
    call(handle_waive, as_maija_, opened.str(), R"({"reason": "thanks"})").value();
    EXPECT_THAT(ids("view=all"), IsEmpty());
    EXPECT_THAT(ids("view=mine"), IsEmpty());
}

TEST_F(Owed, APageAtATime) {
    const auto opened = open({.is_waiting = false});
    std::vector<std::string> given;
    for (int i = 1; i <= 5; ++i) {
        given.push_back(give(in(opened), std::chrono::hours{i}));
    }
    for (const auto& view : {std::string("view=all"), std::string("view=mine"), "team_id=" + to_string(team_)}) {
        std::vector<std::string> found;
        std::string cursor;
        do {
            const auto next = page(view + "&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor), as_maija_);
            EXPECT_LE(next["items"].size(), 2U);
            for (const auto& item : next["items"]) {
                found.push_back(item["id"].get<std::string>());
            }
            cursor = next["next_cursor"].is_null() ? "" : next["next_cursor"].get<std::string>();
        } while (!cursor.empty());
        EXPECT_EQ(found, given) << view;
    }
}

TEST_F(Owed, QuestionsThatMeanNothing) {
    const auto wrong = [&](const std::string& query) {
        return wrong_fields(fetch(handle_list_owed, as_maija_, query));
    };
    EXPECT_EQ(wrong("view=ours"), "view ");
    EXPECT_EQ(wrong("team_id=sales"), "team_id ");
    EXPECT_EQ(wrong("view=mine&team_id=" + to_string(sales_)), "team_id ");
    EXPECT_EQ(wrong("state=open"), "state ");
    EXPECT_EQ(wrong("cursor=x"), "cursor ");
    EXPECT_EQ(fetch(handle_list_owed, as_program_, "view=mine").error().code, Errc::forbidden);
}

TEST_F(Owed, OfAnotherAccountIsNotSeen) {
    open();
    const auto other = support::make_account(desk_.database, "Other desk");
    const auto stranger = support::make_admin_token(desk_.database, other).principal;
    EXPECT_THAT(ids("view=all", stranger), IsEmpty());
    EXPECT_THAT(ids("team_id=" + to_string(team_), stranger), IsEmpty());
}

// ---- plans: the generic ones of the API's own role, over thousands of analysed rows

class OwedPlans : public Owed {
protected:
    // 30,000 promises of 8 teams, a third of them open, one in fifty a word; and their conversations.
    void fill() {
        look({"test_fill_teams",
              "INSERT INTO team (account_id, id, name) SELECT $1, gen_random_uuid(), 'Team ' || n FROM "
              "generate_series(1, 6) n"},
             pqxx::params{to_string(account_)});
        look({"test_fill_conversations", R"(
            INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, team_id, assignee_id, rank_at,
                                      last_message_at, created_at)
            SELECT $1, md5('c' || n)::uuid, n, gen_random_uuid(), $2, CASE WHEN n % 3 = 0 THEN 0 ELSE 3 END,
                   (ARRAY(SELECT id FROM team WHERE account_id = $1 ORDER BY id))[1 + n % 8], md5('agent' || n % 50)::uuid,
                   CASE WHEN n % 3 = 0 THEN now() END, now() - n * interval '1 minute', now()
            FROM generate_series(1, 30000) n)"},
             pqxx::params{to_string(account_), to_string(channel_.id)});
        look({"test_fill_promises", R"(
            INSERT INTO promise (account_id, id, conversation_id, kind, agent_id, waiting_since, opened_at, due_at, settled_at,
                                 owing_team_id)
            SELECT account_id, gen_random_uuid(), id, CASE WHEN number % 50 = 0 THEN 4 ELSE 0 END, assignee_id, created_at, created_at,
                   last_message_at, CASE WHEN state = 3 THEN now() END, team_id
            FROM conversation WHERE account_id = $1)"},
             pqxx::params{to_string(account_)});
        look({"test_analyse", "ANALYZE promise, conversation, team"});
    }

    std::string plan_of(const Query& query, std::vector<std::string> values) {
        pqxx::connection connection(desk_.database.url("lupaus_app"));
        pqxx::nontransaction work(connection);
        work.exec("SET plan_cache_mode = force_generic_plan; SET jit = off; SET lupaus.account = '" +
                  to_string(account_) + "'");
        work.exec("PREPARE wanted AS " + std::string(query.sql));
        std::string list;
        for (const auto& value : values) {
            list += (list.empty() ? "" : ", ") + work.quote(value);
        }
        std::string plan;
        for (const auto& row : work.exec("EXPLAIN EXECUTE wanted (" + list + ")")) {
            plan += row[0].as<std::string>() + "\n";
        }
        return plan;
    }
};

TEST_F(OwedPlans, UseTheirIndexes) {
    fill();
    namespace sql = desk::promise::sql;
    const std::vector<std::string> place{to_string(account_), "-infinity", to_string(Uuid{}), "26"};
    const auto expect = [&](const Query& query, std::vector<std::string> values,
                            std::initializer_list<const char*> indexes) {
        const auto plan = plan_of(query, std::move(values));
        for (const auto* index : indexes) {
            EXPECT_THAT(plan, HasSubstr(index)) << query.name << "\n" << plan;
        }
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on promise"))) << query.name << "\n" << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on conversation"))) << query.name << "\n" << plan;
    };
    auto of_team = place;
    of_team.push_back(to_string(team_));
    auto of_agent = place;
    of_agent.push_back(to_string(maija_));
    expect(sql::owed_by_account, place, {"promise_owed"});
    expect(sql::owed_by_team, of_team, {"promise_owed"});
    EXPECT_THAT(plan_of(sql::owed_by_team, of_team), Not(HasSubstr("Sort")));
    expect(sql::owed_by_agent, of_agent, {"conversation_mine", "promise_open", "promise_words", "promise_words_of"});
    expect(sql::read_owed, {to_string(account_), "{" + to_string(Uuid{}) + "}"}, {"promise_pkey"});
    expect(sql::open_of_conversation, {to_string(account_), to_string(Uuid{})}, {"promise_open", "promise_words"});
    std::vector<std::string> handed{"{" + to_string(account_) + "}", "{" + to_string(Uuid{}) + "}",
                                    "{" + to_string(team_) + "}"};
    expect(sql::hand_waits_to_team, handed, {"promise_open"});
    handed.emplace_back("50");
    expect(sql::hand_words_to_team, handed, {"promise_words"});
}

}  // namespace
}  // namespace lupaus::inbox
