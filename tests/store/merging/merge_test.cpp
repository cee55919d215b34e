// One conversation becomes part of another.
#include "services/desk/attention/store.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/inbox/attention.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

#include <future>

namespace lupaus::inbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr Query kTexts{"test_texts", "SELECT text FROM message WHERE conversation_id = $1 ORDER BY ordered_at, seq"};
constexpr Query kStray{"test_stray",
                       "SELECT (SELECT count(*) FROM message WHERE conversation_id = $1)"
                       " + (SELECT count(*) FROM delivery WHERE conversation_id = $1)"
                       " + (SELECT count(*) FROM alert WHERE conversation_id = $1 AND state < 2)"
                       " + (SELECT count(*) FROM promise WHERE conversation_id = $1 AND settled_at IS NULL)"};

class Merges : public ConversationTest {
protected:
    Opened same_customer(const Opened& other, Opening opening = {}) {
        opening.contact = load(other.id).contact;
        return open(opening);
    }

    Result<Answer> merge(const Opened& source, const Opened& target) {
        return call(handle_merge_conversation, as_maija_, source.str(), R"({"into":")" + target.str() + R"("})");
    }

    void merge_well(const Opened& source, const Opened& target) {
        const auto merged = merge(source, target);
        ASSERT_TRUE(merged.has_value()) << merged.error().detail;
    }

    std::vector<std::string> texts(const Opened& conversation) {
        std::vector<std::string> found;
        for (const auto& row : look(kTexts, pqxx::params{conversation.str()})) {
            found.push_back(row[0].as<std::string>());
        }
        return found;
    }

    MessageId reply(const Opened& conversation, const std::string& more = "") {
        const auto said = call(handle_post_message, as_maija_, conversation.str(), R"({"text":"Ready.")" + more + "}");
        EXPECT_TRUE(said.has_value()) << said.error().detail;
        return parse_id<MessageId>(text::parse_json(said->body).value().at("id").get<std::string>()).value();
    }

    std::string promise_column(PromiseId promise, const std::string& column) {
        const std::string statement = "SELECT " + column + " FROM promise WHERE id = $1";
        return look_one({"test_promise_" + std::to_string(++asked_), statement}, pqxx::params{to_string(promise)});
    }

    int asked_ = 0;
};

