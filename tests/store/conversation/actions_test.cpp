#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Actions : public ConversationTest {
protected:
    std::string snooze_end() {
        const auto rows = look({"test_timer", "SELECT due_at::text FROM timer WHERE kind = 0"});
        return rows.empty() ? "none" : rows.at(0, 0).as<std::string>();
    }

    std::string agent_body(AgentId agent) { return R"({"agent_id": ")" + to_string(agent) + "\"}"; }

    // A reply that the channel refused, and who was told of it.
    AlertId refuse_reply(const Opened& opened) {
        const auto alert = raise_alert(opened);
        const auto delivery = to_string(make_uuid_v7());
        look({"test_refused",
              "INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, state, body)"
              " VALUES ($1, $2, $3, $4, $2, 5, '')"},
             pqxx::params{to_string(account_), delivery, to_string(channel_.id), opened.str()});
        look({"test_undelivered", "UPDATE alert SET kind = 3, subject_id = $2, promise_id = NULL WHERE id = $1"},
             pqxx::params{to_string(alert), delivery});
        return alert;
    }

    std::string until(Micros ahead) { return R"({"until": ")" + to_rfc3339(now() + ahead) + "\"}"; }
};

TEST_F(Actions, ClaimingTakesWhatIsNobodys) {
    const auto opened = open({.weight = 2});
    const auto answer = call(handle_claim, as_maija_, opened.str());
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->version, 2);
    EXPECT_EQ(read(answer)["assignee_id"], to_string(maija_));
    EXPECT_EQ(load_of(maija_), 2);
    EXPECT_THAT(event_types(), ElementsAre("conversation.assigned"));
    EXPECT_EQ(drains(), 0);
    EXPECT_EQ(outcome_of(opened.promise), "open");
    const auto again = call(handle_claim, as_maija_, opened.str());
    EXPECT_EQ(again->version, 2) << "it is theirs already";
    EXPECT_EQ(event_types().size(), 1u);
    EXPECT_EQ(load_of(maija_), 2);
}

TEST_F(Actions, WhatSomebodyTookIsNotUnattended) {
    const auto taken = open();
    const auto put_aside = open();
    raise_alert(taken);
    raise_alert(put_aside);
    look({"test_unattended", "UPDATE alert SET kind = 2"});
    ASSERT_TRUE(call(handle_claim, as_maija_, taken.str()).has_value());
    EXPECT_THAT(event_types(), ElementsAre("conversation.assigned", "alert.resolved"));
    ASSERT_TRUE(call(handle_pending, as_maija_, put_aside.str()).has_value());
    EXPECT_EQ(look_one({"test_firing", "SELECT count(*) FROM alert WHERE state < 2"}), "0");
    EXPECT_EQ(outcome_of(taken.promise), "open");
}

TEST_F(Actions, ClaimingMayExceedCapacity) {
    const auto full = support::make_agent(desk_.database, account_, {.name = "Kalle", .capacity = 0});
    const auto token = support::make_agent_token(desk_.database, account_, full).principal;
    EXPECT_TRUE(call(handle_claim, token, open().str()).has_value());
    EXPECT_EQ(load_of(full), 1);
}

TEST_F(Actions, AColleaguesConversationIsNotClaimed) {
    const auto opened = open({.assignee = pekka_});
    const auto refused = call(handle_claim, as_maija_, opened.str());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(text::parse_json(refused.error().extension).value()["assignee_id"], to_string(pekka_));
    EXPECT_EQ(call(handle_claim, as_lead_, opened.str()).error().code, Errc::conflict) << "a lead assigns";
    EXPECT_EQ(call(handle_claim, as_program_, opened.str()).error().code, Errc::forbidden);
    EXPECT_EQ(load(opened.id).assignee, pekka_);
}

TEST_F(Actions, AssigningMovesTheLoadAndRemembersWhoHadIt) {
    const auto opened = open({.assignee = pekka_});
    const auto answer = call(handle_assign, as_lead_, opened.str(), agent_body(maija_));
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto c = load(opened.id);
    EXPECT_EQ(c.assignee, maija_);
    EXPECT_EQ(c.previous_agent, pekka_);
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_EQ(load_of(maija_), 1);
    EXPECT_EQ(drains(), 1) << "Pekka can be given something else";
    EXPECT_EQ(outcome_of(opened.promise), "open");
}

