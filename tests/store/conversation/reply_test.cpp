#include "common/base/limits.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Reply : public ConversationTest {
protected:
    Result<Answer> reply(const Principal& who, const Opened& opened, const std::string& more = "") {
        return call(handle_post_message, who, opened.str(), R"({"text": "Kello neljä.")" + more + "}");
    }

    int deliveries() { return look({"test_deliveries", "SELECT count(*) FROM delivery"}).at(0, 0).as<int>(); }

    text::Json delivery_body() {
        return text::parse_json(look({"test_body", "SELECT body FROM delivery"}).at(0, 0).as<std::string>()).value();
    }

    int outbound() {
        return look({"test_outbound", "SELECT count(*) FROM message WHERE direction = 1"}).at(0, 0).as<int>();
    }
};

std::string named(const std::string& name, const auto& id) {
    return ", \"" + name + "\": \"" + to_string(id) + "\"";
}

TEST_F(Reply, EndsTheWaitClaimsAndIsDelivered) {
    const auto opened = open();
    const auto answer = reply(as_maija_, opened);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->status, 201);
    const auto said = read(answer);
    EXPECT_EQ(said["direction"], "out");
    EXPECT_EQ(said["kind"], "message");
    EXPECT_EQ(said["delivery_state"], "queued");
    EXPECT_EQ(said["author"]["type"], "agent");
    EXPECT_EQ(said["author"]["name"], "Maija");
    const auto c = load(opened.id);
    EXPECT_FALSE(c.waiting_since || c.owed || c.rank_at);
    EXPECT_EQ(c.assignee, maija_);
    EXPECT_TRUE(c.begun);
    EXPECT_EQ(c.version, 2);
    EXPECT_EQ(c.state, State::open);
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_EQ(load_of(maija_), 1);
    EXPECT_THAT(event_types(), ElementsAre("message.created", "conversation.assigned", "promise.settled"));
    const auto settled = event_data("promise.settled");
    EXPECT_EQ(settled["promise"]["id"], to_string(opened.promise));
    EXPECT_EQ(settled["promise"]["outcome"], "kept");
    EXPECT_FALSE(settled["promise"]["settled_at"].is_null());
    EXPECT_EQ(settled["conversation"]["version"], 2);
    EXPECT_EQ(event_data("message.created")["conversation"]["assignee_id"], to_string(maija_));
    EXPECT_EQ(look_one({"test_settled", "SELECT settled_id FROM message WHERE direction = 1"}),
              to_string(opened.promise));
    EXPECT_EQ(look_one({"test_credited", "SELECT settled_agent_id FROM promise"}), to_string(maija_));
}

TEST_F(Reply, TheDeliveryNamesCustomerAgentAndWhatItAnswers) {
    const auto opened = open({.text = "first", .ago = 60s});
    write(opened.id, "second");
    ASSERT_TRUE(reply(as_maija_, opened).has_value());
    const auto body = delivery_body();
    EXPECT_EQ(body["contact"]["address"], "aino-" + opened.str());
    EXPECT_EQ(body["agent"]["name"], "Maija");
    EXPECT_EQ(body["text"], "Kello neljä.");
    EXPECT_EQ(body["in_reply_to"], "ext-second");
    EXPECT_EQ(deliveries(), 1);
}

TEST_F(Reply, AfterTheDueTimeIsLateAndEndsTheAlert) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.ago = 90s});
    const auto alert = raise_alert(opened);
    ASSERT_TRUE(reply(as_maija_, opened).has_value());
    EXPECT_EQ(outcome_of(opened.promise), "late");
    EXPECT_THAT(event_types(),
                ElementsAre("message.created", "conversation.assigned", "promise.settled", "alert.resolved"));
    EXPECT_EQ(event_data("alert.resolved")["alert"]["id"], to_string(alert));
    EXPECT_EQ(event_data("alert.resolved")["alert"]["state"], "resolved");
}

TEST_F(Reply, InAColleaguesConversationChangesNoAssignee) {
    const auto opened = open({.assignee = pekka_});
    ASSERT_TRUE(reply(as_maija_, opened).has_value());
    EXPECT_EQ(load(opened.id).assignee, pekka_);
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_EQ(look_one({"test_credited", "SELECT settled_agent_id FROM promise"}), to_string(maija_))
        << "the author is credited";
    EXPECT_THAT(event_types(), ElementsAre("message.created", "promise.settled"));
}