TEST_F(Merges, EveryMessageIsInTheOtherInItsOrder) {
    const auto target = open({.text = "1", .ago = 4h});
    const auto source = same_customer(target, {.text = "2", .ago = 3h});
    write(target.id, "3", 2h);
    write(source.id, "4", 1h);
    call(handle_post_message, as_maija_, source.str(), R"({"text":"5","kind":"note"})").value();
    merge_well(source, target);
    EXPECT_THAT(texts(target), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(texts(source), IsEmpty());
    EXPECT_EQ(look_one(kStray, pqxx::params{source.str()}), "0");
    const auto left = load(source.id);
    EXPECT_EQ(left.state, State::resolved);
    EXPECT_EQ(left.merged_into, target.id);
    EXPECT_EQ(load(target.id).last_message_at, std::max(load(target.id).last_message_at, left.last_message_at));
}

TEST_F(Merges, TheOlderWaitOfTheSourceGoesOn) {
    support::make_policy(desk_.database, account_, {.target = 1h});
    const auto source = open({.ago = 3h});
    const auto target = same_customer(source, {.ago = 10min});
    const auto was = load(source.id);
    const auto alert = raise_alert(source);
    const auto ended = raise_alert(target);
    merge_well(source, target);
    const auto after = load(target.id);
    EXPECT_EQ(after.waiting_since, was.waiting_since);
    ASSERT_TRUE(after.owed);
    EXPECT_EQ(after.owed->id, source.promise);
    EXPECT_EQ(after.owed->opened_at, was.owed->opened_at);
    EXPECT_EQ(after.owed->due_at, was.owed->due_at);
    EXPECT_EQ(after.rank_at, was.rank_at);
    EXPECT_EQ(promise_column(source.promise, "conversation_id"), target.str());
    EXPECT_EQ(outcome_of(source.promise), "open");
    EXPECT_EQ(outcome_of(target.promise), "withdrawn");
    constexpr Query kAlert{"test_alert", "SELECT state || ' ' || conversation_id FROM alert WHERE id = $1"};
    EXPECT_EQ(look_one(kAlert, pqxx::params{to_string(alert)}), "0 " + target.str());
    EXPECT_EQ(look_one(kAlert, pqxx::params{to_string(ended)}), "3 " + target.str());
    EXPECT_FALSE(load(source.id).waiting_since || load(source.id).owed || load(source.id).rank_at);
    reply(target);
    EXPECT_EQ(outcome_of(source.promise), "late");
    EXPECT_EQ(look_one(kAlert, pqxx::params{to_string(alert)}), "3 " + target.str());
}

TEST_F(Merges, TheOlderWaitOfTheTargetStays) {
    const auto target = open({.ago = 3h});
    const auto source = same_customer(target, {.ago = 10min});
    const auto was = load(target.id);
    merge_well(source, target);
    EXPECT_EQ(load(target.id).waiting_since, was.waiting_since);
    EXPECT_EQ(load(target.id).owed->id, target.promise);
    EXPECT_EQ(outcome_of(source.promise), "withdrawn");
    EXPECT_THAT(event_types(), Contains("promise.settled"));
    EXPECT_THAT(event_types(), Not(Contains("promise.moved")));
}

TEST_F(Merges, WhereOnlyTheSourceWaitsItsWaitGoesOn) {
    const auto target = open({.state = State::resolved, .is_waiting = false});
    const auto source = same_customer(target, {.ago = 1h});
    const auto since = load(source.id).waiting_since;
    merge_well(source, target);
    const auto after = load(target.id);
    EXPECT_EQ(after.state, State::open);
    EXPECT_FALSE(after.resolved_at);
    EXPECT_EQ(after.waiting_since, since);
    EXPECT_EQ(after.owed->id, source.promise);
    EXPECT_EQ(outcome_of(source.promise), "open");
    EXPECT_EQ(event_data("promise.moved").at("conversation").at("id"), target.str());
    EXPECT_GT(drains(), 0) << "it is offered";
}

// Nobody was able to take it, perhaps; the wait that came may be another's to take.
TEST_F(Merges, AWaitThatComesIsOfferedToo) {
    support::make_policy(desk_.database, account_, {.target = 1h});
    const auto target = open({.ago = 10min});
    const auto source = same_customer(target, {.ago = 3h});
    merge_well(source, target);
    constexpr Query kWoken{"test_woken", "SELECT count(*) FROM inbound WHERE kind = 2 AND subject_id = $1"};
    EXPECT_EQ(look_one(kWoken, pqxx::params{target.str()}), "1");
    merge_well(same_customer(target, {.is_waiting = false}), target);
    EXPECT_EQ(look_one(kWoken, pqxx::params{target.str()}), "1") << "nothing came that anybody owes";
}

TEST_F(Merges, WhatABotHasIsTakenFromItFirst) {
    for (const bool is_source : {true, false}) {
        const auto target = open({.ago = 1h, .is_waiting = false});
        const auto source = same_customer(target, {.ago = 1h, .is_waiting = false});
        const auto& held = is_source ? source : target;
        look({"test_hold",
              "UPDATE conversation SET bot_token_id = $2, bot_asked_at = last_message_at, waiting_since = "
              "last_message_at WHERE id = $1"},
             pqxx::params{held.str(), to_string(as_program_.token)});
        merge_well(source, target);
        EXPECT_EQ(event_data("conversation.handed_over").at("conversation").at("id"), held.str());
        EXPECT_TRUE(load(target.id).bot.is_nil());
        EXPECT_TRUE(load(source.id).bot.is_nil());
        EXPECT_TRUE(load(target.id).owed) << "a person owes the reply now";
    }
}

TEST_F(Merges, GivenWordsMoveAlong) {
    const auto target = open({.is_waiting = false});
    const auto source = same_customer(target, {.team = sales_, .is_waiting = false});
    const auto due = to_rfc3339(now() + 24h);
    const auto given =
        call(handle_give_word, as_maija_, "",
             R"({"conversation_id":")" + source.str() + R"(","text":"The lamp","due_at":")" + due + R"("})");
    ASSERT_TRUE(given.has_value()) << given.error().detail;
    const auto word = text::parse_json(given->body).value().at("id").get<std::string>();
    merge_well(source, target);
    EXPECT_EQ(to_string(load(target.id).owed->id), word);
    EXPECT_FALSE(load(source.id).owed);
    const auto id = parse_id<PromiseId>(word).value();
    EXPECT_EQ(promise_column(id, "owing_team_id"), to_string(team_));
    EXPECT_TRUE(call(handle_keep_promise, as_maija_, word).has_value());
    EXPECT_FALSE(load(target.id).owed);
}

TEST_F(Merges, TheSourcesAgentHasRoomAgain) {
    const auto target = open({.assignee = pekka_});
    const auto source = same_customer(target, {.assignee = maija_, .weight = 3});
    ASSERT_EQ(load_of(maija_), 3);
    merge_well(source, target);
    EXPECT_EQ(load_of(maija_), 0);
    EXPECT_EQ(load_of(pekka_), 1);
    EXPECT_EQ(load(target.id).assignee, pekka_);
    EXPECT_TRUE(load(source.id).assignee.is_nil());
    EXPECT_THAT(recount(), IsEmpty());
    EXPECT_EQ(
        look_one({"test_wrap_up", "SELECT resolved_at FROM agent WHERE id = $1"}, pqxx::params{to_string(maija_)}),
        "null")
        << "a merge is no resolution of hers";
    EXPECT_EQ(drains(), 1) << "somebody has room now";
}

TEST_F(Merges, AWokenTargetCostsItsAgentAgain) {
    const auto target = open({.assignee = pekka_, .state = State::pending, .is_waiting = false});
    const auto source = same_customer(target, {.assignee = maija_});
    merge_well(source, target);
    EXPECT_EQ(load(target.id).state, State::open);
    EXPECT_EQ(load_of(pekka_), 1);
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Merges, AWaitDoesNotGoToAnAgentWhoIsOffline) {
    const auto away =
        support::make_agent(desk_.database, account_, {.name = "Onni", .teams = {team_}, .online = false});
    const auto target = open({.assignee = away, .is_waiting = false});
    const auto source = same_customer(target, {.assignee = maija_});
    merge_well(source, target);
    EXPECT_TRUE(load(target.id).assignee.is_nil());
    EXPECT_EQ(load(target.id).previous_agent, away);
    EXPECT_EQ(load_of(away), 0);
    EXPECT_THAT(event_types(), Contains("conversation.unassigned"));
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Merges, TagsAreUnitedAsFarAsTheyMayBe) {
    const auto target = open();
    const auto source = same_customer(target);
    call(handle_edit_conversation, as_maija_, target.str(), R"({"tags":["a","b"]})").value();
    call(handle_edit_conversation, as_maija_, source.str(), R"({"tags":["b","c"]})").value();
    std::string many;
    for (int i = 0; i < 48; ++i) {
        many += (i == 0 ? "\"t" : ",\"t") + std::to_string(i) + "\"";
    }
    const auto third = same_customer(target);
    call(handle_edit_conversation, as_maija_, third.str(), R"({"tags":[)" + many + "]}").value();
    merge_well(source, target);
    EXPECT_THAT(load(target.id).tags, ElementsAre("a", "b", "c"));
    EXPECT_EQ(merge(third, target).error().code, Errc::conflict);
    EXPECT_THAT(load(target.id).tags, ElementsAre("a", "b", "c"));
}

TEST_F(Merges, DraftsAndMarkersAreWhatTheyWereTogether) {
    const auto target = open();
    const auto source = same_customer(target);
    const auto draft = [this](const Principal& who, const Opened& where, const std::string& text) {
        ASSERT_TRUE(call(handle_put_draft, who, where.str(), R"({"text":")" + text + R"("})").has_value());
    };
    draft(as_maija_, source, "moves");
    draft(as_pekka_, source, "stays");
    draft(as_pekka_, target, "here");
    const auto read = [this](const Principal& who, const Opened& where) {
        const auto body = R"({"message_id":")" + to_string(where.message) + R"("})";
        ASSERT_TRUE(call(handle_mark_read, who, where.str(), body).has_value());
    };
    read(as_maija_, source);
    read(as_maija_, target);
    read(as_pekka_, target);
    merge_well(source, target);
    const auto draft_of = [this](const Principal& who, const Opened& where) {
        const auto found = call(handle_get_draft, who, where.str());
        return found ? text::parse_json(found->body).value().at("text").get<std::string>() : "";
    };
    EXPECT_EQ(draft_of(as_maija_, target), "moves");
    EXPECT_EQ(draft_of(as_maija_, source), "");
    EXPECT_EQ(draft_of(as_pekka_, target), "here");
    EXPECT_EQ(draft_of(as_pekka_, source), "stays") << "nobody's words are lost";
    const auto is_unread = [this, &target](const Principal& who) {
        const auto found = call(handle_get_conversation, who, target.str()).value();
        return text::parse_json(found.body).value().at("unread").get<bool>();
    };
    EXPECT_FALSE(is_unread(as_maija_)) << "she has read both";
    EXPECT_TRUE(is_unread(as_pekka_)) << "he never read the other one";
}

// Who has read the target to its end has not seen what came into it.
TEST_F(Merges, WhatCameInIsMissed) {
    const auto target = open({.ago = 1min});
    const auto source = same_customer(target, {.text = "Earlier", .ago = 1h});
    merge_well(source, target);
    const auto body = R"({"text":"Ready.","after":")" + to_string(target.message) + R"("})";
    const auto missed = call(handle_post_message, as_maija_, target.str(), body);
    ASSERT_FALSE(missed.has_value());
    EXPECT_EQ(missed.error().code, Errc::conflict);
    EXPECT_THAT(missed.error().extension, HasSubstr("Earlier"));
    reply(target, R"(,"after":")" + to_string(source.message) + R"(")");
    EXPECT_FALSE(load(target.id).waiting_since) << "one reply answers both";
}

TEST_F(Merges, NothingIsDoneToWhatWasMergedAway) {
    const auto target = open();
    const auto source = same_customer(target);
    merge_well(source, target);
    const auto refused = [&](const Result<Answer>& answer) {
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().code, Errc::conflict);
        EXPECT_EQ(answer.error().extension, R"({"merged_into":")" + target.str() + R"("})");
    };
    refused(call(handle_post_message, as_maija_, source.str(), R"({"text":"Hei"})"));
    refused(call(handle_post_message, as_maija_, source.str(), R"({"text":"Hei","kind":"note"})"));
    refused(call(handle_edit_conversation, as_maija_, source.str(), R"({"subject":"Hei"})"));
    refused(call(handle_put_draft, as_maija_, source.str(), R"({"text":"Hei"})"));
    const auto read = R"({"message_id":")" + to_string(source.message) + R"("})";
    refused(call(handle_mark_read, as_maija_, source.str(), read));
    const auto word =
        R"({"conversation_id":")" + source.str() + R"(","text":"x","due_at":")" + to_rfc3339(now() + 1h) + R"("})";
    refused(call(handle_give_word, as_maija_, "", word));
    for (const auto handle : {handle_claim, handle_pending, handle_resolve, handle_reopen, handle_handoff}) {
        refused(call(handle, as_maija_, source.str()));
    }
    refused(call(handle_assign, as_maija_, source.str(), R"({"agent_id":null})"));
    refused(call(handle_transfer, as_maija_, source.str(), R"({"team_id":")" + to_string(sales_) + R"("})"));
    refused(call(handle_answered, as_maija_, source.str(), R"({"how":"phone"})"));
    refused(call(handle_waive, as_maija_, source.str(), R"({"reason":"thanks"})"));
    const auto until = R"({"until":")" + to_rfc3339(now() + 1h) + R"("})";
    refused(call(handle_snooze, as_maija_, source.str(), until));
    refused(merge(source, target));
    refused(merge(target, source));
    const auto bulk =
        call(handle_bulk, as_maija_, "", R"({"ids":[")" + source.str() + R"("],"action":"reopen"})").value();
    EXPECT_THAT(bulk.body, HasSubstr(R"("status":409)"));
    EXPECT_THAT(bulk.body, HasSubstr(R"("merged_into":")" + target.str() + "\""));
    EXPECT_EQ(load(source.id).state, State::resolved);
}