TEST_F(Actions, AssigningToNobodyOffersItToEverybody) {
    const auto opened = open({.assignee = pekka_});
    ASSERT_TRUE(call(handle_assign, as_pekka_, opened.str(), R"({"agent_id": null})").has_value());
    const auto c = load(opened.id);
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_EQ(c.previous_agent, pekka_);
    EXPECT_TRUE(c.passed_on) << "the router must not give it straight back";
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_EQ(drains(), 1);
    EXPECT_THAT(event_types(), ElementsAre("conversation.unassigned"));
    ASSERT_TRUE(call(handle_assign, as_pekka_, opened.str(), R"({"agent_id": null})").has_value());
    EXPECT_EQ(event_types().size(), 1u) << "it is nobody's already";
}

TEST_F(Actions, WhatWasPassedOnIsSoUntilSomebodyHasIt) {
    const auto opened = open({.assignee = pekka_});
    const auto team = R"({"team_id": ")" + to_string(sales_) + "\"}";
    ASSERT_TRUE(call(handle_assign, as_pekka_, opened.str(), R"({"agent_id": null})").has_value());
    ASSERT_TRUE(call(handle_transfer, as_lead_, opened.str(), team).has_value());
    EXPECT_EQ(load(opened.id).previous_agent, pekka_);
    EXPECT_TRUE(load(opened.id).passed_on) << "it was nobody's when it moved on";
    ASSERT_TRUE(call(handle_claim, as_maija_, opened.str()).has_value());
    EXPECT_FALSE(load(opened.id).passed_on);
    ASSERT_TRUE(call(handle_assign, as_lead_, opened.str(), agent_body(pekka_)).has_value());
    EXPECT_EQ(load(opened.id).previous_agent, maija_);
    EXPECT_FALSE(load(opened.id).passed_on) << "given to somebody it is not passed on to everybody";
}

TEST_F(Actions, AgentsAssignToThemselvesLeadsToAnybody) {
    const auto opened = open({.assignee = pekka_});
    EXPECT_EQ(call(handle_assign, as_maija_, opened.str(), agent_body(liisa_)).error().code, Errc::forbidden);
    EXPECT_EQ(call(handle_assign, as_maija_, opened.str(), R"({"agent_id": null})").error().code, Errc::forbidden);
    EXPECT_TRUE(call(handle_assign, as_maija_, opened.str(), agent_body(maija_)).has_value()) << "takes it over";
    EXPECT_TRUE(call(handle_assign, as_program_, opened.str(), agent_body(pekka_)).has_value());
    EXPECT_TRUE(call(handle_assign, as_lead_, opened.str(), R"({"agent_id": null})").has_value());
}

TEST_F(Actions, AssigningNeedsAnAgentWhoWorksHere) {
    const auto opened = open();
    const auto wrong = [&](const std::string& body) {
        return wrong_fields(call(handle_assign, as_lead_, opened.str(), body));
    };
    EXPECT_EQ(wrong("{}"), "/agent_id ");
    EXPECT_EQ(wrong(R"({"agent_id": "x"})"), "/agent_id ");
    EXPECT_EQ(wrong(agent_body(AgentId::make())), "/agent_id ");
    EXPECT_EQ(wrong(R"({"agent_id": null, "why": "x"})"), "/why ");
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE name = 'Pekka'"});
    EXPECT_EQ(wrong(agent_body(pekka_)), "/agent_id ");
}

TEST_F(Actions, TransferringLeavesTheAssigneeToTheOtherTeam) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.assignee = pekka_});
    const auto before = load(opened.id);
    const auto answer = call(handle_transfer, as_pekka_, opened.str(), R"({"team_id": ")" + to_string(sales_) + "\"}");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto c = load(opened.id);
    EXPECT_EQ(c.team, sales_);
    EXPECT_TRUE(c.assignee.is_nil());
    EXPECT_EQ(c.previous_agent, pekka_);
    EXPECT_TRUE(c.passed_on) << "the router must not give it straight back";
    EXPECT_EQ(c.rank_at, before.rank_at);
    EXPECT_EQ(c.owed->due_at, before.owed->due_at) << "due times do not move";
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_EQ(drains(), 1);
    EXPECT_THAT(event_types(), ElementsAre("conversation.transferred"));
}

