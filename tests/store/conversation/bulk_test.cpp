// One action on many conversations: each answers for itself, and what follows is written at once.
#include "services/inbox/conversations.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <future>

namespace lupaus::inbox {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Bulk : public ConversationTest {
protected:
    static std::string ids_of(const std::vector<std::string>& ids) {
        std::string list;
        for (const auto& id : ids) {
            list += (list.empty() ? "\"" : ", \"") + id + "\"";
        }
        return "[" + list + "]";
    }

    Result<Answer> bulk(const Principal& who, const std::vector<std::string>& ids, const std::string& what) {
        return call(handle_bulk, who, "", R"({"ids": )" + ids_of(ids) + ", " + what + "}");
    }

    // "200 409 404"
    static std::string statuses(const Result<Answer>& answer) {
        std::string words;
        const auto shown = read(answer);
        for (const auto& result : shown["results"]) {
            words += (words.empty() ? "" : " ") + std::to_string(result["status"].get<int>());
        }
        return words;
    }

    std::vector<std::string> open_many(int count, const Opening& opening = {}) {
        std::vector<std::string> ids;
        for (int i = 0; i < count; ++i) {
            ids.push_back(open(opening).str());
        }
        return ids;
    }
};

TEST_F(Bulk, EachAnswersForItselfInTheOrderAsked) {
    const auto first = open({.assignee = maija_});
    const auto resolved = open({.state = State::resolved, .is_waiting = false});
    const auto unknown = to_string(ConversationId::make());
    const auto last = open({.assignee = maija_});
    const auto answer = bulk(as_maija_, {last.str(), unknown, resolved.str(), first.str()}, R"("action": "pending")");
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(statuses(answer), "200 404 409 200");
    const auto results = read(answer)["results"];
    EXPECT_EQ(results[0]["id"], last.str());
    EXPECT_EQ(results[0]["conversation"]["state"], "pending");
    EXPECT_EQ(results[0]["conversation"]["version"], 2);
    EXPECT_EQ(results[1]["id"], unknown);
    EXPECT_EQ(results[1]["problem"]["type"], "/problems/not-found");
    EXPECT_EQ(results[2]["problem"]["status"], 409);
    EXPECT_EQ(load(first.id).state, State::pending);
    EXPECT_EQ(load(resolved.id).version, 1);
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_THAT(recount(), IsEmpty());
    EXPECT_THAT(event_types(), ElementsAre("conversation.pending", "conversation.pending"));
}

TEST_F(Bulk, ResolvingWaivesEachWaitWithItsAlerts) {
    const auto waiting = open({.assignee = maija_, .weight = 2});
    const auto alerted = open({.assignee = pekka_});
    const auto idle = open({.is_waiting = false});
    raise_alert(alerted);
    const auto answer =
        bulk(as_lead_, {waiting.str(), alerted.str(), idle.str()}, R"("action": "resolve", "reason": "spam")");
    EXPECT_EQ(statuses(answer), "200 200 200");
    EXPECT_EQ(outcome_of(waiting.promise), "waived");
    EXPECT_EQ(outcome_of(alerted.promise), "waived");
    for (const auto& id : {waiting.id, alerted.id, idle.id}) {
        const auto c = load(id);
        EXPECT_EQ(c.state, State::resolved);
        EXPECT_FALSE(c.waiting_since || c.owed || c.rank_at);
    }
    EXPECT_EQ(look_one({"test_firing", "SELECT count(*) FROM alert WHERE state < 2"}), "0");
    EXPECT_EQ(load_of(maija_) + load_of(pekka_), 0);
    EXPECT_EQ(drains(), 1) << "one for all of them";
    EXPECT_EQ(look_one({"test_by", "SELECT count(*) FROM promise WHERE settled_agent_id = $1"},
                       pqxx::params{to_string(liisa_)}),
              "2");
    constexpr Query kAlertEvent{"test_alert_event",
                                "SELECT conversation_id::text FROM event WHERE type = 'alert.resolved'"};
    EXPECT_EQ(look_one(kAlertEvent), alerted.str());
    constexpr Query kReasons{"test_reasons", "SELECT count(*) FROM event WHERE data->>'reason' = 'spam'"};
    EXPECT_EQ(look_one(kReasons), "2") << "nobody waited in the third";
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Bulk, TheWordsInAConversationOutliveItsWait) {
    const auto opened = open({.assignee = maija_});
    look(
        {"test_word",
         "INSERT INTO promise (account_id, id, conversation_id, kind, channel_id, waiting_since, opened_at, due_at)"
         " SELECT account_id, gen_random_uuid(), conversation_id, 4, channel_id, now(), now(), now() + interval '1 day'"
         " FROM promise"});
    const auto other = open({.assignee = maija_});
    EXPECT_EQ(statuses(bulk(as_maija_, {opened.str(), other.str()}, R"("action": "resolve")")), "200 200");
    ASSERT_TRUE(load(opened.id).owed);
    EXPECT_EQ(load(opened.id).owed->kind, 4);
    EXPECT_FALSE(load(other.id).owed);
}

TEST_F(Bulk, AssignsOnlyWhatOneMayGive) {
    const auto own = open({.assignee = maija_});
    const auto colleagues = open({.assignee = pekka_});
    const auto nobodys = open();
    const std::vector<std::string> all{own.str(), colleagues.str(), nobodys.str()};
    EXPECT_EQ(statuses(bulk(as_maija_, all, R"("action": "assign", "agent_id": null)")), "200 403 200");
    EXPECT_TRUE(load(own.id).passed_on);
    EXPECT_EQ(load(colleagues.id).assignee, pekka_);
    const auto give = R"("action": "assign", "agent_id": ")" + to_string(maija_) + "\"";
    EXPECT_EQ(statuses(bulk(as_lead_, all, give)), "200 200 200");
    EXPECT_EQ(load_of(maija_), 3);
    EXPECT_EQ(load_of(pekka_), 0);
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Bulk, SnoozesAndReopens) {
    const auto ids = open_many(3, {.assignee = maija_});
    const auto until = to_rfc3339(now() + 1h);
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "snooze", "until": ")" + until + "\"")), "200 200 200");
    EXPECT_EQ(look_one({"test_timers", "SELECT count(*) FROM timer WHERE kind = 0"}), "3");
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE name = 'Maija'"});
    EXPECT_EQ(statuses(bulk(as_lead_, ids, R"("action": "reopen")")), "200 200 200");
    EXPECT_EQ(look_one({"test_timers", "SELECT count(*) FROM timer WHERE kind = 0"}), "0");
    EXPECT_EQ(look_one({"test_whose", "SELECT count(*) FROM conversation WHERE assignee_id IS NULL AND state = 0"}),
              "3")
        << "who was disabled gets nothing back";
    EXPECT_EQ(look_one({"test_wakes", "SELECT count(*) FROM inbound WHERE kind = 2"}), "3") << "each is looked at";
}