TEST_F(Merges, WhatLedToTheSourceLeadsToTheTarget) {
    const auto first = open();
    const auto second = same_customer(first);
    const auto third = same_customer(first);
    merge_well(first, second);
    merge_well(second, third);
    EXPECT_EQ(load(first.id).merged_into, third.id);
    EXPECT_EQ(load(second.id).merged_into, third.id);
    EXPECT_EQ(texts(third).size(), 3u);
    constexpr Query kTold{"test_told_of_first",
                          "SELECT data->'conversation'->>'merged_into' FROM event WHERE type = 'conversation.merged'"
                          " AND data->'conversation'->>'id' = $1 ORDER BY seq DESC LIMIT 1"};
    EXPECT_EQ(look_one(kTold, pqxx::params{first.str()}), third.str()) << "whoever follows the first one is told, too";
}

TEST_F(Merges, OthersAreRefused) {
    const auto target = open();
    const auto stranger = open();
    EXPECT_EQ(merge(stranger, target).error().code, Errc::conflict);
    EXPECT_EQ(merge(target, target).error().code, Errc::invalid);
    const auto nowhere = Opened{.id = ConversationId::make(), .message = {}, .promise = {}};
    EXPECT_EQ(merge(nowhere, target).error().code, Errc::not_found);
    EXPECT_EQ(merge(target, nowhere).error().code, Errc::invalid);
    EXPECT_EQ(texts(target).size(), 1u);
    EXPECT_THAT(event_types(), IsEmpty());
}