TEST_F(Actions, AnUnassignedConversationIsOfferedToItsNewTeam) {
    const auto opened = open();
    ASSERT_TRUE(
        call(handle_transfer, as_maija_, opened.str(), R"({"team_id": ")" + to_string(sales_) + "\"}").has_value());
    EXPECT_EQ(drains(), 1);
    EXPECT_EQ(wrong_fields(call(handle_transfer, as_maija_, opened.str(),
                                R"({"team_id": ")" + to_string(TeamId::make()) + "\"}")),
              "/team_id ");
    EXPECT_EQ(wrong_fields(call(handle_transfer, as_maija_, opened.str(), "{}")), "/team_id ");
}

TEST_F(Actions, WhateverIsDoneForACustomerEndsWhatIsToldOfARefusedReply) {
    const std::vector<std::pair<Handle, std::string>> deeds{{handle_post_message, R"({"text": "Again: at four."})"},
                                                            {handle_answered, R"({"how": "phone"})"},
                                                            {handle_waive, R"({"reason": "other"})"},
                                                            {handle_resolve, "{}"}};
    for (const auto& [handle, body] : deeds) {
        const auto opened = open();
        const auto elsewhere = refuse_reply(open());
        const auto alert = refuse_reply(opened);
        ASSERT_TRUE(call(handle, as_maija_, opened.str(), body).has_value()) << body;
        EXPECT_EQ(event_data("alert.resolved")["alert"]["id"], to_string(alert)) << body;
        EXPECT_EQ(look_one({"test_state", "SELECT state FROM alert WHERE id = $1"}, pqxx::params{to_string(elsewhere)}),
                  "0");
    }
}

TEST_F(Actions, WithNothingOwedAnAnswerOrAResolutionEndsItToo) {
    const std::vector<std::pair<Handle, std::string>> deeds{{handle_post_message, R"({"text": "Again: at four."})"},
                                                            {handle_resolve, "{}"}};
    for (const auto& [handle, body] : deeds) {
        const auto opened = open({.is_waiting = false});
        const auto alert = refuse_reply(opened);
        ASSERT_TRUE(call(handle_snooze, as_maija_, opened.str(), until(1h)).has_value());
        ASSERT_TRUE(call(handle_post_message, as_program_, opened.str(), R"({"text": "We are on it."})").has_value());
        EXPECT_EQ(look_one({"test_firing", "SELECT count(*) FROM alert WHERE state = 0"}), "1")
            << "nobody dealt with it";
        ASSERT_TRUE(call(handle, as_maija_, opened.str(), body).has_value()) << body;
        EXPECT_EQ(event_data("alert.resolved")["alert"]["id"], to_string(alert)) << body;
    }
}

TEST_F(Actions, SnoozingFreesTheAgentAndEndsNothing) {
    const auto opened = open({.assignee = maija_});
    const auto before = load(opened.id);
    const auto answer = call(handle_snooze, as_maija_, opened.str(), until(1h));
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto c = load(opened.id);
    EXPECT_EQ(c.state, State::snoozed);
    EXPECT_EQ(c.assignee, maija_);
    EXPECT_EQ(c.rank_at, before.rank_at);
    EXPECT_EQ(outcome_of(opened.promise), "open");
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_EQ(drains(), 1);
    EXPECT_EQ(read_timestamp(snooze_end()), *c.snoozed_until);
    EXPECT_THAT(event_types(), ElementsAre("conversation.snoozed"));
    ASSERT_TRUE(call(handle_snooze, as_maija_, opened.str(), until(2h)).has_value());
    EXPECT_GT(read_timestamp(snooze_end()), *c.snoozed_until) << "snoozing again moves the end";
    EXPECT_EQ(drains(), 1) << "nothing more was freed";
}

TEST_F(Actions, SnoozingNeedsATimeWithinAYear) {
    const auto opened = open();
    const auto wrong = [&](const std::string& body) {
        return wrong_fields(call(handle_snooze, as_maija_, opened.str(), body));
    };
    EXPECT_EQ(wrong("{}"), "/until ");
    EXPECT_EQ(wrong(until(-1s)), "/until ");
    EXPECT_EQ(wrong(until(std::chrono::days{366})), "/until ");
    EXPECT_EQ(wrong(R"({"until": "tomorrow"})"), "/until ");
    EXPECT_EQ(load(opened.id).state, State::open);
}

