// Replies that are held and taken back, against the database.
#include "services/inbox/undo.hpp"

#include "services/desk/delivery/store.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <deque>
#include <future>

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Undo : public ConversationTest {
protected:
    text::Json reply(const Opened& opened, const std::string& more = R"("undo_s": 30)") {
        return read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Hei", )" + more + "}"));
    }

    Result<Answer> undo(const Opened& opened, const text::Json& message, const Principal& who) {
        return ask(desk_, handle_undo_message,
                   {.principal = who, .id = opened.str(), .message_id = message["id"].get<std::string>()});
    }

    Result<Answer> undo(const Opened& opened, const text::Json& message) { return undo(opened, message, as_maija_); }

    std::string delivery(const std::string& value) {
        const auto& name = texts_.emplace_back("test_delivery_" + std::to_string(texts_.size()));
        const auto& sql = texts_.emplace_back("SELECT " + value + " FROM delivery");
        return look_one({name, sql});
    }

    // What is due later is due now.
    void end_hold() {
        look({"test_end_hold",
              "UPDATE delivery SET created_at = created_at - interval '1 minute', due_at = clock_timestamp()"
              " WHERE due_at > created_at"});
    }

    std::vector<desk::delivery::Job> claim() {
        const auto work = [](Tx& tx) {
            return desk::delivery::claim(tx, {.limit = 10, .per_channel = 10, .in_flight = {}, .lease = 30s});
        };
        return desk_.database.worker().run_blocking(Scope::queues(), work).jobs;
    }

    void set_team(const std::string& seconds) {
        look({"test_set_undo", "UPDATE team SET undo_s = $2 WHERE id = $1"}, pqxx::params{to_string(team_), seconds});
    }

    std::deque<std::string> texts_;  // of queries, which are kept by their names
};

TEST_F(Undo, AHeldReplyIsDueLaterAndSaysSo) {
    const auto opened = open();
    const auto message = reply(opened);
    EXPECT_EQ(delivery("due_at - created_at = interval '30 seconds'"), "t");
    EXPECT_EQ(delivery("(SELECT due_at FROM timer WHERE kind = 1) - due_at = interval '10 minutes'"), "t")
        << "undelivered is counted from when it may be sent";
    EXPECT_EQ(delivery("(SELECT sends_at FROM message WHERE id = message_id) = due_at"), "t");
    EXPECT_FALSE(message["sends_at"].is_null());
    EXPECT_THAT(claim(), IsEmpty());
    end_hold();
    EXPECT_EQ(claim().size(), 1u);
    EXPECT_EQ(delivery("(SELECT sends_at FROM message WHERE id = message_id) IS NULL"), "t");
}

TEST_F(Undo, ATeamHoldsWhatPeopleSayUnlessTheReplySaysOtherwise) {
    set_team("20");
    const auto opened = open({.team = team_});
    const auto held = [this] {
        return look_one({"test_held", "SELECT due_at - created_at FROM delivery ORDER BY created_at DESC LIMIT 1"});
    };
    EXPECT_FALSE(reply(opened, R"("html": null)")["sends_at"].is_null());
    EXPECT_EQ(held(), "00:00:20");
    EXPECT_TRUE(reply(opened, R"("undo_s": 0)")["sends_at"].is_null());
    EXPECT_EQ(held(), "00:00:00");
    reply(opened, R"("undo_s": 60)");
    EXPECT_EQ(held(), "00:01:00");
    ASSERT_TRUE(call(handle_post_message, as_program_, opened.str(), R"({"text": "x"})").has_value());
    EXPECT_EQ(held(), "00:00:00") << "a machine takes nothing back";
    for (const auto* wrong :
         {R"("undo_s": 61)", R"("undo_s": -1)", R"("undo_s": 5, "kind": "note")", R"("undo_s": 5, "external": true)"}) {
        const auto refused =
            call(handle_post_message, as_maija_, opened.str(), std::string(R"({"text": "x", )") + wrong + "}");
        EXPECT_EQ(wrong_fields(refused), "/undo_s ") << wrong;
    }
}