TEST_F(Merges, TooManyMessagesAreRefused) {
    const auto target = open();
    const auto source = same_customer(target);
    constexpr Query kFill{"test_fill",
                          "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, "
                          "author_type, created_at) SELECT account_id, gen_random_uuid(), id, n, now(), 1, 1, 1, now() "
                          "FROM conversation, generate_series(1, $2::int) n WHERE id = $1"};
    look(kFill, pqxx::params{source.str(), limits::kMergeMessagesMax});
    const auto refused = merge(source, target);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("10000 messages"));
    look({"test_take_one", "DELETE FROM message WHERE id = (SELECT id FROM message WHERE kind = 1 LIMIT 1)"});
    merge_well(source, target);
    EXPECT_EQ(texts(target).size(), 10'001u);
}

TEST_F(Merges, TooManyThatLeadToItAreRefused) {
    const auto target = open();
    const auto source = same_customer(target);
    std::string earlier = "{";
    for (int i = 0; i <= limits::kMergedMax; ++i) {
        earlier += (i == 0 ? "" : ",") + same_customer(target, {.is_waiting = false}).str();
    }
    look({"test_lead", "UPDATE conversation SET merged_into = $1, state = 3 WHERE id = ANY ($2::uuid[])"},
         pqxx::params{source.str(), earlier + "}"});
    const auto refused = merge(source, target);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("100 others"));
    look({"test_part",
          "UPDATE conversation SET merged_into = NULL WHERE id = (SELECT id FROM conversation WHERE merged_into = $1 "
          "LIMIT 1)"},
         pqxx::params{source.str()});
    merge_well(source, target);
    EXPECT_EQ(
        look_one({"test_led", "SELECT count(*) FROM conversation WHERE merged_into = $1"}, pqxx::params{target.str()}),
        std::to_string(limits::kMergedMax + 1));
}

