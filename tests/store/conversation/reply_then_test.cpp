// A reply that also does something: one transaction, as if each had been asked for right after it.
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class ReplyThen : public ConversationTest {
protected:
    Result<Answer> reply(const Principal& who, const Opened& opened, const std::string& then,
                         const std::string& more = "") {
        return call(handle_post_message, who, opened.str(), R"({"text": "Kello neljä.", "then": )" + then + more + "}");
    }

    // Nothing of it happened: no message, no event, the wait open and the conversation as it was.
    void expect_untouched(const Opened& opened) {
        const auto c = load(opened.id);
        EXPECT_EQ(c.version, 1);
        EXPECT_EQ(outcome_of(opened.promise), "open");
        EXPECT_THAT(event_types(), IsEmpty());
        EXPECT_EQ(look_one({"test_said", "SELECT count(*) FROM message WHERE direction = 1"}), "0");
        EXPECT_EQ(look_one({"test_outbox", "SELECT count(*) FROM delivery"}), "0");
    }
};

TEST_F(ReplyThen, ResolvesWithTheReplyAndWaivesNothing) {
    const auto opened = open({.assignee = maija_, .weight = 2});
    const auto answer = reply(as_maija_, opened, R"({"state": "resolved", "add_tags": ["repair", "vip"]})");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->status, 201);
    const auto shown = read(answer)["conversation"];
    EXPECT_EQ(shown["state"], "resolved");
    EXPECT_EQ(shown["version"], 2) << "one change of the conversation";
    EXPECT_EQ(shown["tags"].dump(), R"(["repair","vip"])");
    const auto c = load(opened.id);
    EXPECT_EQ(c.state, State::resolved);
    EXPECT_TRUE(c.resolved_at);
    EXPECT_EQ(c.assignee, maija_);
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_THAT(event_types(),
                ElementsAre("message.created", "promise.settled", "conversation.updated", "conversation.resolved"));
    EXPECT_EQ(event_data("conversation.resolved").count("reason"), 0u) << "nothing was waived";
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(ReplyThen, WhoTakesAndResolvesInOneWrapsUp) {
    const auto opened = open();
    ASSERT_TRUE(reply(as_maija_, opened, R"({"state": "resolved"})").has_value());
    EXPECT_EQ(load(opened.id).assignee, maija_) << "for when it is opened again";
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_EQ(look_one({"test_wrap_up", "SELECT resolved_at IS NOT NULL FROM agent WHERE name = 'Maija'"}), "t");
}

TEST_F(ReplyThen, SnoozesAndHolds) {
    const auto snoozed = open({.assignee = maija_});
    const auto until = to_rfc3339(now() + 1h);
    ASSERT_TRUE(reply(as_maija_, snoozed, R"({"state": "snoozed", "snoozed_until": ")" + until + "\"}").has_value());
    EXPECT_EQ(load(snoozed.id).state, State::snoozed);
    EXPECT_EQ(to_rfc3339(*load(snoozed.id).snoozed_until), until);
    EXPECT_EQ(look_one({"test_timers", "SELECT count(*) FROM timer WHERE kind = 0"}), "1") << "it wakes";
    const auto held = open({.assignee = maija_});
    ASSERT_TRUE(reply(as_maija_, held, R"({"state": "pending"})").has_value());
    EXPECT_EQ(load(held.id).state, State::pending);
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_THAT(event_types(), Contains("conversation.pending"));
}

TEST_F(ReplyThen, SaysWhoseItIsInsteadOfClaiming) {
    const auto given = open();
    ASSERT_TRUE(reply(as_lead_, given, R"({"assignee_id": ")" + to_string(pekka_) + "\"}").has_value());
    EXPECT_EQ(load(given.id).assignee, pekka_);
    EXPECT_TRUE(load(given.id).previous_agent.is_nil()) << "the lead never had it";
    EXPECT_EQ(load_of(liisa_), 0);
    const auto left = open();
    ASSERT_TRUE(reply(as_maija_, left, R"({"assignee_id": null})").has_value());
    EXPECT_TRUE(load(left.id).assignee.is_nil());
    EXPECT_EQ(outcome_of(left.promise), "kept");
    const auto own = open({.assignee = maija_});
    ASSERT_TRUE(reply(as_maija_, own, R"({"assignee_id": null})").has_value());
    EXPECT_EQ(load(own.id).previous_agent, maija_);
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(ReplyThen, OnlyALeadGivesToSomebodyElseAndNothingIsSaid) {
    const auto opened = open();
    const auto refused = reply(as_maija_, opened, R"({"assignee_id": ")" + to_string(pekka_) + "\"}");
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    expect_untouched(opened);
}