TEST_F(Reply, ClaimsBeyondCapacity) {
    const auto full = support::make_agent(desk_.database, account_, {.name = "Kalle", .capacity = 0});
    const auto token = support::make_agent_token(desk_.database, account_, full).principal;
    const auto opened = open({.weight = 3});
    ASSERT_TRUE(reply(token, opened).has_value());
    EXPECT_EQ(load(opened.id).assignee, full);
    EXPECT_EQ(load_of(full), 3);
}

TEST_F(Reply, ChangesNoState) {
    for (const auto state : {State::pending, State::snoozed, State::resolved}) {
        const auto opened = open({.state = state});
        ASSERT_TRUE(reply(as_maija_, opened).has_value());
        const auto c = load(opened.id);
        EXPECT_EQ(c.state, state);
        EXPECT_EQ(c.assignee, maija_);
        EXPECT_FALSE(c.waiting_since);
    }
    EXPECT_EQ(load_of(maija_), 0) << "only open conversations cost capacity";
}

TEST_F(Reply, WithNothingOwedSettlesNothing) {
    const auto opened = open({.is_waiting = false});
    ASSERT_TRUE(reply(as_maija_, opened).has_value());
    EXPECT_THAT(event_types(), ElementsAre("message.created", "conversation.assigned"));
    EXPECT_EQ(look_one({"test_settled", "SELECT settled_id FROM message WHERE direction = 1"}), "null");
}

TEST_F(Reply, GivenElsewhereSettlesAndDeliversNothing) {
    const auto opened = open();
    const auto said = read(reply(as_maija_, opened, R"(, "external": true)"));
    EXPECT_TRUE(said["delivery_state"].is_null());
    EXPECT_EQ(deliveries(), 0);
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_NE(look_one({"test_delivered", "SELECT delivered_at FROM promise"}), "null");
}

TEST_F(Reply, OfAProgramIsAutomatic) {
    const auto opened = open();
    const auto said = read(reply(as_program_, opened));
    EXPECT_EQ(said["kind"], "automatic");
    EXPECT_EQ(said["author"]["type"], "bot");
    EXPECT_EQ(said["delivery_state"], "queued");
    const auto c = load(opened.id);
    EXPECT_TRUE(c.owed) << "it ends no wait";
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_FALSE(c.begun);
    EXPECT_EQ(outcome_of(opened.promise), "open");
    EXPECT_THAT(event_types(), ElementsAre("message.created"));
    EXPECT_TRUE(delivery_body()["agent"].is_null());
}

TEST_F(Reply, OfAProgramInAnAgentsNameIsTheAgents) {
    const auto actor =
        support::make_integrator_token(desk_.database, account_, {"messages:write", "messages:act_as"}).principal;
    const auto opened = open();
    const auto said = read(reply(actor, opened, named("on_behalf_of", pekka_)));
    EXPECT_EQ(said["kind"], "message");
    EXPECT_EQ(said["author"]["id"], to_string(pekka_));
    EXPECT_EQ(said["author"]["name"], "Pekka");
    EXPECT_EQ(load(opened.id).assignee, pekka_);
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_EQ(look_one({"test_credited", "SELECT settled_agent_id FROM promise"}), to_string(pekka_));
    EXPECT_EQ(look_one({"test_actor", "SELECT actor_id::text || ' ' || token_id FROM event LIMIT 1"}),
              to_string(pekka_) + " " + to_string(actor.token));
}

TEST_F(Reply, InAnothersNameNeedsTheScope) {
    const auto opened = open();
    EXPECT_EQ(reply(as_program_, opened, named("on_behalf_of", pekka_)).error().code, Errc::forbidden);
    EXPECT_EQ(reply(as_maija_, opened, named("on_behalf_of", pekka_)).error().code, Errc::forbidden);
    EXPECT_TRUE(reply(as_maija_, opened, named("on_behalf_of", maija_)).has_value()) << "oneself is nobody else";
    const auto actor = support::make_integrator_token(desk_.database, account_, {"messages:act_as"}).principal;
    EXPECT_EQ(wrong_fields(reply(actor, opened, named("on_behalf_of", AgentId::make()))), "/on_behalf_of ");
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE name = 'Pekka'"});
    EXPECT_EQ(wrong_fields(reply(actor, opened, named("on_behalf_of", pekka_))), "/on_behalf_of ");
}

TEST_F(Reply, ANoteSettlesMovesAndDeliversNothing) {
    const auto opened = open({.ago = 60s});
    const auto before = load(opened.id);
    const auto said =
        read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "He called.", "kind": "note"})"));
    EXPECT_EQ(said["kind"], "note");
    EXPECT_TRUE(said["delivery_state"].is_null());
    const auto after = load(opened.id);
    EXPECT_EQ(after.version, before.version);
    EXPECT_EQ(after.rank_at, before.rank_at);
    EXPECT_EQ(after.last_message_at, before.last_message_at);
    EXPECT_TRUE(after.assignee.is_nil());
    EXPECT_EQ(outcome_of(opened.promise), "open");
    EXPECT_EQ(deliveries(), 0);
    EXPECT_THAT(event_types(), ElementsAre("message.created"));
}