TEST_F(Merges, WhatWasReadLastIsStillReadLast) {
    const auto target = open({.ago = 1min});
    const auto source = same_customer(target, {.text = "First", .ago = 1h});
    const auto last = write(source.id, "Second", 30min);
    merge_well(source, target);
    reply(target, R"(,"after":")" + to_string(last) + R"(")");
    EXPECT_FALSE(load(target.id).waiting_since) << "nothing of it was missed";
}

// However early it was visible there: here it is new.
TEST_F(Merges, WhatCameInIsMissedThoughItIsOlder) {
    const auto source = open({.text = "Earlier", .ago = 1h});
    const auto target = same_customer(source, {.ago = 1min});
    merge_well(source, target);
    const auto body = R"({"text":"Ready.","after":")" + to_string(target.message) + R"("})";
    const auto missed = call(handle_post_message, as_maija_, target.str(), body);
    ASSERT_FALSE(missed.has_value());
    EXPECT_THAT(missed.error().extension, HasSubstr("Earlier"));
}

// A reply that was refused answers only a part of the wait when it arrives after all.
TEST_F(Merges, AWaitOfBothEndsWithNoLateReplyToOne) {
    for (const bool is_waiting : {true, false}) {
        const auto source = open({.ago = 3h});
        const auto said = reply(source);
        const auto refuse = [&](Tx& tx) { return desk::promise::reopen_undelivered(tx, account_, said); };
        const auto reopened = desk_.database.as_worker({account_}, refuse);
        ASSERT_TRUE(reopened);
        const auto target = same_customer(source, {.ago = 10min, .is_waiting = is_waiting});
        merge_well(source, target);
        EXPECT_EQ(load(target.id).owed->id, reopened->promise.id);
        constexpr Query kFrom{"test_reopened_from", "SELECT reopened_from FROM promise WHERE id = $1"};
        EXPECT_EQ(look_one(kFrom, pqxx::params{to_string(reopened->promise.id)}),
                  is_waiting ? "null" : to_string(source.promise));
    }
}