TEST_F(Actions, PendingFreesTheAgentAndStopsTheSnooze) {
    const auto opened = open({.assignee = maija_});
    ASSERT_TRUE(call(handle_snooze, as_maija_, opened.str(), until(1h)).has_value());
    ASSERT_TRUE(call(handle_pending, as_maija_, opened.str()).has_value());
    const auto c = load(opened.id);
    EXPECT_EQ(c.state, State::pending);
    EXPECT_FALSE(c.snoozed_until);
    EXPECT_TRUE(c.owed);
    EXPECT_EQ(snooze_end(), "none");
    EXPECT_EQ(load_of(maija_), 0);
    ASSERT_TRUE(call(handle_pending, as_maija_, opened.str()).has_value());
    EXPECT_THAT(event_types(), ElementsAre("conversation.snoozed", "conversation.pending"));
    EXPECT_EQ(wrong_fields(call(handle_pending, as_maija_, opened.str(), R"({"x": 1})")), "/x ");
}

TEST_F(Actions, OnlyAResolutionBeginsAWrapUp) {
    constexpr Query kWrapsUp{"test_wraps_up", "SELECT resolved_at IS NOT NULL FROM agent WHERE name = 'Pekka'"};
    constexpr Query kForget{"test_forget", "UPDATE agent SET resolved_at = NULL"};
    const auto wraps_up = [&] { return look(kWrapsUp).at(0, 0).as<bool>(); };
    const auto snooze = R"({"until": ")" + to_rfc3339(system_now() + std::chrono::hours{1}) + R"("})";
    call(handle_snooze, as_pekka_, open({.assignee = pekka_}).str(), snooze);
    call(handle_pending, as_pekka_, open({.assignee = pekka_}).str());
    call(handle_assign, as_pekka_, open({.assignee = pekka_}).str(), R"({"agent_id": null})");
    call(handle_assign, as_lead_, open({.assignee = pekka_}).str(), agent_body(maija_));
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_FALSE(wraps_up()) << "capacity was freed, and nothing was resolved";
    call(handle_resolve, as_lead_, open({.assignee = pekka_}).str());
    EXPECT_TRUE(wraps_up()) << "whoever resolved it, it was theirs";
    look(kForget);
    const auto pending = open({.assignee = pekka_});
    call(handle_pending, as_pekka_, pending.str());
    call(handle_resolve, as_pekka_, pending.str());
    EXPECT_TRUE(wraps_up()) << "though it cost nothing any more";
}

TEST_F(Actions, WhatIsResolvedIsNotSetAside) {
    const auto opened = open({.state = State::resolved, .is_waiting = false});
    EXPECT_EQ(call(handle_pending, as_maija_, opened.str()).error().code, Errc::conflict);
    EXPECT_EQ(call(handle_snooze, as_maija_, opened.str(), until(1h)).error().code, Errc::conflict);
}

TEST_F(Actions, ResolvingWaivesWhatIsOwed) {
    const auto opened = open({.assignee = maija_});
    raise_alert(opened);
    const auto answer = call(handle_resolve, as_maija_, opened.str(), R"({"reason": "thanks"})");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto c = load(opened.id);
    EXPECT_EQ(c.state, State::resolved);
    EXPECT_TRUE(c.resolved_at);
    EXPECT_FALSE(c.owed || c.waiting_since);
    EXPECT_EQ(c.assignee, maija_) << "a reopened one goes back to them";
    EXPECT_EQ(outcome_of(opened.promise), "waived");
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_EQ(drains(), 1);
    EXPECT_THAT(event_types(), ElementsAre("conversation.resolved", "promise.settled", "alert.resolved"));
    EXPECT_EQ(event_data("conversation.resolved")["reason"], "thanks");
    EXPECT_EQ(look_one({"test_credited", "SELECT settled_agent_id FROM promise"}), to_string(maija_));
    ASSERT_TRUE(call(handle_resolve, as_maija_, opened.str()).has_value());
    EXPECT_EQ(event_types().size(), 3u) << "resolving again changes nothing";
}

