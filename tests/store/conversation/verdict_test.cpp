// What agents judge and take back: which messages a verdict is about, and what is owed when they count again.
#include "services/desk/agent/presence.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;
using desk::promise::Kind;

constexpr Query kVerdicts{"test_verdicts",
                          "SELECT string_agg(coalesce(verdict::text, '-'), '' ORDER BY ordered_at, seq) FROM message "
                          "WHERE conversation_id = $1 AND direction = 0"};
constexpr Query kJudge{"test_judge", "UPDATE message SET verdict = $2, verdict_rule = 'test' WHERE id = $1"};
constexpr Query kHistory{"test_history", "UPDATE message SET history = true WHERE id = $1"};
constexpr Query kTakeBack{"test_take_back", "UPDATE message SET deleted_at = now() WHERE id = $1"};
constexpr int kSpam = 0;
constexpr int kAutomatic = 1;

class Verdicts : public ConversationTest {
protected:
    Result<Answer> spam(const Opened& opened) { return call(handle_mark_spam, as_maija_, opened.str()); }

    void not_spam(const Opened& opened) {
        const auto answer = call(handle_mark_not_spam, as_maija_, opened.str());
        ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    }

    Result<Answer> treat(const Opened& opened, MessageId message) {
        return ask(desk_, handle_treat_as_person,
                   {.principal = as_maija_, .id = opened.str(), .message_id = to_string(message)});
    }

    MessageId reply(const Opened& opened, const std::string& more = "") {
        const auto said = read(call(handle_post_message, as_maija_, opened.str(), R"({"text":"Ready.")" + more + "}"));
        return parse_id<MessageId>(said.at("id").get<std::string>()).value();
    }

    void judge(MessageId message, int verdict) { look(kJudge, pqxx::params{to_string(message), verdict}); }

    void change(const Query& query, MessageId message) { look(query, pqxx::params{to_string(message)}); }

    std::string verdicts(const Opened& opened) { return look_one(kVerdicts, pqxx::params{opened.str()}); }

    Timestamp said_at(MessageId message) {
        constexpr Query kAt{"test_said_at", "SELECT ordered_at FROM message WHERE id = $1"};
        return read_timestamp(look(kAt, pqxx::params{to_string(message)}).at(0, 0));
    }

    int owed_kind(const Opened& opened) { return load(opened.id).owed->kind; }
};

TEST_F(Verdicts, SpamIsWhatPeopleSaidInTheWait) {
    const auto opened = open({.ago = 5h});
    judge(write(opened.id, "away", 4h), kAutomatic);
    change(kHistory, write(opened.id, "history", 3h));
    change(kTakeBack, write(opened.id, "oops", 2h));
    const auto last = write(opened.id, "Buy!", 1h);
    ASSERT_TRUE(spam(opened).has_value());
    EXPECT_EQ(verdicts(opened), "01--0");
    const auto told = event_data("conversation.judged")["message_ids"];
    EXPECT_EQ(told, (std::vector{to_string(opened.message), to_string(last)})) << "the oldest first";
    EXPECT_TRUE(load(opened.id).spam);
    EXPECT_EQ(outcome_of(opened.promise), "waived");
}

TEST_F(Verdicts, SpamIsNotWhatWasAnswered) {
    const auto opened = open({.ago = 2h});
    reply(opened);
    EXPECT_EQ(spam(opened).error().code, Errc::conflict);
    write(opened.id, "Buy!");
    ASSERT_TRUE(spam(opened).has_value());
    EXPECT_EQ(verdicts(opened), "-0");
    EXPECT_TRUE(spam(opened).has_value()) << "again: the same";
}

TEST_F(Verdicts, AnAnswerIsWhatReachedTheCustomer) {
    for (const auto* state : {"5", "7"}) {
        const auto opened = open({.ago = 2h, .is_waiting = false});
        const auto answer = reply(opened);
        look({"test_state", "UPDATE message SET delivery_state = $2 WHERE id = $1"},
             pqxx::params{to_string(answer), state});
        ASSERT_TRUE(spam(opened).has_value()) << state;
        EXPECT_EQ(verdicts(opened), "0");
    }
    const auto noted = open({.ago = 2h, .is_waiting = false});
    reply(noted, R"(,"kind":"note")");
    ASSERT_TRUE(spam(noted).has_value()) << "a note is said to nobody";
}

// The author of a reply had seen what was visible by then, whatever time the channel gives it.
TEST_F(Verdicts, AnAnswerIsToWhatWasVisible) {
    const auto opened = open({.ago = 2h, .is_waiting = false});
    reply(opened);
    change({"test_later", "UPDATE message SET ordered_at = now() + interval '1 hour' WHERE id = $1"}, opened.message);
    EXPECT_EQ(spam(opened).error().code, Errc::conflict);
}

