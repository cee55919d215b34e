// Bots in the tables: handing over, taking over, what their messages are, and where they are not listed.
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Bot : public ConversationTest {
protected:
    // A conversation that the bot has since `ago`, asked at the same time.
    Opened held(Micros ago = 10min) {
        auto opened = open({.ago = ago, .is_waiting = false});
        const auto work = [&](Tx& tx) {
            auto c = desk::conversation::lock_one(tx, {account_, opened.id}).value();
            desk::conversation::give_to_bot(c, bot_.token);
            desk::conversation::ask_bot(c, c.last_message_at, c.last_message_at);
            desk::conversation::update(tx, std::span(&c, 1));
            return true;
        };
        desk_.database.as_worker({account_}, work);
        return opened;
    }

    std::string promises() { return look_one({"test_promises", "SELECT count(*) FROM promise"}); }

    text::Json the_promise() {
        const auto id = look_one({"test_the_promise", "SELECT id FROM promise"});
        return read(call(handle_get_promise, as_maija_, id));
    }

    void expect_with_the_desk(const Opened& opened) {
        const auto c = load(opened.id);
        EXPECT_TRUE(c.bot.is_nil());
        EXPECT_FALSE(c.bot_asked_at);
    }

    Principal bot_ = support::make_integrator_token(desk_.database, account_,
                                                    {"bot", "messages:write", "messages:act_as", "conversations:write"})
                         .principal;
    Principal other_bot_ =
        support::make_integrator_token(desk_.database, account_, {"bot", "messages:write"}).principal;
};

TEST_F(Bot, HandsOverAndTheDeskOwesAFirstReplyFromThenOn) {
    support::make_policy(desk_.database, account_, {.target = 1h});
    const auto opened = held();
    const auto answer = call(handle_handoff, bot_, opened.str());
    ASSERT_TRUE(answer) << answer.error().detail;
    expect_with_the_desk(opened);
    const auto promise = the_promise();
    EXPECT_EQ(promise["kind"], "first_reply");
    EXPECT_NEAR(promise["bot_seconds"].get<double>(), 600, 5) << "reconciles waiting_since with opened_at";
    const auto c = load(opened.id);
    EXPECT_EQ(read(answer)["owed"]["id"], promise["id"]);
    EXPECT_EQ(promise["waiting_since"], to_rfc3339(*c.waiting_since));
    EXPECT_EQ(c.owed->due_at, c.owed->opened_at + 1h);
    EXPECT_EQ(drains(), 1) << "it is offered to somebody";
    EXPECT_THAT(event_types(), ElementsAre("conversation.handed_over", "promise.opened"));
    EXPECT_EQ(event_data("conversation.handed_over")["reason"], "asked");
    EXPECT_EQ(event_data("conversation.handed_over")["bot_token_id"], to_string(bot_.token));
}

TEST_F(Bot, IsHandedOverByPeopleTooAndOnce) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_handoff, as_maija_, opened.str()));
    EXPECT_EQ(call(handle_handoff, as_maija_, opened.str()).error().code, Errc::conflict);
    EXPECT_EQ(call(handle_handoff, bot_, open().str()).error().code, Errc::conflict);
    EXPECT_EQ(wrong_fields(call(handle_handoff, bot_, held().str(), R"({"team": 1})")), "/team ");
}

TEST_F(Bot, IsNotHandedOverByAnotherBot) {
    const auto opened = held();
    EXPECT_EQ(call(handle_handoff, other_bot_, opened.str()).error().code, Errc::conflict);
    EXPECT_EQ(load(opened.id).bot, bot_.token);
}

TEST_F(Bot, ItsMessagesAreAutomaticAndEndNothing) {
    const auto opened = held();
    const auto said = read(call(handle_post_message, bot_, opened.str(), R"({"text": "Which order?"})"));
    EXPECT_EQ(said["kind"], "automatic");
    EXPECT_EQ(said["author"]["type"], "bot");
    const auto c = load(opened.id);
    EXPECT_EQ(c.bot, bot_.token);
    EXPECT_TRUE(c.waiting_since);
    EXPECT_FALSE(c.bot_asked_at) << "it has answered, for now";
    EXPECT_EQ(promises(), "0");
}

