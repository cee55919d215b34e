#include "services/inbox/conversations.hpp"
#include "services/inbox/cursor.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <algorithm>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;
using namespace std::chrono_literals;

class Lists : public ConversationTest {
protected:
    std::vector<std::string> texts(const std::string& query, const Principal* who = nullptr) {
        const auto answer = fetch(handle_list_conversations, who == nullptr ? as_maija_ : *who, query);
        EXPECT_TRUE(answer.has_value()) << query << ": " << answer.error().detail;
        std::vector<std::string> found;
        const auto page = read(answer);
        for (const auto& item : page["items"]) {
            found.push_back(name_of_.at(item["id"].get<std::string>()));
        }
        return found;
    }

    // Every page of two, in a row.
    std::vector<std::string> walk(const std::string& query) {
        std::vector<std::string> found;
        std::string cursor;
        do {
            const auto page = read(fetch(handle_list_conversations, as_maija_, query + "&limit=2" + cursor));
            EXPECT_LE(page["items"].size(), 2u);
            for (const auto& item : page["items"]) {
                found.push_back(name_of_.at(item["id"].get<std::string>()));
            }
            cursor = page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
        } while (!cursor.empty());
        return found;
    }

    Opened add(const std::string& name, const Opening& opening) {
        const auto opened = open(opening);
        name_of_[opened.str()] = name;
        return opened;
    }

    std::map<std::string, std::string> name_of_;
};

TEST_F(Lists, ViewsHoldWhatTheySay) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    add("mine", {.ago = 10s, .assignee = maija_});
    add("mine-answered", {.ago = 20s, .assignee = maija_, .is_waiting = false});
    add("mine-pending", {.ago = 30s, .assignee = maija_, .state = State::pending, .is_waiting = false});
    add("mine-resolved", {.ago = 40s, .assignee = maija_, .state = State::resolved, .is_waiting = false});
    add("theirs", {.ago = 50s, .assignee = pekka_});
    add("overdue", {.ago = 100s});
    add("overdue-theirs", {.ago = 200s, .assignee = pekka_});
    add("nobodys", {.ago = 5s, .team = sales_});
    EXPECT_THAT(texts("view=mine"), ElementsAre("mine", "mine-answered", "mine-pending"));
    EXPECT_THAT(texts("view=unassigned"), ElementsAre("overdue", "nobodys"));
    EXPECT_THAT(texts("view=unanswered"), ElementsAre("overdue-theirs", "overdue", "theirs", "mine", "nobodys"));
    EXPECT_THAT(texts("view=overdue"), ElementsAre("overdue-theirs", "overdue"));
    EXPECT_THAT(texts(""), ElementsAre("nobodys", "mine", "mine-answered", "mine-pending", "mine-resolved", "theirs",
                                       "overdue", "overdue-theirs"));
    EXPECT_THAT(texts("state=resolved"), ElementsAre("mine-resolved"));
    EXPECT_THAT(texts("view=mine&state=pending"), ElementsAre("mine-pending"));
    EXPECT_THAT(texts("view=unassigned&team_id=" + to_string(sales_)), ElementsAre("nobodys"));
    EXPECT_THAT(texts("team_id=" + to_string(sales_)), ElementsAre("nobodys"));
    EXPECT_THAT(texts("view=unassigned&state=open&sort=newest"), ElementsAre("nobodys", "overdue"));
}

TEST_F(Lists, OfSpamHoldNothingElse) {
    add("asked", {});
    look({"test_spam", "UPDATE conversation SET spam = true WHERE id = $1"},
         pqxx::params{add("spam", {.state = State::resolved, .is_waiting = false}).str()});
    EXPECT_THAT(texts("view=spam"), ElementsAre("spam"));
}

TEST_F(Lists, DueComesBeforeOldestWhereOnlySomeHaveATarget) {
    support::make_policy(desk_.database, account_, {.target = 3600s, .team = sales_});
    add("old", {.ago = 600s});  // no target: counts as a day
    add("promised", {.ago = 60s, .team = sales_});
    EXPECT_THAT(texts("view=unanswered"), ElementsAre("promised", "old"));
    EXPECT_THAT(texts("view=unanswered&sort=waiting"), ElementsAre("old", "promised"));
    EXPECT_THAT(texts("view=unassigned"), ElementsAre("promised", "old")) << "merged over the teams";
    EXPECT_THAT(texts("view=overdue"), IsEmpty());
}

TEST_F(Lists, PagesOfEveryViewAndOrderJoinWithoutGapOrDouble) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const std::vector<AgentId> owners{AgentId{}, maija_, pekka_};
    const std::vector<State> states{State::open, State::pending, State::snoozed, State::resolved};
    for (int i = 0; i < 36; ++i) {
        const auto n = static_cast<std::size_t>(i);
        const auto state = states[n / 3 % 4];
        add("c" + std::to_string(i), {.ago = std::chrono::seconds{5 * (i / 2 + 1)},  // pairs share their time, nearly
                                      .team = i % 2 == 0 ? team_ : sales_,
                                      .assignee = owners[n % 3],
                                      .state = state,
                                      .is_waiting = state != State::resolved && i % 5 != 0});
    }
    look({"test_same_times",
          "UPDATE conversation SET last_message_at = date_trunc('second', last_message_at), "
          "waiting_since = date_trunc('second', waiting_since), rank_at = date_trunc('second', rank_at)"});
    for (const auto* view : {"mine", "unassigned", "unanswered", "overdue", "all"}) {
        for (const auto* sort : {"due", "waiting", "newest"}) {
            for (const auto& team : {std::string(), "&team_id=" + to_string(team_)}) {
                const auto query = std::string("view=") + view + "&sort=" + sort + team;
                const auto whole = texts(query + "&limit=100");
                EXPECT_GT(whole.size(), 1u) << query;
                EXPECT_EQ(walk(query), whole) << query;
            }
        }
    }
    EXPECT_EQ(texts("limit=100").size(), 36u);
    EXPECT_EQ(walk("state=snoozed"), texts("state=snoozed&limit=100"));
}