TEST_F(Reply, AfterAMessageThatWasOvertakenIsRefusedWithWhatWasMissed) {
    const auto opened = open({.text = "first", .ago = 60s});
    const auto second = write(opened.id, "second", 30s);
    const auto third = write(opened.id, "third", 10s);
    const auto refused = reply(as_maija_, opened, named("after", opened.message));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    const auto told = text::parse_json(refused.error().extension).value();
    ASSERT_EQ(told["missed"].size(), 2u);
    EXPECT_EQ(told["missed"][0]["id"], to_string(second));
    EXPECT_EQ(told["missed"][1]["text"], "third");
    EXPECT_EQ(told["last_id"], to_string(third));
    EXPECT_EQ(outbound(), 0);
    EXPECT_EQ(outcome_of(opened.promise), "open");
    EXPECT_TRUE(reply(as_maija_, opened, named("after", third)).has_value());
}

TEST_F(Reply, WhatWaitedInTheQueueWhileAColleagueAnsweredIsMissed) {
    const auto opened = open({.text = "first", .ago = 60s});
    const auto arrived = arrive();
    const auto answer = *parse_id<MessageId>(read(reply(as_pekka_, opened))["id"].get<std::string>());
    const auto second = write(opened.id, "second", 30s, arrived);
    const auto wait = load(opened.id).owed.value().id;
    const auto refused = reply(as_maija_, opened, named("after", answer));
    ASSERT_TRUE(refused.has_error()) << "it arrived before the answer, and nobody could see it then";
    EXPECT_EQ(text::parse_json(refused.error().extension).value()["last_id"], to_string(second));
    EXPECT_EQ(outcome_of(wait), "open");
    ASSERT_TRUE(reply(as_maija_, opened, named("after", answer) + named("despite", second)).has_value());
    EXPECT_EQ(outcome_of(wait), "open") << "it was not seen";
    const auto last = look_one({"test_last", "SELECT id FROM message ORDER BY visible_seq DESC LIMIT 1"});
    ASSERT_TRUE(reply(as_maija_, opened, ", \"after\": \"" + last + "\"").has_value());
    EXPECT_EQ(outcome_of(wait), "kept");
}

TEST_F(Reply, WhatIsMissedComesInTheOrderInWhichItCouldBeSeen) {
    const auto opened = open({.text = "first", .ago = 60s});
    const auto second = write(opened.id, "second", 10s);
    const auto late = write(opened.id, "said before the second", 30s);
    const auto refused = reply(as_maija_, opened, named("after", opened.message));
    const auto told = text::parse_json(refused.error().extension).value();
    EXPECT_EQ(told["missed"][0]["id"], to_string(second));
    EXPECT_EQ(told["last_id"], to_string(late));
    EXPECT_TRUE(reply(as_maija_, opened, named("after", opened.message) + named("despite", late)).has_value());
}

TEST_F(Reply, NotesAreNotMissed) {
    const auto opened = open();
    ASSERT_TRUE(call(handle_post_message, as_pekka_, opened.str(), R"({"text": "Mine?", "kind": "note"})").has_value());
    EXPECT_TRUE(reply(as_maija_, opened, named("after", opened.message)).has_value());
}

TEST_F(Reply, AColleaguesReplyIsMissed) {
    const auto opened = open();
    ASSERT_TRUE(reply(as_pekka_, opened).has_value());
    EXPECT_EQ(reply(as_maija_, opened, named("after", opened.message)).error().code, Errc::conflict);
}