TEST_F(Undo, WhatItSettledIsOwedAsBefore) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.ago = 30s});
    const auto before = load(opened.id);
    const auto message = reply(opened);
    ASSERT_EQ(outcome_of(opened.promise), "kept");
    const auto answer = undo(opened, message);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(read(answer)["delivery_state"], "undone");
    EXPECT_TRUE(read(answer)["sends_at"].is_null());
    EXPECT_EQ(read(answer)["text"], "Hei");
    EXPECT_EQ(delivery("state::text || body || coalesce(due_at::text, '')"), "7");
    EXPECT_EQ(look_one({"test_timers", "SELECT count(*) FROM timer WHERE kind = 1"}), "0");
    const auto after = load(opened.id);
    EXPECT_EQ(after.waiting_since, before.waiting_since);
    EXPECT_EQ(
        look_one(
            {"test_again",
             "SELECT count(*) FROM promise n JOIN promise o ON o.id = n.reopened_from AND o.opened_at = n.opened_at"
             " AND o.due_at = n.due_at WHERE n.settled_at IS NULL AND o.withdrawn_at IS NOT NULL"}),
        "1");
    const auto types = event_types();
    EXPECT_THAT(std::vector(types.end() - 2, types.end()), ElementsAre("message.delivery", "promise.opened"));
    EXPECT_EQ(event_data("message.delivery")["delivery"]["state"], "undone");
    end_hold();
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_TRUE(undo(opened, message).has_value()) << "again: the same";
    EXPECT_EQ(event_types().size(), types.size());
}

TEST_F(Undo, WhatCameWithItGoesAsFarAsItCan) {
    const auto opened = open({.assignee = maija_, .is_waiting = false});
    const auto due = to_rfc3339(system_now() + 24h);
    const auto message = reply(opened, R"("undo_s": 30, "then": {"state": "resolved", "add_tags": ["a"]}, "promise": )"
                                       R"({"text": "The part", "due_at": ")" +
                                           due + "\"}");
    ASSERT_EQ(load(opened.id).state, State::resolved);
    const auto load_resolved = load_of(maija_);
    ASSERT_TRUE(undo(opened, message).has_value());
    const auto after = load(opened.id);
    EXPECT_EQ(after.state, State::open);
    EXPECT_THAT(after.tags, ElementsAre("a"));
    EXPECT_FALSE(after.owed.has_value()) << "the word was never read";
    EXPECT_EQ(load_of(maija_), load_resolved + 1);
    EXPECT_EQ(look_one({"test_word", "SELECT outcome FROM promise WHERE kind = 4"}), "4");
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Undo, AConversationThatWasResolvedLaterStaysSo) {
    const auto opened = open({.is_waiting = false});
    const auto message = reply(opened);
    ASSERT_TRUE(call(handle_resolve, as_maija_, opened.str()).has_value());
    ASSERT_TRUE(undo(opened, message).has_value());
    EXPECT_EQ(load(opened.id).state, State::resolved);
}

TEST_F(Undo, IsItsAuthorsOrALeads) {
    const auto opened = open();
    const auto message = reply(opened);
    EXPECT_EQ(undo(opened, message, as_pekka_).error().code, Errc::forbidden);
    EXPECT_EQ(undo(opened, message, as_program_).error().code, Errc::forbidden);
    const auto other = open();
    EXPECT_EQ(undo(other, message).error().code, Errc::not_found) << "of another conversation";
    EXPECT_TRUE(undo(opened, message, as_lead_).has_value());
    const auto automatic = read(call(handle_post_message, as_program_, opened.str(), R"({"text": "x", "undo_s": 9})"));
    EXPECT_TRUE(undo(opened, automatic, as_program_).has_value());
}

TEST_F(Undo, WhatWasTriedOnceIsNotHeldAnyMore) {
    const auto opened = open();
    const auto message = reply(opened);
    look({"test_tried", "UPDATE delivery SET attempt = 1, due_at = now() + interval '5 minutes'"});
    EXPECT_EQ(undo(opened, message).error().code, Errc::conflict) << "it waits for its second attempt";
}

TEST_F(Undo, WhatIsNotHeldIsNotUndoneBeforeItsFirstAttempt) {
    const auto opened = open();
    const auto message = reply(opened, R"("undo_s": 0)");
    EXPECT_EQ(delivery("state || ' ' || attempt"), "0 0");
    EXPECT_EQ(undo(opened, message).error().code, Errc::conflict);
}