TEST_F(Bot, AnotherProgramsMessageIsNoAnswerOfIts) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_post_message, other_bot_, opened.str(), R"({"text": "News!"})"));
    EXPECT_TRUE(load(opened.id).bot_asked_at);
}

TEST_F(Bot, AnAnswerStopsTheClockOfItsSilence) {
    const auto opened = held();
    look({"test_timer", "INSERT INTO timer (account_id, kind, subject_id, due_at) VALUES ($1, 4, $2, now())"},
         pqxx::params{to_string(account_), opened.str()});
    ASSERT_TRUE(call(handle_post_message, bot_, opened.str(), R"({"text": "Which order?"})"));
    EXPECT_EQ(look_one({"test_timers", "SELECT count(*) FROM timer WHERE kind = 4"}), "0");
}

// ---- taken by people

TEST_F(Bot, AnAgentsReplyTakesItAndIsTheFirstReply) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Hei, Maija here."})"));
    expect_with_the_desk(opened);
    EXPECT_EQ(load(opened.id).assignee, maija_);
    EXPECT_FALSE(load(opened.id).waiting_since);
    const auto promise = the_promise();
    EXPECT_EQ(promise["outcome"], "kept");
    EXPECT_LT(promise["elapsed_ms"].get<int>(), 5'000) << "from the handoff on";
    EXPECT_NEAR(promise["bot_seconds"].get<double>(), 600, 5);
    EXPECT_THAT(event_types(), ElementsAre("conversation.handed_over", "promise.opened", "message.created",
                                           "conversation.assigned", "promise.settled"));
    EXPECT_EQ(event_data("conversation.handed_over")["reason"], "taken");
}

// What it passes on is a human's answer, not its own.
TEST_F(Bot, ItsReplyInAnAgentsNameIsTheFirstReply) {
    const auto opened = held();
    const auto body = R"({"text": "Hei!", "on_behalf_of": ")" + to_string(maija_) + "\"}";
    ASSERT_TRUE(call(handle_post_message, bot_, opened.str(), body));
    expect_with_the_desk(opened);
    EXPECT_EQ(load(opened.id).assignee, maija_);
    EXPECT_EQ(the_promise()["outcome"], "kept");
}

TEST_F(Bot, WhoClaimsItTakesIt) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_claim, as_maija_, opened.str()));
    expect_with_the_desk(opened);
    EXPECT_EQ(load(opened.id).owed->kind, 0);
    EXPECT_THAT(event_types(), ElementsAre("conversation.handed_over", "promise.opened", "conversation.assigned"));
}

TEST_F(Bot, WhoTransfersItTakesItEvenToItsOwnTeam) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_transfer, as_maija_, opened.str(), R"({"team_id": ")" + to_string(team_) + "\"}"));
    expect_with_the_desk(opened);
    EXPECT_EQ(drains(), 1);
}

TEST_F(Bot, AnsweredElsewhereIsAFirstReply) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_answered, as_maija_, opened.str(), R"({"how": "phone"})"));
    expect_with_the_desk(opened);
    EXPECT_EQ(the_promise()["outcome"], "kept");
}

TEST_F(Bot, WhatItEndsItselfWasNeverOwed) {
    const auto resolved = held();
    ASSERT_TRUE(call(handle_resolve, bot_, resolved.str()));
    expect_with_the_desk(resolved);
    EXPECT_FALSE(load(resolved.id).waiting_since);
    EXPECT_EQ(load(resolved.id).state, State::resolved);
    const auto waived = held();
    ASSERT_TRUE(call(handle_waive, bot_, waived.str(), R"({"reason": "thanks"})"));
    EXPECT_FALSE(load(waived.id).waiting_since);
    EXPECT_EQ(load(waived.id).bot, bot_.token) << "it goes on with the customer";
    EXPECT_EQ(promises(), "0");
    EXPECT_EQ(call(handle_waive, bot_, waived.str(), R"({"reason": "thanks"})").error().code, Errc::conflict);
}