TEST_F(Merges, MessagesRememberAnotherChannel) {
    const auto target = open();
    const auto own = channel_.id;
    channel_ = support::make_channel(desk_.database, account_, {.team = team_});
    const auto source = same_customer(target);
    const auto channel_of = [this](const Opened& conversation) {
        return look_one({"test_channel", "SELECT channel_id FROM message WHERE id = $1"},
                        pqxx::params{to_string(conversation.message)});
    };
    merge_well(source, target);
    EXPECT_EQ(channel_of(source), to_string(channel_.id));
    EXPECT_EQ(channel_of(target), "null");
    const auto third = same_customer(target);
    merge_well(target, third);
    EXPECT_EQ(channel_of(source), "null") << "this one is of that channel itself";
    EXPECT_EQ(channel_of(target), to_string(own));
}

TEST_F(Merges, MentionsComeAlong) {
    const auto target = open();
    const auto source = same_customer(target);
    const auto elsewhere = open();
    const auto body = R"({"text":"Look","kind":"note","mentions":[")" + to_string(pekka_) + R"("]})";
    ASSERT_TRUE(call(handle_post_message, as_maija_, source.str(), body).has_value());
    ASSERT_TRUE(call(handle_post_message, as_maija_, elsewhere.str(), body).has_value());
    merge_well(source, target);
    constexpr Query kMentions{"test_mentions", "SELECT conversation_id FROM mention ORDER BY said_at"};
    const auto rows = look(kMentions);
    ASSERT_EQ(rows.size(), 2);
    EXPECT_EQ(rows[0][0].as<std::string>(), target.str());
    EXPECT_EQ(rows[1][0].as<std::string>(), elsewhere.str());
}

TEST_F(Merges, WhoHasReadAPartHasReadNoMore) {
    const auto target = open({.ago = 4h});
    const auto source = same_customer(target, {.ago = 3h});
    const auto last_there = write(target.id, "3", 2h);
    const auto last_here = write(source.id, "4", 1h);
    const auto read = [this](const Principal& who, const Opened& where, MessageId message) {
        const auto body = R"({"message_id":")" + to_string(message) + R"("})";
        ASSERT_TRUE(call(handle_mark_read, who, where.str(), body).has_value());
    };
    read(as_maija_, source, last_here);
    read(as_maija_, target, target.message);
    read(as_pekka_, source, source.message);
    read(as_pekka_, target, last_there);
    read(as_lead_, source, last_here);
    read(as_lead_, target, last_there);
    merge_well(source, target);
    const auto read_to = [this](AgentId agent) {
        return look_one({"test_read",
                         "SELECT m.text FROM attention a JOIN message m ON m.ordered_at = a.read_to "
                         "WHERE a.agent_id = $1 AND a.conversation_id = m.conversation_id"},
                        pqxx::params{to_string(agent)});
    };
    EXPECT_EQ(read_to(maija_), "Hei!") << "the target's first one";
    EXPECT_EQ(read_to(pekka_), "Hei!") << "the source's first one";
    EXPECT_EQ(read_to(liisa_), "4");
}

TEST_F(Merges, FiftyTagsTogetherFit) {
    const auto target = open();
    const auto source = same_customer(target);
    const auto tag = [this](const Opened& conversation, const std::string& prefix, int count) {
        std::string tags;
        for (int i = 0; i < count; ++i) {
            tags += (i == 0 ? "\"" : ",\"") + prefix + std::to_string(i) + "\"";
        }
        call(handle_edit_conversation, as_maija_, conversation.str(), R"({"tags":[)" + tags + "]}").value();
    };
    tag(target, "t", 20);
    tag(source, "s", 30);
    merge_well(source, target);
    EXPECT_EQ(load(target.id).tags.size(), limits::kTagsMax);
}

