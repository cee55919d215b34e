// Notes that name agents, against the database.
#include "services/inbox/attention.hpp"
#include "services/inbox/mentions.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Mentions : public ConversationTest {
protected:
    Result<Answer> note(const Opened& opened, const std::string& mentions) {
        return call(handle_post_message, as_maija_, opened.str(),
                    R"({"text": "Look", "kind": "note", "mentions": )" + mentions + "}");
    }

    static std::string ids(const std::vector<AgentId>& agents) {
        std::string list;
        for (const auto& agent : agents) {
            list += (list.empty() ? "\"" : ", \"") + to_string(agent) + "\"";
        }
        return "[" + list + "]";
    }

    // The texts of Pekka's mentions, the unread ones with a mark.
    std::vector<std::string> of_pekka(const std::string& query = {}) {
        const auto page = read(fetch(handle_list_mentions, as_pekka_, query));
        std::vector<std::string> texts;
        for (const auto& item : page["items"]) {
            texts.push_back(item["message"]["text"].get<std::string>() + (item["unread"].get<bool>() ? "*" : ""));
        }
        return texts;
    }

    void mark(const Opened& opened, const std::string& message) {
        ASSERT_TRUE(
            call(handle_mark_read, as_pekka_, opened.str(), R"({"message_id": ")" + message + "\"}").has_value());
    }
};

TEST_F(Mentions, AreTheNotesAndTold) {
    const auto opened = open();
    const auto posted = read(note(opened, ids({pekka_, liisa_})));
    EXPECT_THAT(posted["mentions"], ElementsAre(to_string(pekka_), to_string(liisa_)));
    EXPECT_THAT(event_types(), ElementsAre("message.created", "agent.mentioned", "agent.mentioned"));
    EXPECT_EQ(event_data("agent.mentioned")["agent"]["name"], "Liisa");
    EXPECT_THAT(of_pekka(), ElementsAre("Look*"));
    EXPECT_EQ(load(opened.id).version, 1) << "a note changes nothing";
}

TEST_F(Mentions, OfANoteNameEachAgentOfTheAccountOnce) {
    const auto opened = open();
    const auto error_of = [&](const std::string& mentions) {
        const auto answer = note(opened, mentions);
        return answer ? "fine" : answer.error().fields.at(0).field + " " + answer.error().fields.at(0).detail;
    };
    const auto stranger = support::make_agent(desk_.database, support::make_account(desk_.database), {.name = "Eve"});
    EXPECT_EQ(error_of(ids({pekka_, stranger})), "/mentions/1 names no agent");
    EXPECT_EQ(error_of(ids({pekka_, pekka_})), "/mentions must not name an agent twice");
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE account_id = $1 AND id = $2"},
         pqxx::params{to_string(account_), to_string(liisa_)});
    EXPECT_EQ(error_of(ids({liisa_})), "/mentions/0 names an agent who is disabled");
    const std::vector<AgentId> many(21, AgentId::make());
    EXPECT_NE(error_of(ids(many)), "fine");
    const auto reply =
        call(handle_post_message, as_maija_, opened.str(), R"({"text": "x", "mentions": )" + ids({pekka_}) + "}");
    EXPECT_EQ(reply.error().fields.at(0).field, "/mentions");
    EXPECT_THAT(event_types(), IsEmpty()) << "nothing of what was refused is stored";
    EXPECT_THAT(of_pekka(), IsEmpty());
}

// One marker says how far somebody has read, and a mention is read with its conversation.
TEST_F(Mentions, AreReadWithTheirConversation) {
    const auto opened = open();
    const auto other = open();
    ASSERT_TRUE(note(opened, ids({pekka_})).has_value());
    ASSERT_TRUE(note(other, ids({pekka_})).has_value());
    mark(opened, to_string(opened.message));
    EXPECT_THAT(of_pekka("unread=true"), ElementsAre("Look*", "Look*")) << "the note came after what was read";
    const auto last = read(note(opened, "[]"))["id"].get<std::string>();
    mark(opened, last);
    EXPECT_THAT(of_pekka("unread=true"), ElementsAre("Look*"));
    EXPECT_THAT(of_pekka(), ElementsAre("Look*", "Look")) << "of the other conversation, and of this one";
}

TEST_F(Mentions, AreReadWithTheNoteItself) {
    const auto opened = open();
    mark(opened, read(note(opened, ids({pekka_})))["id"].get<std::string>());
    EXPECT_THAT(of_pekka(), ElementsAre("Look"));
}

TEST_F(Mentions, AreReadByWhoeverRepliesHavingReadEverythingBefore) {
    const auto opened = open();
    mark(opened, to_string(opened.message));
    ASSERT_TRUE(note(opened, ids({pekka_})).has_value());
    ASSERT_TRUE(call(handle_post_message, as_pekka_, opened.str(), R"({"text": "Hei"})").has_value());
    EXPECT_THAT(of_pekka("unread=true"), IsEmpty());
}

TEST_F(Mentions, TheNewestComeFirst) {
    const auto first = open();
    const auto second = open();
    ASSERT_TRUE(note(first, ids({pekka_})).has_value());
    ASSERT_TRUE(note(second, ids({pekka_})).has_value());
    for (const auto* filter : {"limit=1", "limit=1&unread=true"}) {
        const auto page = read(fetch(handle_list_mentions, as_pekka_, filter));
        EXPECT_EQ(page["items"][0]["conversation_id"], second.str()) << filter;
    }
}

TEST_F(Mentions, OfANoteAreTwentyAtMost) {
    const auto opened = open();
    std::vector<AgentId> twenty;
    for (int i = 0; i < 20; ++i) {
        twenty.push_back(support::make_agent(desk_.database, account_, {.name = "Agent"}));
    }
    EXPECT_TRUE(note(opened, ids(twenty)).has_value());
    twenty.push_back(pekka_);
    EXPECT_FALSE(note(opened, ids(twenty)).has_value());
}

TEST_F(Mentions, AreOnesOwnInPages) {
    const auto opened = open();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(note(opened, ids({pekka_})).has_value());
    }
    for (const std::string filter : {"", "&unread=true"}) {
        const auto first = read(fetch(handle_list_mentions, as_pekka_, "limit=2" + filter));
        ASSERT_EQ(first["items"].size(), 2u);
        const auto second = read(fetch(handle_list_mentions, as_pekka_,
                                       "limit=2" + filter + "&cursor=" + first["next_cursor"].get<std::string>()));
        EXPECT_EQ(second["items"].size(), 1u);
        EXPECT_TRUE(second["next_cursor"].is_null());
    }
    EXPECT_EQ(read(fetch(handle_list_mentions, as_lead_, ""))["items"].size(), 0u);
    EXPECT_EQ(fetch(handle_list_mentions, as_program_, "").error().code, Errc::forbidden);
    EXPECT_EQ(fetch(handle_list_mentions, as_pekka_, "unread=yes").error().code, Errc::invalid);
}

}  // namespace
}  // namespace lupaus::inbox
