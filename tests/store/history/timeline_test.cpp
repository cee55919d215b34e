// The history of a conversation, against the database.
#include "services/inbox/timeline.hpp"

#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Timeline : public ConversationTest {
protected:
    text::Json page(const Opened& opened, const std::string& query = {}) {
        return read(fetch(handle_list_timeline, as_maija_, query, opened.str()));
    }

    std::vector<std::string> texts(const text::Json& page) {
        std::vector<std::string> list;
        for (const auto& item : page["items"]) {
            list.push_back(item["text"].get<std::string>());
        }
        return list;
    }

    void append(const Opened& opened, const std::string& type, int actor, const std::string& data) {
        look({"test_append",
              "WITH n AS (UPDATE account_feed SET seq = seq + 1 WHERE account_id = $1 RETURNING seq)"
              " INSERT INTO event (account_id, seq, id, type, actor_type, conversation_id, data)"
              " SELECT $1, seq, gen_random_uuid(), $3, $4, $2, $5::json FROM n"},
             pqxx::params{to_string(account_), opened.str(), type, actor, data});
    }

    static std::string from_of(const text::Json& item) {
        const text::Json::json_pointer from("/data/changes/priority/from");
        return item.contains(from) ? item[from].get<std::string>() : "unknown";
    }

    void patch(const Opened& opened, const std::string& body) {
        ASSERT_TRUE(call(handle_edit_conversation, as_maija_, opened.str(), body).has_value());
    }

    void assign(const Opened& opened, AgentId agent) {
        ASSERT_TRUE(
            call(handle_assign, as_lead_, opened.str(), R"({"agent_id": ")" + to_string(agent) + "\"}").has_value());
    }
};

TEST_F(Timeline, TellsFromAndToOfEveryChange) {
    const auto opened = open({.is_waiting = false});
    assign(opened, maija_);
    patch(opened, R"({"priority": "urgent", "tags": ["vip"]})");
    assign(opened, pekka_);
    const auto shown = page(opened, "order=oldest");
    EXPECT_THAT(texts(shown), ElementsAre("Liisa assigned it to Maija",
                                          "Maija changed the priority from normal to urgent, added the tag “vip”",
                                          "Liisa assigned it to Pekka instead of Maija"));
    const auto& change = shown["items"][2]["data"]["changes"]["assignee_id"];
    EXPECT_EQ(change["from"], to_string(maija_));
    EXPECT_EQ(change["to"], to_string(pekka_));
    EXPECT_EQ(shown["items"][1]["actor"]["name"], "Maija");
    EXPECT_EQ(shown["items"][1]["data"]["changes"]["tags"]["from"], text::Json::array());
}

// Also where the change before lies on the page before.
TEST_F(Timeline, PagesGoBothWays) {
    const auto opened = open({.is_waiting = false});
    for (const auto* priority : {"low", "urgent", "normal", "high"}) {
        patch(opened, std::string(R"({"priority": ")") + priority + "\"}");
    }
    for (const std::string order : {"order=newest", "order=oldest"}) {
        std::vector<std::string> all;
        std::string cursor;
        int pages = 0;
        do {
            const auto shown = page(opened, order + "&limit=1" + cursor);
            ASSERT_THAT(shown["items"], SizeIs(1));
            all.push_back(from_of(shown["items"][0]));
            const auto& next = shown["next_cursor"];
            cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
        } while (!cursor.empty() && ++pages < 10);
        if (order == "order=newest") {
            std::ranges::reverse(all);
        }
        EXPECT_THAT(all, ElementsAre("unknown", "low", "urgent", "normal")) << order;
    }
}

TEST_F(Timeline, LeavesOutTheUsualWayOfAReply) {
    const auto opened = open({.is_waiting = false});
    for (const auto* state : {"sending", "sent", "failed", "uncertain", "read"}) {
        append(opened, "message.delivery", 3, std::string(R"({"delivery":{"state":")") + state + R"("}})");
    }
    EXPECT_THAT(texts(page(opened)),
                ElementsAre("Nobody knows whether the reply arrived", "The reply was not delivered"));
}

// The customer's words are in the messages, and what is owed for them in the conversation.
TEST_F(Timeline, LeavesOutWhatACustomersMessageBringsAboutByItself) {
    const auto opened = open({.is_waiting = false});
    for (const auto actor : {0, 1, 2, 3}) {
        for (const auto* type : {"message.created", "promise.opened", "conversation.created"}) {
            append(opened, type, actor, "{}");
        }
    }
    std::vector<std::string> shown;
    const auto all = page(opened, "order=oldest");
    for (const auto& item : all["items"]) {
        shown.push_back(item["type"].get<std::string>() + " " + item["actor"]["type"].get<std::string>());
    }
    EXPECT_THAT(shown,
                ElementsAre("conversation.created customer", "message.created agent", "promise.opened agent",
                            "conversation.created agent", "message.created bot", "promise.opened bot",
                            "conversation.created bot", "message.created system", "conversation.created system"));
}

TEST_F(Timeline, IsOfOneConversationAndItsAccount) {
    const auto opened = open({.is_waiting = false});
    const auto other = open({.is_waiting = false});
    patch(other, R"({"priority": "low"})");
    EXPECT_THAT(texts(page(opened)), IsEmpty());
    const auto stranger = support::make_account(desk_.database);
    const auto agent = support::make_agent(desk_.database, stranger, {.name = "Eve"});
    const auto as_stranger = support::make_agent_token(desk_.database, stranger, agent).principal;
    EXPECT_EQ(fetch(handle_list_timeline, as_stranger, "", other.str()).error().code, Errc::not_found);
    EXPECT_EQ(fetch(handle_list_timeline, as_maija_, "order=both", other.str()).error().code, Errc::invalid);
    EXPECT_EQ(fetch(handle_list_timeline, as_maija_, "cursor=x", other.str()).error().code, Errc::invalid);
}

TEST_F(Timeline, MeasuresAReply) {
    const auto opened = open({.ago = std::chrono::minutes{3}});
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Hei!"})").has_value());
    const auto shown = page(opened, "order=oldest");
    const auto list = texts(shown);
    ASSERT_THAT(list, ::testing::Contains("Maija replied"));
    ASSERT_THAT(list, ::testing::Contains("Maija took it"));
    const auto settled =
        std::ranges::find_if(list, [](const auto& text) { return text.find(" came at ") != text.npos; });
    ASSERT_NE(settled, list.end());
    EXPECT_NE(settled->find(", after 3 min"), std::string::npos) << *settled;
}

}  // namespace
}  // namespace lupaus::inbox