TEST_F(Merges, TooManyWordsAreRefused) {
    const auto target = open({.is_waiting = false});
    const auto source = same_customer(target, {.is_waiting = false});
    const auto give = [this](const Opened& to) {
        const auto due = to_rfc3339(now() + 24h);
        const auto body = R"({"conversation_id":")" + to.str() + R"(","text":"The lamp","due_at":")" + due + R"("})";
        return read(call(handle_give_word, as_maija_, "", body)).at("id").get<std::string>();
    };
    for (int i = 0; i < limits::kWordsMax / 2; ++i) {
        give(target);
        give(source);
    }
    const auto last = give(source);
    const auto refused = merge(source, target);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("50 open promises"));
    ASSERT_TRUE(call(handle_keep_promise, as_maija_, last).has_value());
    merge_well(source, target);
}

TEST_F(Merges, AWokenTargetStaysWithItsAgentUnlessTheyAreDisabled) {
    const auto away =
        support::make_agent(desk_.database, account_, {.name = "Onni", .teams = {team_}, .online = false});
    const auto kept = open({.assignee = away, .state = State::pending, .is_waiting = false});
    merge_well(same_customer(kept, {.is_waiting = false}), kept);
    EXPECT_EQ(load(kept.id).assignee, away) << "nobody waits for them";
    const auto lost = open({.assignee = pekka_, .state = State::pending, .is_waiting = false});
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE id = $1"}, pqxx::params{to_string(pekka_)});
    merge_well(same_customer(lost, {.is_waiting = false}), lost);
    EXPECT_TRUE(load(lost.id).assignee.is_nil());
}

TEST_F(Merges, AlertsMoveAndAreAnotherVersion) {
    const auto source = open({.ago = 3h});
    const auto target = same_customer(source, {.ago = 10min});
    const auto alert = raise_alert(source);
    look({"test_acknowledge", "UPDATE alert SET state = 1 WHERE id = $1"}, pqxx::params{to_string(alert)});
    look(
        {"test_nobody",
         "INSERT INTO alert (account_id, id, kind, level, subject_id, conversation_id, recipient_type, state, "
         "raised_at,"
         " noticed_at) SELECT account_id, gen_random_uuid(), 2, 0, conversation_id, conversation_id, recipient_type, 0,"
         " raised_at, noticed_at FROM alert WHERE id = $1"},
        pqxx::params{to_string(alert)});
    merge_well(source, target);
    constexpr Query kWhere{"test_where", "SELECT conversation_id || ' ' || version FROM alert WHERE id = $1"};
    EXPECT_EQ(look_one(kWhere, pqxx::params{to_string(alert)}), target.str() + " 2");
    EXPECT_EQ(look_one({"test_unassignable", "SELECT conversation_id FROM alert WHERE kind = 2"}), source.str())
        << "it speaks of that conversation alone";
}

TEST_F(Merges, OfTwoThatMeetOneWins) {
    for (int round = 0; round < 10; ++round) {
        const auto one = open();
        const auto other = same_customer(one);
        auto there = std::async(std::launch::async, [&] { return merge(one, other); });
        const auto back = merge(other, one);
        const auto forth = there.get();
        ASSERT_NE(back.has_value(), forth.has_value());
        EXPECT_EQ((back ? forth : back).error().code, Errc::conflict);
        EXPECT_EQ(texts(one).size() + texts(other).size(), 2u);
        EXPECT_EQ(texts(back ? one : other).size(), 2u);
    }
}

TEST_F(Merges, BothAreTold) {
    const auto target = open();
    const auto source = same_customer(target);
    merge_well(source, target);
    std::vector<std::string> told;
    for (const auto& row :
         look({"test_told", "SELECT data::text FROM event WHERE type = 'conversation.merged' ORDER BY seq"})) {
        const auto data = text::parse_json(row[0].as<std::string>()).value();
        told.push_back(data.at("conversation").at("id").get<std::string>() + " " +
                       data.at("conversation").at("merged_into").dump() + " " +
                       (data.contains("merged_from") ? data.at("merged_from").get<std::string>() : ""));
    }
    EXPECT_THAT(told, testing::UnorderedElementsAre(source.str() + " \"" + target.str() + "\" ",
                                                    target.str() + " null " + source.str()));
}

}  // namespace
}  // namespace lupaus::inbox
