// Saved views through the API's handlers: whose they are, who shares them, and their pages.
#include "services/inbox/views.hpp"

#include "services/inbox/conversations.hpp"
#include "services/inbox/search.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SavedViews : public ConversationTest {
protected:
    Result<Answer> save(const Principal& who, const std::string& more = "",
                        const std::string& filter = R"({"all":[]})") {
        return call(handle_create_view, who, "", R"({"name":"V","filter":)" + filter + more + "}");
    }

    std::string saved(const Principal& who, const std::string& more = "", const std::string& filter = R"({"all":[]})") {
        const auto view = save(who, more, filter);
        EXPECT_TRUE(view.has_value()) << view.error().detail;
        return read(view).at("id").get<std::string>();
    }

    // Of every page.
    std::vector<std::string> walk(Handle handle, const std::string& query) {
        std::vector<std::string> ids;
        std::string cursor;
        do {
            const auto page = read(fetch(handle, as_maija_, query + cursor));
            for (const auto& item : page["items"]) {
                ids.push_back(item["id"].get<std::string>());
            }
            cursor = page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
        } while (!cursor.empty() && ids.size() < 100);
        return ids;
    }
};

TEST_F(SavedViews, OnesOwnIsNobodyElses) {
    const auto view = saved(as_maija_);
    EXPECT_TRUE(call(handle_get_view, as_maija_, view).has_value());
    for (const auto& other : {as_pekka_, as_lead_, as_program_}) {
        EXPECT_EQ(call(handle_get_view, other, view).error().code, Errc::not_found);
        EXPECT_EQ(call(handle_edit_view, other, view, R"({"name":"W"})").error().code, Errc::not_found);
        EXPECT_EQ(call(handle_delete_view, other, view).error().code, Errc::not_found);
        EXPECT_EQ(wrong_fields(fetch(handle_list_conversations, other, "view_id=" + view)), "view_id ");
        EXPECT_EQ(wrong_fields(fetch(handle_count_views, other, "view_id=" + view)), "view_id ");
        EXPECT_THAT(read(fetch(handle_list_views, other, ""))["items"], IsEmpty());
    }
    EXPECT_THAT(event_types(), IsEmpty()) << "and nobody is told";
}

TEST_F(SavedViews, ASharedOneIsALeadsToEditAndEverybodysToSee) {
    EXPECT_EQ(save(as_maija_, R"(,"shared":true)").error().code, Errc::forbidden);
    EXPECT_EQ(save(as_program_).error().code, Errc::forbidden) << "it has none of its own";
    const auto view = saved(as_lead_, R"(,"shared":true)");
    for (const auto& reader : {as_maija_, as_program_}) {
        EXPECT_TRUE(call(handle_get_view, reader, view).has_value());
        EXPECT_EQ(read(fetch(handle_list_views, reader, ""))["items"].size(), 1u);
    }
    EXPECT_EQ(call(handle_edit_view, as_maija_, view, R"({"name":"W"})").error().code, Errc::forbidden);
    EXPECT_EQ(call(handle_delete_view, as_maija_, view).error().code, Errc::forbidden);
    ASSERT_TRUE(call(handle_edit_view, as_lead_, view, R"({"name":"W"})").has_value());
    ASSERT_TRUE(call(handle_delete_view, as_lead_, view).has_value());
    EXPECT_THAT(event_types(), ElementsAre("view.created", "view.updated", "view.deleted"));
}

TEST_F(SavedViews, AreListedByPosition) {
    const auto last = saved(as_maija_, R"(,"position":10000)");
    const auto first = saved(as_lead_, R"(,"shared":true,"position":1)");
    const auto one = saved(as_maija_, R"(,"position":5)");
    const auto other = saved(as_maija_, R"(,"position":5)");
    EXPECT_THAT(walk(handle_list_views, "limit=1"),
                ElementsAre(first, std::min(one, other), std::max(one, other), last));
    EXPECT_EQ(wrong_fields(save(as_maija_, R"(,"position":10001)")), "/position ");
}