TEST_F(Undo, EndsNoOtherWord) {
    const auto opened = open({.assignee = maija_, .is_waiting = false});
    const auto due = to_rfc3339(system_now() + 24h);
    const auto promise = R"("promise": {"text": "The part", "due_at": ")" + due + "\"}";
    reply(opened, promise);
    const auto message = reply(opened, R"("undo_s": 30, )" + promise);
    ASSERT_TRUE(undo(opened, message).has_value());
    EXPECT_EQ(look_one({"test_open_words", "SELECT count(*) FROM promise WHERE kind = 4 AND settled_at IS NULL"}), "1");
}

TEST_F(Undo, ABotsHoldIsTheReplysOwnAlone) {
    set_team("20");
    const auto opened = open({.team = team_});
    const auto held = read(call(handle_post_message, as_program_, opened.str(), R"({"text": "x", "undo_s": 9})"));
    EXPECT_EQ(delivery("due_at - created_at"), "00:00:09");
    const auto other = support::make_integrator_token(desk_.database, account_, {"messages:write"}).principal;
    EXPECT_EQ(undo(opened, held, other).error().code, Errc::forbidden) << "another program's";
}

TEST_F(Undo, TakesItsAlertAlong) {
    const auto opened = open({.is_waiting = false});
    const auto message = reply(opened);
    look({"test_undelivered",
          "INSERT INTO alert (account_id, id, kind, level, subject_id, conversation_id, recipient_type, state, "
          "raised_at,"
          " noticed_at) SELECT account_id, gen_random_uuid(), 3, 0, id, conversation_id, 0, 0, now(), now() FROM "
          "delivery"});
    ASSERT_TRUE(undo(opened, message).has_value());
    EXPECT_EQ(look_one({"test_firing", "SELECT count(*) FROM alert WHERE state < 2"}), "0");
}

TEST_F(Undo, OnlyWhatIsHeldIsUndone) {
    const auto opened = open();
    EXPECT_EQ(undo(opened, reply(opened, R"("undo_s": 0)")).error().code, Errc::conflict);
    EXPECT_EQ(undo(opened, reply(opened, R"("kind": "note")")).error().code, Errc::conflict);
    EXPECT_EQ(undo(opened, reply(opened, R"("external": true)")).error().code, Errc::conflict);
    const auto message = reply(opened);
    end_hold();
    ASSERT_EQ(claim().size(), 2u);
    EXPECT_EQ(undo(opened, message).error().code, Errc::conflict) << "on its way";
}

TEST_F(Undo, WhatWasUndoneWasNeverSaid) {
    const auto opened = open();
    const auto message = reply(opened);
    const auto after = R"("after": ")" + to_string(opened.message) + "\"";
    EXPECT_EQ(call(handle_post_message, as_pekka_, opened.str(), R"({"text": "x", )" + after + "}").error().code,
              Errc::conflict);
    ASSERT_TRUE(undo(opened, message).has_value());
    EXPECT_TRUE(call(handle_post_message, as_pekka_, opened.str(), R"({"text": "x", )" + after + "}").has_value());
}

// Without an outbound_url it is nobody's to fetch until it is no longer held.
TEST_F(Undo, AHeldReplyEntersTheOutboxLater) {
    look({"test_pull", "UPDATE channel SET outbound_url = NULL"});
    const auto opened = open();
    const auto message = reply(opened);
    EXPECT_EQ(look_one({"test_watched", "SELECT count(*) FROM timer WHERE kind = 1"}), "0");
    const auto outbox = [this] {
        return desk_.database
            .as_app(account_, [&](Tx& tx) { return desk::delivery::list_outbox(tx, account_, channel_.id, {}, 10); })
            .size();
    };
    EXPECT_EQ(outbox(), 0u);
    end_hold();
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(outbox(), 1u);
    EXPECT_EQ(undo(opened, message).error().code, Errc::conflict) << "somebody may have fetched it";
}

TEST_F(Undo, AndTheCourierAtOnce) {
    int undone = 0;
    for (int round = 0; round < 200; ++round) {
        const auto opened = open({.is_waiting = false});
        const auto message = reply(opened);
        end_hold();
        auto claimed = std::async(std::launch::async, [this] { return claim(); });
        const auto answer = undo(opened, message);
        const auto jobs = claimed.get();
        ASSERT_EQ(jobs.size(), answer.has_value() ? 0u : 1u) << "round " << round;
        undone += answer.has_value() ? 1 : 0;
        look({"test_forget", "DELETE FROM delivery"});
    }
    RecordProperty("undone", undone);
}

}  // namespace
}  // namespace lupaus::inbox