TEST_F(Bot, WhoResolvesItSaysThatNoAnswerIsNeeded) {
    const auto opened = held();
    ASSERT_TRUE(call(handle_resolve, as_maija_, opened.str()));
    expect_with_the_desk(opened);
    EXPECT_EQ(the_promise()["outcome"], "waived");
}

TEST_F(Bot, AWordBesideItIsOwedAllTheSame) {
    const auto opened = held();
    const auto body =
        R"({"conversation_id": ")" + opened.str() + R"(", "text": "x", "due_at": ")" + to_rfc3339(now() + 1h) + "\"}";
    const auto word = read(ask(desk_, handle_give_word, {.principal = as_maija_, .body = body}));
    EXPECT_EQ(load(opened.id).bot, bot_.token);
    ASSERT_TRUE(call(handle_waive, bot_, opened.str(), R"({"reason": "thanks"})"));
    EXPECT_EQ(to_string(load(opened.id).owed->id), word["id"].get<std::string>());
}

// ---- where it is seen

TEST_F(Bot, IsNoWorkOfTheDesks) {
    held();
    for (const auto* query : {"view=unassigned", "view=unassigned&sort=newest", "view=unassigned&sort=waiting",
                              "view=unanswered", "view=unanswered&sort=waiting", "view=unanswered&sort=newest"}) {
        EXPECT_THAT(read(fetch(handle_list_conversations, as_maija_, query))["items"], IsEmpty()) << query;
    }
    const auto all = read(fetch(handle_list_conversations, as_maija_, "view=all"))["items"];
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]["bot_token_id"], to_string(bot_.token));
    EXPECT_FALSE(all[0]["waiting_since"].is_null());
}

// ---- chosen by a channel

TEST_F(Bot, AChannelChoosesAValidTokenWithTheScope) {
    const auto admin = support::make_admin_token(desk_.database, account_).principal;
    const auto choose = [&](const std::string& token) {
        return call(handle_edit_channel, admin, to_string(channel_.id), R"({"bot_token_id": )" + token + "}");
    };
    const auto quoted = [](desk::TokenId id) { return "\"" + to_string(id) + "\""; };
    EXPECT_EQ(read(choose(quoted(bot_.token)))["bot_token_id"], to_string(bot_.token));
    EXPECT_EQ(wrong_fields(choose(quoted(as_program_.token))), "/bot_token_id ") << "without the scope";
    EXPECT_EQ(wrong_fields(choose(quoted(desk::TokenId::make()))), "/bot_token_id ");
    const auto other = support::make_account(desk_.database, "Other desk");
    const auto theirs = support::make_integrator_token(desk_.database, other, {"bot"}).principal;
    EXPECT_EQ(wrong_fields(choose(quoted(theirs.token))), "/bot_token_id ");
    ASSERT_TRUE(call(handle_revoke_token, admin, to_string(other_bot_.token)));
    EXPECT_EQ(wrong_fields(choose(quoted(other_bot_.token))), "/bot_token_id ");
    EXPECT_TRUE(read(choose("null"))["bot_token_id"].is_null());
}

TEST_F(Bot, RevokingItsTokenTellsTheQueue) {
    const auto admin = support::make_admin_token(desk_.database, account_).principal;
    ASSERT_TRUE(call(handle_revoke_token, admin, to_string(as_program_.token)));
    constexpr Query kGone{"test_gone", "SELECT count(*) FROM inbound WHERE kind = 5"};
    EXPECT_EQ(look_one(kGone), "0") << "no bot";
    ASSERT_TRUE(call(handle_revoke_token, admin, to_string(bot_.token)));
    ASSERT_TRUE(call(handle_revoke_token, admin, to_string(bot_.token)));
    EXPECT_EQ(look_one(kGone), "1");
}

}  // namespace
}  // namespace lupaus::inbox