TEST_F(Actions, ResolvingAfterAReplyWaivesNothing) {
    const auto opened = open();
    ASSERT_TRUE(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Ready."})").has_value());
    ASSERT_TRUE(call(handle_resolve, as_maija_, opened.str()).has_value());
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_FALSE(event_data("conversation.resolved").contains("reason"));
    EXPECT_EQ(wrong_fields(call(handle_resolve, as_maija_, opened.str(), R"({"reason": "bored"})")), "/reason ");
}

TEST_F(Actions, ReopeningReturnsItToItsAgentOverCapacity) {
    const auto full = support::make_agent(desk_.database, account_, {.name = "Kalle", .capacity = 0});
    const auto opened = open({.assignee = full, .state = State::resolved, .weight = 2, .is_waiting = false});
    ASSERT_TRUE(call(handle_reopen, as_maija_, opened.str()).has_value());
    const auto c = load(opened.id);
    EXPECT_EQ(c.state, State::open);
    EXPECT_FALSE(c.resolved_at);
    EXPECT_EQ(c.assignee, full);
    EXPECT_EQ(load_of(full), 2);
    EXPECT_FALSE(c.owed);
    EXPECT_THAT(event_types(), ElementsAre("conversation.reopened"));
    ASSERT_TRUE(call(handle_reopen, as_maija_, opened.str()).has_value());
    EXPECT_EQ(event_types().size(), 1u);
}

TEST_F(Actions, ReopeningLeavesAnAgentWhoIsGone) {
    const auto opened = open({.assignee = pekka_, .state = State::pending});
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE name = 'Pekka'"});
    ASSERT_TRUE(call(handle_reopen, as_maija_, opened.str()).has_value());
    EXPECT_TRUE(load(opened.id).assignee.is_nil());
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_EQ(drains(), 1) << "somebody else can be given it";
}

TEST_F(Actions, AnsweredElsewhereIsCreditedAndDeliversNothing) {
    const auto opened = open();
    raise_alert(opened);
    const auto answer = call(handle_answered, as_maija_, opened.str(), R"({"how": "phone"})");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(outcome_of(opened.promise), "kept");
    EXPECT_FALSE(load(opened.id).owed);
    EXPECT_THAT(event_types(), ElementsAre("conversation.answered", "promise.settled", "alert.resolved"));
    EXPECT_EQ(event_data("conversation.answered")["how"], "phone");
    EXPECT_EQ(look_one({"test_credited", "SELECT settled_agent_id FROM promise"}), to_string(maija_));
    EXPECT_EQ(look_one({"test_deliveries", "SELECT count(*) FROM delivery"}), "0");
    EXPECT_EQ(call(handle_answered, as_maija_, opened.str(), R"({"how": "phone"})").error().code, Errc::conflict);
    EXPECT_EQ(call(handle_answered, as_program_, opened.str(), R"({"how": "phone"})").error().code, Errc::forbidden);
    EXPECT_EQ(wrong_fields(call(handle_answered, as_maija_, opened.str(), R"({"how": "telepathy"})")), "/how ");
    EXPECT_EQ(wrong_fields(call(handle_answered, as_maija_, opened.str(), "{}")), "/how ");
}

TEST_F(Actions, WaivingSaysWhyNoAnswerIsNeeded) {
    const auto opened = open();
    ASSERT_TRUE(call(handle_waive, as_program_, opened.str(), R"({"reason": "spam"})").has_value());
    EXPECT_EQ(outcome_of(opened.promise), "waived");
    EXPECT_EQ(load(opened.id).state, State::open);
    EXPECT_THAT(event_types(), ElementsAre("conversation.waived", "promise.settled"));
    EXPECT_EQ(event_data("conversation.waived")["reason"], "spam");
    EXPECT_EQ(call(handle_waive, as_maija_, opened.str(), R"({"reason": "spam"})").error().code, Errc::conflict);
    EXPECT_EQ(wrong_fields(call(handle_waive, as_maija_, opened.str(), R"({})")), "/reason ");
}

