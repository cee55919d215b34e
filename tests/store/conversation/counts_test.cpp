// How much waits in each view: exact to 99, of everybody's, of one team and of saved views.
#include "services/inbox/search.hpp"
#include "services/inbox/views.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

#include <deque>

namespace lupaus::inbox {
namespace {

// Each waits without anybody, is due and was due a minute ago.
constexpr Query kFill{"test_fill_counts", R"(
    INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, team_id, waiting_since, owed_id, due_at,
                              rank_at, last_message_at, created_at)
    SELECT $1, gen_random_uuid(), (SELECT coalesce(max(number), 0) FROM conversation) + n, gen_random_uuid(), $2, 0, $3, now(),
           gen_random_uuid(), now() - interval '1 minute', now() - interval '1 minute', now(), now()
    FROM generate_series(1, $4::int) n)"};

class Counts : public ConversationTest {
protected:
    void fill(int count) {
        look(kFill, pqxx::params{to_string(account_), to_string(channel_.id), to_string(team_), count});
    }

    text::Json count(const std::string& query = "") { return read(fetch(handle_count_views, as_maija_, query)); }

    std::string counts(const std::string& query = "") {
        const auto counted = count(query);
        std::string all;
        for (const auto* view : {"mine", "unassigned", "unanswered", "overdue", "all", "spam"}) {
            all += std::string(view) + " " + counted[view]["text"].get<std::string>() + " ";
        }
        return all;
    }

    void set(const Opened& conversation, const std::string& what) {
        const auto& name = texts_.emplace_back("test_set_" + std::to_string(texts_.size()));
        const auto& statement = texts_.emplace_back("UPDATE conversation SET " + what + " WHERE id = $1");
        look({name, statement}, pqxx::params{conversation.str()});
    }

    std::deque<std::string> texts_;  // of queries, which are kept by their names
};

TEST_F(Counts, AreExactTo99) {
    fill(99);
    EXPECT_EQ(counts(), "mine 0 unassigned 99 unanswered 99 overdue 99 all 99 spam 0 ");
    fill(1);
    EXPECT_EQ(counts(), "mine 0 unassigned 99+ unanswered 99+ overdue 99+ all 99+ spam 0 ");
    EXPECT_EQ(count()["all"]["count"], 99);
}

TEST_F(Counts, AreOfWhatTheirListsShow) {
    open({.assignee = maija_});
    open({.assignee = maija_, .state = State::resolved, .is_waiting = false});
    open({.assignee = pekka_, .is_waiting = false});
    open({.is_waiting = false});
    set(open(), "bot_token_id = gen_random_uuid()");
    set(open({.assignee = pekka_}), "due_at = now() + interval '1 hour', rank_at = now() - interval '1 hour'");
    set(open({.state = State::resolved, .is_waiting = false}), "spam = true");
    EXPECT_EQ(counts(), "mine 1 unassigned 0 unanswered 2 overdue 0 all 7 spam 1 ");
}

TEST_F(Counts, OfATeamAreItsOwn) {
    for (const auto team : {team_, sales_}) {
        open({.team = team, .assignee = maija_});
        open({.team = team});
        set(open({.team = team, .state = State::resolved, .is_waiting = false}), "spam = true");
        set(open({.team = team}), "waiting_since = NULL, assignee_id = $1");
    }
    EXPECT_EQ(counts("team_id=" + to_string(sales_)), "mine 1 unassigned 1 unanswered 2 overdue 0 all 4 spam 1 ");
}

TEST_F(Counts, OfSavedViewsSayWhereTheyStopped) {
    const auto save = [this](const std::string& filter) {
        const auto body = R"({"name":"V","sort":"newest","filter":)" + filter + "}";
        return read(call(handle_create_view, as_maija_, "", body))["id"].get<std::string>();
    };
    const auto of = [this](const std::string& view) { return count("view_id=" + view)["saved"][0]; };
    const auto everything = save(R"({"all":[]})");
    fill(99);
    EXPECT_EQ(of(everything)["text"], "99");
    EXPECT_EQ(of(everything)["complete"], true);
    fill(1);
    EXPECT_EQ(of(everything)["text"], "99+");
    EXPECT_EQ(of(everything)["count"], 99);
    EXPECT_EQ(of(everything)["complete"], true) << "what is counted no further than 99 is whole";
    const auto nothing = save(R"({"field":"tag","has":"nothing"})");
    EXPECT_EQ(of(nothing)["text"], "0");
    fill(1'900);
    EXPECT_EQ(of(nothing)["text"], "0+") << "there is more to look at";
    EXPECT_EQ(of(nothing)["complete"], false);
}

TEST_F(Counts, AreOfTenSavedViewsAtMost) {
    std::string query;
    const auto body = R"({"name":"V","sort":"newest","filter":{"all":[]}})";
    for (int i = 0; i < 11; ++i) {
        query += (i == 0 ? "view_id=" : "&view_id=") +
                 read(call(handle_create_view, as_maija_, "", body))["id"].get<std::string>();
        EXPECT_EQ(fetch(handle_count_views, as_maija_, query).has_value(), i < 10) << i;
    }
}

}  // namespace
}  // namespace lupaus::inbox