TEST_F(Verdicts, NotSpamTakesSpamBackAlone) {
    const auto opened = open({.ago = 3h});
    judge(write(opened.id, "away", 2h), kAutomatic);
    write(opened.id, "Hello?", 1h);
    const auto before = load(opened.id);
    ASSERT_TRUE(spam(opened).has_value());
    not_spam(opened);
    EXPECT_EQ(verdicts(opened), "-1-");
    const auto after = load(opened.id);
    EXPECT_FALSE(after.spam) << "what is automatic is no spam";
    EXPECT_EQ(after.waiting_since, before.waiting_since) << "since the oldest of them";
    EXPECT_EQ(after.state, State::open);
    EXPECT_EQ(look_one({"test_settled", "SELECT count(settled_id) FROM message"}), "0");
}

// Also where that one was the channel's verdict, for which nothing was waived.
TEST_F(Verdicts, NotSpamCountsFromTheOldest) {
    const auto opened = open({.ago = 3h, .is_waiting = false});
    judge(opened.message, kSpam);
    write(opened.id, "Hello?", 1h);
    ASSERT_TRUE(spam(opened).has_value());
    not_spam(opened);
    EXPECT_EQ(load(opened.id).waiting_since, said_at(opened.message));
}

TEST_F(Verdicts, NotSpamGivesTheFirstTimesBack) {
    support::make_policy(desk_.database, account_, {.target = 3h});
    const auto opened = open({.ago = 2h});
    const auto due = load(opened.id).owed->due_at;
    ASSERT_TRUE(spam(opened).has_value());
    look({"test_stricter", "UPDATE policy SET target_s = 60"});
    not_spam(opened);
    EXPECT_EQ(load(opened.id).owed->due_at, due) << "that was promised";
}

TEST_F(Verdicts, WhatIsHistoryOrTakenBackOwesNothing) {
    for (const auto& query : {kHistory, kTakeBack}) {
        const auto opened = open({.ago = 2h});
        ASSERT_TRUE(spam(opened).has_value());
        change(query, opened.message);
        not_spam(opened);
        EXPECT_FALSE(load(opened.id).waiting_since) << query.name;
        EXPECT_EQ(load(opened.id).state, State::resolved);
    }
    const auto opened = open({.ago = 2h, .is_waiting = false});
    judge(opened.message, kAutomatic);
    change(kHistory, opened.message);
    ASSERT_TRUE(treat(opened, opened.message).has_value());
    EXPECT_FALSE(load(opened.id).waiting_since);
}

TEST_F(Verdicts, AConversationIsSpamAsLongAsItHoldsSome) {
    const auto opened = open({.ago = 3h});
    const auto second = write(opened.id, "Buy!", 2h);
    ASSERT_TRUE(spam(opened).has_value());
    judge(write(opened.id, "away", 1h), kAutomatic);
    ASSERT_TRUE(treat(opened, second).has_value());
    EXPECT_TRUE(load(opened.id).spam);
    ASSERT_TRUE(treat(opened, opened.message).has_value());
    EXPECT_FALSE(load(opened.id).spam);
}

// The promise that one verdict waived was to the oldest of its messages: the others have times of their own.
TEST_F(Verdicts, OfWhatOneVerdictTookEachHasItsOwnTime) {
    support::make_policy(desk_.database, account_, {.target = 9h});
    const auto opened = open({.ago = 3h});
    const auto second = write(opened.id, "Is it ready?", 2h);
    ASSERT_TRUE(spam(opened).has_value());
    look({"test_stricter", "UPDATE policy SET target_s = 60"});
    ASSERT_TRUE(treat(opened, second).has_value());
    EXPECT_EQ(load(opened.id).owed->due_at, said_at(second) + 60s);
    const auto other = open({.ago = 3h});
    write(other.id, "Is it ready?", 2h);
    const auto other_due = load(other.id).owed->due_at;
    ASSERT_TRUE(spam(other).has_value());
    look({"test_patient", "UPDATE policy SET target_s = 36000"});
    ASSERT_TRUE(treat(other, other.message).has_value());
    EXPECT_EQ(load(other.id).owed->due_at, other_due);
}

