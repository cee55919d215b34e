// What an agent has of a conversation alone, against the database.
#include "services/inbox/attention.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Attention : public ConversationTest {
protected:
    Result<Answer> draft(const Principal& who, const Opened& opened, const std::string& text = "Hei") {
        return call(handle_put_draft, who, opened.str(), R"({"text": ")" + text + "\"}");
    }

    Result<Answer> mark(const Opened& opened, MessageId message) {
        return call(handle_mark_read, as_maija_, opened.str(), R"({"message_id": ")" + to_string(message) + "\"}");
    }

    bool is_unread(const Opened& opened) {
        const auto shown = read(call(handle_get_conversation, as_maija_, opened.str()));
        return shown["unread"].get<bool>();
    }

    std::string drafts() {
        return look_one({"test_drafts", "SELECT count(*) FROM attention WHERE draft_at IS NOT NULL"});
    }
};

TEST_F(Attention, WhoeverDraftsHasBegunTheWaitAndNobodyIsTold) {
    const auto waiting = open({.assignee = maija_});
    ASSERT_TRUE(draft(as_maija_, waiting).has_value());
    EXPECT_TRUE(load(waiting.id).begun) << "it is not released when its agent only looks away";
    EXPECT_EQ(load(waiting.id).version, 1);
    const auto idle = open({.assignee = maija_, .is_waiting = false});
    ASSERT_TRUE(draft(as_maija_, idle).has_value());
    EXPECT_FALSE(load(idle.id).begun) << "nobody waits";
    EXPECT_EQ(outcome_of(waiting.promise), "open");
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(Attention, AReplyTakesTheDraftOfItsAuthorAlone) {
    const auto opened = open({.assignee = maija_});
    ASSERT_TRUE(draft(as_maija_, opened).has_value());
    ASSERT_TRUE(draft(as_pekka_, opened).has_value());
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "x", "kind": "note"})").has_value());
    ASSERT_TRUE(call(handle_post_message, as_program_, opened.str(), R"({"text": "x"})").has_value());
    EXPECT_EQ(drafts(), "2");
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "x"})").has_value());
    EXPECT_EQ(drafts(), "1");
    EXPECT_EQ(call(handle_get_draft, as_maija_, opened.str()).error().code, Errc::not_found);
    EXPECT_TRUE(call(handle_get_draft, as_pekka_, opened.str()).has_value());
}

TEST_F(Attention, AnAgentHasFiveHundredDrafts) {
    const auto last = open();
    const auto more = open();
    look({"test_many",
          "INSERT INTO attention (account_id, agent_id, conversation_id, draft_text, draft_at)"
          " SELECT $1, $2, gen_random_uuid(), 'x', now() FROM generate_series(1, 499)"},
         pqxx::params{to_string(account_), to_string(maija_)});
    EXPECT_TRUE(draft(as_maija_, last).has_value());
    EXPECT_EQ(draft(as_maija_, more).error().code, Errc::conflict);
    EXPECT_TRUE(draft(as_maija_, last, "Hei!").has_value()) << "the same one goes on";
    EXPECT_TRUE(draft(as_pekka_, more).has_value());
}

TEST_F(Attention, AMarkerGoesForwardsOnly) {
    const auto opened = open({.ago = 10s});
    EXPECT_TRUE(is_unread(opened));
    const auto second = write(opened.id, "And?", 5s);
    ASSERT_TRUE(mark(opened, opened.message).has_value());
    EXPECT_TRUE(is_unread(opened));
    ASSERT_TRUE(mark(opened, second).has_value());
    EXPECT_FALSE(is_unread(opened));
    ASSERT_TRUE(mark(opened, opened.message).has_value());
    EXPECT_FALSE(is_unread(opened)) << "the late request of another window";
    write(opened.id, "Hello?", 1s);
    EXPECT_TRUE(is_unread(opened));
}

TEST_F(Attention, AConversationThatWasNeverReadIsNotByOnesReply) {
    const auto opened = open({.ago = 10s});
    ASSERT_TRUE(draft(as_maija_, opened).has_value());
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "x"})").has_value());
    EXPECT_TRUE(is_unread(opened));
}

TEST_F(Attention, SaysWhereThereIsADraft) {
    const auto opened = open();
    const auto has_draft = [&] {
        return read(call(handle_get_conversation, as_maija_, opened.str()))["has_draft"].get<bool>();
    };
    ASSERT_TRUE(mark(opened, opened.message).has_value());
    EXPECT_FALSE(has_draft());
    ASSERT_TRUE(draft(as_maija_, opened).has_value());
    EXPECT_TRUE(has_draft());
    ASSERT_TRUE(call(handle_delete_draft, as_maija_, opened.str()).has_value());
    EXPECT_FALSE(has_draft());
}

TEST_F(Attention, DraftsComePageByPage) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(draft(as_maija_, open()).has_value());
    }
    const auto first = read(fetch(handle_list_drafts, as_maija_, "limit=2"));
    ASSERT_EQ(first["items"].size(), 2u);
    const auto rest =
        read(fetch(handle_list_drafts, as_maija_, "limit=2&cursor=" + first["next_cursor"].get<std::string>()));
    EXPECT_EQ(rest["items"].size(), 1u);
    EXPECT_TRUE(rest["next_cursor"].is_null());
}

TEST_F(Attention, NoMarkerAtAMessageOfElsewhere) {
    const auto opened = open();
    EXPECT_EQ(mark(opened, open().message).error().code, Errc::invalid);
    EXPECT_TRUE(is_unread(opened));
}

TEST_F(Attention, OnesOwnReplyHidesNothingThatWasNotRead) {
    const auto read_up = open({.ago = 10s});
    ASSERT_TRUE(mark(read_up, read_up.message).has_value());
    ASSERT_TRUE(call(handle_post_message, as_maija_, read_up.str(), R"({"text": "x"})").has_value());
    EXPECT_FALSE(is_unread(read_up));
    write(read_up.id, "Wait!", 0s);
    ASSERT_TRUE(call(handle_post_message, as_maija_, read_up.str(), R"({"text": "y"})").has_value());
    EXPECT_TRUE(is_unread(read_up));
}

}  // namespace
}  // namespace lupaus::inbox