TEST_F(Lists, OrdersAreWhatTheySay) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    for (int i = 0; i < 12; ++i) {
        add("c" + std::to_string(i),
            {.ago = std::chrono::seconds{(i * 7) % 12 * 10 + 1}, .team = i % 3 == 0 ? sales_ : team_});
    }
    const auto sorted_by = [&](const std::string& query, auto key) {
        const auto items = read(fetch(handle_list_conversations, as_maija_, query))["items"];
        std::vector<std::string> keys;
        for (const auto& item : items) {
            keys.push_back(key(item));
        }
        EXPECT_EQ(keys.size(), 12u) << query;
        return std::ranges::is_sorted(keys);
    };
    const auto due = [](const text::Json& item) { return item["owed"]["due_at"].get<std::string>(); };
    const auto since = [](const text::Json& item) { return item["waiting_since"].get<std::string>(); };
    EXPECT_TRUE(sorted_by("view=unassigned", due));
    EXPECT_TRUE(sorted_by("view=unanswered&sort=due", due));
    EXPECT_TRUE(sorted_by("view=unanswered&sort=waiting", since));
    EXPECT_FALSE(sorted_by("view=unanswered&sort=newest", since)) << "the newest first";
}

TEST_F(Lists, WrongQuestionsAreNamed) {
    const auto wrong = [&](const std::string& query) {
        return wrong_fields(fetch(handle_list_conversations, as_maija_, query));
    };
    EXPECT_EQ(wrong("view=everything"), "view ");
    EXPECT_EQ(wrong("sort=random"), "sort ");
    EXPECT_EQ(wrong("state=closed"), "state ");
    EXPECT_EQ(wrong("team_id=x"), "team_id ");
    EXPECT_EQ(wrong("limit=0"), "limit ");
    EXPECT_EQ(wrong("limit=101"), "limit ");
    EXPECT_EQ(wrong("cursor=x"), "cursor ");
    EXPECT_EQ(wrong("page=2"), "page ");
    EXPECT_EQ(wrong("view=mine&state=resolved"), "state ");
    EXPECT_EQ(wrong("view=unassigned&state=pending"), "state ");
    EXPECT_EQ(fetch(handle_list_conversations, as_program_, "view=mine").error().code, Errc::forbidden);
}

TEST_F(Lists, ACursorGoesWithItsOrderAlone) {
    add("a", {});
    add("b", {});
    const auto page = read(fetch(handle_list_conversations, as_maija_, "sort=due&limit=1"));
    const auto cursor = page["next_cursor"].get<std::string>();
    EXPECT_EQ(wrong_fields(fetch(handle_list_conversations, as_maija_, "sort=newest&cursor=" + cursor)), "cursor ");
    const auto forged = encode_cursor("conversations.due", {.key = "99999999999999999999", .id = {}});
    EXPECT_EQ(wrong_fields(fetch(handle_list_conversations, as_maija_, "sort=due&cursor=" + forged)), "cursor ");
    const auto broken = encode_cursor("conversations.due", {.key = "'; --", .id = {}});
    EXPECT_EQ(wrong_fields(fetch(handle_list_conversations, as_maija_, "sort=due&cursor=" + broken)), "cursor ");
}

TEST_F(Lists, AnotherAccountSeesNothing) {
    add("a", {});
    const auto elsewhere = support::make_account(desk_.database, "Elsewhere");
    const auto stranger =
        support::make_agent_token(desk_.database, elsewhere, support::make_agent(desk_.database, elsewhere)).principal;
    for (const auto* view : {"mine", "unassigned", "unanswered", "overdue", "all"}) {
        EXPECT_THAT(texts(std::string("view=") + view, &stranger), IsEmpty());
    }
}

TEST_F(Lists, OneIsReadWithItsVersion) {
    const auto opened = add("a", {});
    const auto answer = call(handle_get_conversation, as_maija_, opened.str());
    EXPECT_EQ(answer->version, 1);
    const auto shown = read(answer);
    EXPECT_EQ(shown["id"], opened.str());
    EXPECT_EQ(shown["number"], 1);
    EXPECT_EQ(shown["state"], "open");
    EXPECT_EQ(shown["contact"]["name"], "Aino");
    EXPECT_EQ(shown["owed"]["kind"], "first_reply");
    EXPECT_TRUE(shown["owed"]["due_at"].is_null());
    EXPECT_EQ(call(handle_get_conversation, as_maija_, "17").error().code, Errc::not_found);
}

}  // namespace
}  // namespace lupaus::inbox