TEST_F(Bulk, TransfersWithWhatIsOwed) {
    const auto ids = open_many(2, {.assignee = maija_});
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "transfer", "team_id": ")" + to_string(sales_) + "\"")),
              "200 200");
    EXPECT_EQ(look_one({"test_owing", "SELECT count(*) FROM promise WHERE owing_team_id = $1"},
                       pqxx::params{to_string(sales_)}),
              "2");
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_THAT(event_types(), Each("conversation.transferred"));
}

TEST_F(Bulk, TagsAndUntags) {
    const auto ids = open_many(2);
    EXPECT_EQ(statuses(bulk(as_maija_, {ids[0]}, R"("action": "tag", "tags": ["vip"])")), "200");
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "tag", "tags": ["outage", "vip"])")), "200 200");
    const auto one = *parse_id<ConversationId>(ids[0]);
    EXPECT_THAT(load(one).tags, ElementsAre("vip", "outage")) << "what it has stays in its place";
    const auto before = event_types().size();
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "tag", "tags": ["vip"])")), "200 200");
    EXPECT_EQ(event_types().size(), before) << "nothing changed";
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "untag", "tags": ["outage", "other"])")), "200 200");
    EXPECT_THAT(load(one).tags, ElementsAre("vip"));
    look({"test_full",
          "UPDATE conversation SET tags = array(SELECT n::text FROM generate_series(1, 50) n) WHERE id = $1"},
         pqxx::params{ids[0]});
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "tag", "tags": ["one more"])")), "409 200");
    EXPECT_EQ(statuses(bulk(as_maija_, ids, R"("action": "priority", "priority": "urgent")")), "200 200");
    EXPECT_EQ(load(one).priority, desk::conversation::Priority::urgent);
}