TEST_F(Actions, EditsChangeWhatTheyNameAndNoDueTime) {
    const auto opened = open();
    const auto before = load(opened.id);
    const auto answer =
        call(handle_edit_conversation, as_maija_, opened.str(),
             R"({"subject": "Polkupyörä", "priority": "urgent", "tags": ["a,b", "{\"c\\"], "team_id": null})");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    const auto c = load(opened.id);
    EXPECT_EQ(c.subject, "Polkupyörä");
    EXPECT_EQ(c.priority, desk::conversation::Priority::urgent);
    EXPECT_THAT(c.tags, ElementsAre("a,b", "{\"c\\"));
    EXPECT_TRUE(c.team.is_nil());
    EXPECT_EQ(c.rank_at, before.rank_at);
    EXPECT_EQ(c.version, 2);
    EXPECT_EQ(answer->version, 2);
    EXPECT_EQ(drains(), 1) << "it is offered to somebody else now";
    EXPECT_THAT(event_types(), ElementsAre("conversation.updated"));
    ASSERT_TRUE(call(handle_edit_conversation, as_maija_, opened.str(), R"({"priority": "urgent"})").has_value());
    EXPECT_EQ(load(opened.id).version, 2) << "nothing new was said";
}

TEST_F(Actions, EditsAreHeldAgainstTheVersionTheyName) {
    const auto opened = open();
    const auto stale =
        ask(desk_, handle_edit_conversation,
            {.principal = as_maija_, .body = R"({"subject": "x"})", .id = opened.str(), .if_match = "\"7\""});
    EXPECT_EQ(stale.error().code, Errc::precondition);
    const auto right =
        ask(desk_, handle_edit_conversation,
            {.principal = as_maija_, .body = R"({"subject": "x"})", .id = opened.str(), .if_match = "\"1\""});
    EXPECT_TRUE(right.has_value());
}

TEST_F(Actions, WrongEditsAreNamed) {
    const auto opened = open();
    const auto wrong = [&](const std::string& body) {
        return wrong_fields(call(handle_edit_conversation, as_maija_, opened.str(), body));
    };
    EXPECT_EQ(wrong("{}"), " ");
    EXPECT_EQ(wrong(R"({"subject": null})"), "/subject ");
    EXPECT_EQ(wrong(R"({"priority": "huge"})"), "/priority ");
    EXPECT_EQ(wrong(R"({"tags": ["a", "a"]})"), "/tags ");
    EXPECT_EQ(wrong(R"({"tags": [""]})"), "/tags/0 ");
    EXPECT_EQ(wrong(R"({"team_id": ")" + to_string(TeamId::make()) + "\"}"), "/team_id ");
    EXPECT_EQ(wrong(R"({"state": "open"})"), "/state ");
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(Actions, OfAnotherAccountFindNothing) {
    const auto opened = open();
    const auto elsewhere = support::make_account(desk_.database, "Elsewhere");
    const auto stranger =
        support::make_agent_token(desk_.database, elsewhere, support::make_agent(desk_.database, elsewhere)).principal;
    const auto ask_about = [&](Handle handle, const std::string& body = "{}") {
        return call(handle, stranger, opened.str(), body).error().code;
    };
    EXPECT_EQ(ask_about(handle_get_conversation), Errc::not_found);
    EXPECT_EQ(ask_about(handle_edit_conversation, R"({"subject": "x"})"), Errc::not_found);
    EXPECT_EQ(ask_about(handle_claim), Errc::not_found);
    EXPECT_EQ(ask_about(handle_assign, R"({"agent_id": null})"), Errc::not_found);
    EXPECT_EQ(ask_about(handle_transfer, R"({"team_id": ")" + to_string(team_) + "\"}"), Errc::not_found);
    EXPECT_EQ(ask_about(handle_snooze, until(1h)), Errc::not_found);
    EXPECT_EQ(ask_about(handle_pending), Errc::not_found);
    EXPECT_EQ(ask_about(handle_resolve), Errc::not_found);
    EXPECT_EQ(ask_about(handle_reopen), Errc::not_found);
    EXPECT_EQ(ask_about(handle_answered, R"({"how": "phone"})"), Errc::not_found);
    EXPECT_EQ(ask_about(handle_waive, R"({"reason": "spam"})"), Errc::not_found);
    EXPECT_EQ(ask_about(handle_list_messages), Errc::not_found);
    EXPECT_EQ(load(opened.id).version, 1);
}

}  // namespace
}  // namespace lupaus::inbox