TEST_F(Verdicts, AFirstReplyIsOwedToTheFirstThatAPersonSaid) {
    const auto first = static_cast<int>(Kind::first_reply);
    const auto opened = open({.ago = 3h});
    reply(opened, R"(,"kind":"note")");
    const auto second = write(opened.id, "Is it ready?", 0h);
    ASSERT_TRUE(spam(opened).has_value());
    ASSERT_TRUE(treat(opened, second).has_value());
    EXPECT_EQ(owed_kind(opened), first) << "before it is spam, and a note of ours";
    const auto answered = open({.ago = 3h});
    reply(answered);
    const auto later = write(answered.id, "And a lamp?", 0h);
    ASSERT_TRUE(spam(answered).has_value());
    ASSERT_TRUE(treat(answered, later).has_value());
    EXPECT_NE(owed_kind(answered), first);
    const auto begun = open({.ago = 3h, .is_waiting = false});
    judge(begun.message, kSpam);
    reply(begun);
    const auto asked = write(begun.id, "And a lamp?", 0h);
    ASSERT_TRUE(spam(begun).has_value());
    ASSERT_TRUE(treat(begun, asked).has_value());
    EXPECT_NE(owed_kind(begun), first) << "we have said something";
}

// Where no promise was waived for it, what was said before decides alone.
TEST_F(Verdicts, WhatIsOwedWithoutAPromiseIsJudgedByWhatWasSaid) {
    const auto first = static_cast<int>(Kind::first_reply);
    const auto asked = [this](const Opened& opened) {
        const auto message = write(opened.id, "And a lamp?");
        EXPECT_TRUE(call(handle_waive, as_maija_, opened.str(), R"({"reason":"thanks"})").has_value());
        judge(message, kSpam);
        EXPECT_TRUE(treat(opened, message).has_value());
        return owed_kind(opened);
    };
    EXPECT_NE(asked(open({.ago = 3h, .is_waiting = false})), first) << "a person asked before";
    const auto spammed = open({.ago = 3h, .is_waiting = false});
    judge(spammed.message, kSpam);
    EXPECT_EQ(asked(spammed), first);
    const auto answered = open({.ago = 3h, .is_waiting = false});
    judge(answered.message, kSpam);
    reply(answered);
    EXPECT_NE(asked(answered), first) << "we have said something";
}

TEST_F(Verdicts, AnOlderVerdictHasItsOwnPromise) {
    support::make_policy(desk_.database, account_, {.target = 3h});
    support::make_policy(desk_.database, account_, {.kind = Kind::next_reply, .target = 3h});
    const auto opened = open({.ago = 3h});
    ASSERT_TRUE(spam(opened).has_value());
    const auto later = write(opened.id, "Buy!");
    const auto due = load(opened.id).owed->due_at;
    ASSERT_TRUE(spam(opened).has_value());
    look({"test_stricter", "UPDATE policy SET target_s = 60"});
    ASSERT_TRUE(treat(opened, later).has_value());
    EXPECT_EQ(load(opened.id).owed->due_at, due);
}

TEST_F(Verdicts, WhatWasResolvedDoesNotComeBackToWhoIsAway) {
    const auto opened = open({.ago = 2h, .assignee = maija_});
    ASSERT_TRUE(spam(opened).has_value());
    desk_.database.as_owner([this](Tx& tx) {
        desk::agent::put(tx, account_, maija_, desk::agent::Presence::away, std::nullopt);
        return true;
    });
    not_spam(opened);
    EXPECT_TRUE(load(opened.id).assignee.is_nil());
    EXPECT_EQ(load(opened.id).previous_agent, maija_);
}

TEST_F(Verdicts, OnlyWhatACustomerSaidIsTreatedAsAPersons) {
    const auto opened = open({.ago = 3h});
    EXPECT_EQ(treat(opened, reply(opened)).error().code, Errc::conflict);
    const auto gone = write(opened.id, "Buy!");
    judge(gone, kSpam);
    change(kTakeBack, gone);
    EXPECT_EQ(treat(opened, gone).error().code, Errc::conflict);
    EXPECT_EQ(treat(opened, open().message).error().code, Errc::not_found);
}

TEST_F(Verdicts, WhatCountsAgainGoesToWhoIsThere) {
    const auto kept = open({.ago = 2h, .assignee = maija_});
    ASSERT_TRUE(spam(kept).has_value());
    not_spam(kept);
    EXPECT_EQ(load(kept.id).assignee, maija_);
    const auto lost = open({.ago = 2h, .assignee = pekka_});
    ASSERT_TRUE(spam(lost).has_value());
    look({"test_disable", "UPDATE agent SET disabled_at = now() WHERE id = $1"}, pqxx::params{to_string(pekka_)});
    not_spam(lost);
    EXPECT_TRUE(load(lost.id).assignee.is_nil());
}

TEST_F(Verdicts, AnOpenConversationOfSpamIsResolvedAgain) {
    const auto opened = open({.ago = 2h, .is_waiting = false});
    judge(opened.message, kSpam);
    look({"test_holds", "UPDATE conversation SET spam = true WHERE id = $1"}, pqxx::params{opened.str()});
    ASSERT_TRUE(spam(opened).has_value());
    EXPECT_EQ(load(opened.id).state, State::resolved);
}

}  // namespace
}  // namespace lupaus::inbox