TEST_F(ReplyThen, WhatCannotBeDoneLeavesNothingOfTheReply) {
    const auto opened = open();
    EXPECT_EQ(wrong_fields(reply(as_lead_, opened, R"({"assignee_id": ")" + opened.str() + "\"}")),
              "/then/assignee_id ");
    const auto past = R"({"state": "snoozed", "snoozed_until": "2020-01-01T00:00:00Z"})";
    EXPECT_EQ(wrong_fields(reply(as_maija_, opened, past)), "/then/snoozed_until ");
    std::string tags;
    for (int i = 0; i < 50; ++i) {
        tags += (tags.empty() ? "\"" : ", \"") + std::to_string(i) + "\"";
    }
    look({"test_tag", "UPDATE conversation SET tags = '{vip}'"});
    EXPECT_EQ(reply(as_maija_, opened, R"({"add_tags": [)" + tags + "]}").error().code, Errc::conflict);
    expect_untouched(opened);
    look({"test_resolve", "UPDATE conversation SET state = 3"});
    EXPECT_EQ(reply(as_maija_, opened, R"({"state": "pending"})").error().code, Errc::conflict) << "it is resolved";
    expect_untouched(opened);
}

TEST_F(ReplyThen, RefusesContradictionsByTheirFields) {
    const auto opened = open();
    const auto wrong = [&](const std::string& then, const std::string& more = "") {
        return wrong_fields(reply(as_maija_, opened, then, more));
    };
    EXPECT_EQ(wrong("{}"), "/then ");
    EXPECT_EQ(wrong(R"({"state": null})"), "/then ");
    EXPECT_EQ(wrong(R"({"state": "open"})"), "/then/state ");
    EXPECT_EQ(wrong(R"({"state": "snoozed"})"), "/then/snoozed_until ");
    EXPECT_EQ(wrong(R"({"state": "snoozed", "snoozed_until": null})"), "/then/snoozed_until ");
    EXPECT_EQ(wrong(R"({"state": "resolved", "snoozed_until": "2027-01-01T00:00:00Z"})"), "/then/snoozed_until ");
    EXPECT_EQ(wrong(R"({"state": "resolved", "colour": "red"})"), "/then/colour ");
    EXPECT_EQ(wrong(R"({"state": "resolved"})", R"(, "kind": "note")"), "/then ");
    expect_untouched(opened);
}

TEST_F(ReplyThen, AProgramNeedsTheScopeToChangeConversations) {
    const auto opened = open();
    const auto speaking = support::make_integrator_token(desk_.database, account_, {"messages:write"}).principal;
    const auto refused = reply(speaking, opened, R"({"state": "resolved"})");
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_THAT(refused.error().detail, HasSubstr("conversations:write"));
    expect_untouched(opened);
    ASSERT_TRUE(reply(as_program_, opened, R"({"state": "resolved"})").has_value());
    EXPECT_EQ(outcome_of(opened.promise), "waived") << "an automatic message answers nobody";
    EXPECT_EQ(event_data("conversation.resolved")["reason"], "other");
}

TEST_F(ReplyThen, ResolvingDespiteAnUnseenQuestionWaivesThatOne) {
    const auto opened = open({.ago = 10s});
    const auto unseen = write(opened.id, "And when?", 5s);
    const auto more = R"(, "after": ")" + to_string(opened.message) + R"(", "despite": ")" + to_string(unseen) + "\"";
    ASSERT_TRUE(reply(as_maija_, opened, R"({"state": "resolved"})", more).has_value());
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_EQ(look_one({"test_waived", "SELECT count(*) FROM promise WHERE outcome = 4"}), "1");
    const auto c = load(opened.id);
    EXPECT_FALSE(c.waiting_since || c.owed);
}

}  // namespace
}  // namespace lupaus::inbox