TEST_F(Reply, DespiteLaterMessagesSettlesOnlyWhatWasSeen) {
    support::make_policy(desk_.database, account_, {.kind = desk::promise::Kind::next_reply, .target = 600s});
    const auto opened = open({.text = "first", .ago = 60s});
    const auto second = write(opened.id, "second", 30s);
    const auto third = write(opened.id, "third", 10s);
    const auto answer = reply(as_maija_, opened, named("after", opened.message) + named("despite", third));
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    const auto c = load(opened.id);
    ASSERT_TRUE(c.owed) << "the later messages are not answered";
    EXPECT_NE(c.owed->id, opened.promise);
    EXPECT_EQ(c.owed->kind, static_cast<int>(desk::promise::Kind::next_reply));
    const auto second_at = read_timestamp(look_one(
        {"test_ordered", "SELECT ordered_at::text FROM message WHERE id = $1"}, pqxx::params{to_string(second)}));
    EXPECT_EQ(c.waiting_since, second_at) << "from the oldest unanswered one";
    EXPECT_EQ(c.owed->due_at, second_at + 600s);
    EXPECT_FALSE(c.begun);
    EXPECT_THAT(event_types(),
                ElementsAre("message.created", "conversation.assigned", "promise.settled", "promise.opened"));
    EXPECT_EQ(delivery_body()["in_reply_to"], "ext-first");
    EXPECT_EQ(event_data("promise.opened")["conversation"]["owed"]["id"], to_string(c.owed->id));
}

TEST_F(Reply, DespiteAWaitThatBeganUnseenSettlesNothing) {
    const auto opened = open({.text = "first", .ago = 60s});
    ASSERT_TRUE(reply(as_pekka_, opened).has_value());
    const auto second = write(opened.id, "second");
    const auto owed = load(opened.id).owed.value().id;
    ASSERT_TRUE(reply(as_maija_, opened, named("after", opened.message) + named("despite", second)).has_value());
    EXPECT_EQ(outcome_of(owed), "open");
    EXPECT_EQ(load(opened.id).owed.value().id, owed);
}

TEST_F(Reply, DespiteAMessageThatIsNoLongerTheLastIsRefusedAgain) {
    const auto opened = open({.text = "first", .ago = 60s});
    const auto second = write(opened.id, "second", 30s);
    const auto third = write(opened.id, "third", 10s);
    const auto refused = reply(as_maija_, opened, named("after", opened.message) + named("despite", second));
    ASSERT_TRUE(refused.has_error());
    const auto told = text::parse_json(refused.error().extension).value();
    ASSERT_EQ(told["missed"].size(), 1u) << "what was shown already is not shown again";
    EXPECT_EQ(told["last_id"], to_string(third));
}

TEST_F(Reply, WrongBodiesAreNamed) {
    const auto opened = open();
    const auto other = open();
    const auto wrong = [&](const std::string& body) {
        return wrong_fields(call(handle_post_message, as_maija_, opened.str(), body));
    };
    EXPECT_EQ(wrong("{}"), "/text ");
    EXPECT_EQ(wrong(R"({"text": ""})"), "/text ");
    EXPECT_EQ(wrong(R"({"text": 7})"), "/text ");
    EXPECT_EQ(wrong(R"({"text": "a", "kind": "automatic"})"), "/kind ");
    EXPECT_EQ(wrong(R"({"text": "a", "kind": "note", "external": true})"), "/external ");
    EXPECT_EQ(wrong(R"({"text": "a", "after": "x"})"), "/after ");
    EXPECT_EQ(wrong(R"({"text": "a", "despite": ")" + to_string(opened.message) + "\"}"), "/despite ");
    EXPECT_EQ(wrong(R"({"text": "a")" + named("after", other.message) + "}"), "/after ") << "of another conversation";
    EXPECT_EQ(wrong(R"({"text": "a")" + named("after", opened.message) + named("despite", MessageId::make()) + "}"),
              "/despite ");
    EXPECT_EQ(wrong(R"({"text": "a", "surprise": 1})"), "/surprise ");
    const auto big = call(handle_post_message, as_maija_, opened.str(),
                          R"({"text": ")" + std::string(limits::kTextBytesMax + 1, 'a') + "\"}");
    EXPECT_EQ(big.error().code, Errc::too_large);
    EXPECT_EQ(outbound(), 0);
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(Reply, AtTheLimitIsStored) {
    const auto opened = open();
    const std::string longest(limits::kTextBytesMax, 'a');
    EXPECT_EQ(read(call(handle_post_message, as_maija_, opened.str(), R"({"text": ")" + longest + "\"}"))["text"],
              longest);
}

TEST_F(Reply, ToAStrangersConversationFindsNothing) {
    const auto opened = open();
    const auto elsewhere = support::make_account(desk_.database, "Elsewhere");
    const auto stranger =
        support::make_agent_token(desk_.database, elsewhere, support::make_agent(desk_.database, elsewhere)).principal;
    EXPECT_EQ(reply(stranger, opened).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_post_message, as_maija_, "no-id", R"({"text": "a"})").error().code, Errc::not_found);
    EXPECT_EQ(call(handle_post_message, as_maija_, to_string(ConversationId::make()), R"({"text": "a"})").error().code,
              Errc::not_found);
}

}  // namespace
}  // namespace lupaus::inbox