TEST_F(Bulk, RefusesWhatItDoesNotTakeByItsField) {
    const auto id = open().str();
    const auto wrong = [&](const std::vector<std::string>& ids, const std::string& what) {
        return wrong_fields(bulk(as_lead_, ids, what));
    };
    EXPECT_EQ(wrong({}, R"("action": "pending")"), "/ids ");
    EXPECT_EQ(wrong({id, id}, R"("action": "pending")"), "/ids ");
    EXPECT_EQ(wrong({"x"}, R"("action": "pending")"), "/ids/0 ");
    EXPECT_EQ(wrong({id}, R"("action": "delete")"), "/action ");
    EXPECT_EQ(wrong({id}, R"("action": "pending", "tags": ["x"])"), "/tags ") << "another action's";
    EXPECT_EQ(wrong({id}, R"("action": "tag", "tags": [])"), "/tags ");
    EXPECT_EQ(wrong({id}, R"("action": "tag")"), "/tags ");
    EXPECT_EQ(wrong({id}, R"("action": "snooze", "until": "2020-01-01T00:00:00Z")"), "/until ");
    EXPECT_EQ(wrong({id}, R"("action": "assign")"), "/agent_id ");
    EXPECT_EQ(wrong({id}, R"("action": "assign", "agent_id": ")" + id + "\""), "/agent_id ");
    EXPECT_EQ(wrong({id}, R"("action": "transfer", "team_id": ")" + id + "\""), "/team_id ");
    EXPECT_EQ(wrong({id}, R"("action": "priority")"), "/priority ");
    EXPECT_EQ(wrong_fields(call(handle_bulk, as_lead_, "", R"({"action": "pending"})")), "/ids ");
    EXPECT_EQ(wrong_fields(call(handle_bulk, as_lead_, "", R"({"ids": null, "action": "pending"})")), "/ids ");
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(Bulk, TakesTwoHundredAndNotOneMore) {
    auto ids = open_many(200, {.assignee = maija_});
    const auto answer = bulk(as_maija_, ids, R"("action": "resolve")");
    EXPECT_EQ(read(answer)["results"].size(), 200u);
    EXPECT_EQ(look_one({"test_waived", "SELECT count(*) FROM promise WHERE outcome = 4"}), "200");
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_THAT(recount(), IsEmpty());
    ids.push_back(to_string(ConversationId::make()));
    EXPECT_EQ(bulk(as_maija_, ids, R"("action": "reopen")").error().code, Errc::too_large);
}

TEST_F(Bulk, TwoAtOnceInOppositeOrderBothSucceed) {
    auto ids = open_many(20, {.assignee = maija_});
    auto backwards = std::vector<std::string>(ids.rbegin(), ids.rend());
    for (int round = 0; round < 5; ++round) {
        const auto run = [&](const std::vector<std::string>& which, const std::string& what) {
            return bulk(as_lead_, which, what);
        };
        auto one = std::async(std::launch::async, run, ids, R"("action": "resolve")");
        const auto other = run(backwards, R"("action": "reopen")");
        const auto first = one.get();
        ASSERT_TRUE(first.has_value() && other.has_value());
        EXPECT_THAT(recount(), IsEmpty());
    }
}

}  // namespace
}  // namespace lupaus::inbox