TEST_F(SavedViews, NameWhatThereIs) {
    const auto nobody = to_string(desk::ContactId::make());
    const auto names = [&](const std::string& field, const std::string& id) {
        return save(as_maija_, "", R"({"field":")" + field + R"(","in":[")" + id + R"("]})");
    };
    for (const auto* field : {"team", "assignee", "channel", "contact"}) {
        EXPECT_EQ(wrong_fields(names(field, nobody)), "/filter/in/0 ") << field;
    }
    EXPECT_TRUE(names("team", to_string(team_)).has_value());
    EXPECT_TRUE(names("assignee", to_string(pekka_)).has_value());
    EXPECT_TRUE(names("channel", to_string(channel_.id)).has_value());
    EXPECT_TRUE(names("contact", to_string(load(open().id).contact)).has_value());
}

TEST_F(SavedViews, AnAgentHasAHundredOfTheirOwn) {
    look({"test_fill_own",
          "INSERT INTO saved_view (account_id, id, agent_id, name, filter, sort)"
          " SELECT $1, gen_random_uuid(), $2, 'v', '{\"all\":[]}', 2 FROM generate_series(1, 99)"},
         pqxx::params{to_string(account_), to_string(maija_)});
    saved(as_maija_);
    EXPECT_EQ(save(as_maija_).error().code, Errc::conflict);
    saved(as_pekka_);
    saved(as_lead_, R"(,"shared":true)");
}

TEST_F(SavedViews, PagesGoOnWhereTheLastOneEnded) {
    using namespace std::chrono_literals;
    std::vector<std::string> newest;
    for (const auto ago : {1h, 2h, 3h, 4h, 5h}) {
        newest.push_back(open({.ago = ago}).str());
    }
    auto oldest = newest;
    std::ranges::reverse(oldest);
    for (const std::string sort : {"newest", "waiting"}) {
        const auto view = saved(as_maija_, R"(,"sort":")" + sort + "\"");
        for (const auto* limit : {"1", "2", "5", "6"}) {
            EXPECT_EQ(walk(handle_list_conversations, "view_id=" + view + "&limit=" + limit),
                      sort == "newest" ? newest : oldest)
                << sort << limit;
        }
        EXPECT_EQ(read(fetch(handle_list_conversations, as_maija_, "view_id=" + view))["complete"], true);
    }
}

TEST_F(SavedViews, ByWaitingLeaveOutWhatABotHas) {
    const auto opened = open();
    const auto held = open();
    look({"test_hold", "UPDATE conversation SET bot_token_id = gen_random_uuid() WHERE id = $1"},
         pqxx::params{held.str()});
    EXPECT_THAT(walk(handle_list_conversations, "view_id=" + saved(as_maija_, R"(,"sort":"waiting")")),
                ElementsAre(opened.str()));
}

TEST_F(SavedViews, SayWhereTheyLookedNoFurther) {
    look(
        {"test_fill_many",
         "INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, last_message_at, created_at)"
         " SELECT $1, gen_random_uuid(), 1000 + n, gen_random_uuid(), $2, 0, now() - n * interval '1 minute', now()"
         " FROM generate_series(1, 2001) n"},
        pqxx::params{to_string(account_), to_string(channel_.id)});
    const auto view = saved(as_maija_, "", R"({"field":"tag","has":"nothing"})");
    const auto page = read(fetch(handle_list_conversations, as_maija_, "view_id=" + view));
    EXPECT_THAT(page["items"], IsEmpty());
    EXPECT_EQ(page["complete"], false);
    EXPECT_FALSE(page["next_cursor"].is_null());
}

TEST_F(SavedViews, AskOfContactsInEveryOrder) {
    look({"test_attribute",
          "INSERT INTO attribute (account_id, id, applies_to, key, name, type) "
          "VALUES ($1, gen_random_uuid(), 1, 'plan', 'Plan', 0)"},
         pqxx::params{to_string(account_)});
    const auto gold = open();
    open();
    look({"test_gold",
          "UPDATE contact SET attributes = jsonb_build_object((SELECT slot::text FROM attribute WHERE key = 'plan'), "
          "'gold')"
          " WHERE id = $1"},
         pqxx::params{to_string(load(gold.id).contact)});
    look({"test_rank", "UPDATE conversation SET rank_at = now()"});
    for (const std::string sort : {"newest", "waiting", "due"}) {
        const auto view =
            saved(as_maija_, R"(,"sort":")" + sort + "\"", R"({"field":"contact.attributes.plan","is":"gold"})");
        EXPECT_THAT(walk(handle_list_conversations, "view_id=" + view), ElementsAre(gold.str())) << sort;
    }
}

}  // namespace
}  // namespace lupaus::inbox
