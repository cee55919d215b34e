// One message becomes a conversation of its own.
#include "services/desk/conversation/store.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

class Splits : public ConversationTest {
protected:
    Result<Answer> split(const Opened& from, MessageId message) {
        return call(handle_split_conversation, as_maija_, from.str(),
                    R"({"message_id":")" + to_string(message) + R"("})");
    }

    ConversationId split_well(const Opened& from, MessageId message) {
        const auto made = split(from, message);
        EXPECT_TRUE(made.has_value()) << made.error().detail;
        EXPECT_EQ(made->status, 201);
        return parse_id<ConversationId>(text::parse_json(made->body).value().at("id").get<std::string>()).value();
    }

    MessageId reply(const Opened& conversation, const std::string& more = "") {
        const auto said = call(handle_post_message, as_maija_, conversation.str(), R"({"text":"Ready.")" + more + "}");
        EXPECT_TRUE(said.has_value()) << said.error().detail;
        return parse_id<MessageId>(text::parse_json(said->body).value().at("id").get<std::string>()).value();
    }

    Timestamp said_at(MessageId message) {
        return desk_.database.as_owner([&](Tx& tx) {
            constexpr Query kAt{"test_said_at", "SELECT ordered_at FROM message WHERE id = $1"};
            return read_timestamp(tx.exec(kAt, pqxx::params{to_string(message)}).at(0, 0));
        });
    }

    std::string place_of(MessageId message) {
        return look_one({"test_place", "SELECT conversation_id FROM message WHERE id = $1"},
                        pqxx::params{to_string(message)});
    }
};

TEST_F(Splits, TheMessageIsTheNewConversation) {
    const auto from = open({.ago = 2h});
    call(handle_edit_conversation, as_maija_, from.str(), R"({"subject":"Bicycle"})").value();
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto made = load(split_well(from, second));
    EXPECT_EQ(place_of(second), to_string(made.id));
    EXPECT_EQ(place_of(from.message), from.str());
    EXPECT_EQ(made.number, load(from.id).number + 1);
    EXPECT_EQ(made.split_from, from.id);
    EXPECT_EQ(made.previous, from.id);
    EXPECT_EQ(made.contact, load(from.id).contact);
    EXPECT_EQ(made.channel, channel_.id);
    EXPECT_EQ(made.team, team_);
    EXPECT_EQ(made.subject, "Bicycle");
    EXPECT_EQ(made.version, 1);
    EXPECT_EQ(made.last_message_at, said_at(second));
    EXPECT_EQ(load(from.id).last_message_at, said_at(from.message));
    EXPECT_GT(drains(), 0) << "it is offered";
    EXPECT_THAT(event_types(), Contains("conversation.created"));
    EXPECT_EQ(event_data("conversation.created").at("conversation").at("split_from"), from.str());
}

TEST_F(Splits, AnUnansweredMessageWaitsSinceItWasSaid) {
    support::make_policy(desk_.database, account_, {.target = 3h});
    const auto from = open({.ago = 2h});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto made = load(split_well(from, second));
    EXPECT_EQ(made.waiting_since, said_at(second));
    ASSERT_TRUE(made.owed);
    EXPECT_EQ(made.owed->kind, static_cast<int>(desk::promise::Kind::first_reply));
    EXPECT_EQ(made.owed->opened_at, said_at(second));
    EXPECT_EQ(made.owed->due_at, said_at(second) + 3h);
    EXPECT_EQ(load(from.id).waiting_since, said_at(from.message)) << "that message still waits";
    EXPECT_EQ(load(from.id).owed->id, from.promise);
    EXPECT_EQ(outcome_of(from.promise), "open");
}

TEST_F(Splits, TheWaitGoesOnFromTheNextMessage) {
    support::make_policy(desk_.database, account_, {.target = 3h});
    const auto from = open({.ago = 4h});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto alert = raise_alert(from);
    const auto made = load(split_well(from, from.message));
    EXPECT_EQ(made.waiting_since, said_at(from.message));
    EXPECT_EQ(made.owed->due_at, said_at(from.message) + 3h);
    const auto left = load(from.id);
    EXPECT_EQ(left.waiting_since, said_at(second));
    EXPECT_EQ(left.owed->opened_at, said_at(second));
    EXPECT_EQ(left.owed->due_at, said_at(second) + 3h);
    EXPECT_EQ(left.rank_at, left.owed->due_at);
    EXPECT_NE(left.owed->id, from.promise);
    EXPECT_EQ(outcome_of(from.promise), "withdrawn");
    EXPECT_EQ(look_one({"test_alert", "SELECT state FROM alert WHERE id = $1"}, pqxx::params{to_string(alert)}), "3");
    EXPECT_EQ(
        look_one({"test_level", "SELECT level FROM promise WHERE id = $1"}, pqxx::params{to_string(left.owed->id)}),
        "-1")
        << "nobody has been told of this one";
}

TEST_F(Splits, WhereNothingElseWaitsTheWaitIsWithdrawn) {
    const auto from = open({.ago = 2h});
    reply(from);
    const auto second = write(from.id, "And a lamp?", 1min);
    const auto waited = load(from.id).owed->id;
    const auto made = load(split_well(from, second));
    EXPECT_EQ(made.waiting_since, said_at(second));
    EXPECT_FALSE(load(from.id).waiting_since || load(from.id).owed);
    EXPECT_EQ(outcome_of(waited), "withdrawn");
}

TEST_F(Splits, WhatWasAnsweredOwesNothing) {
    const auto from = open({.ago = 2h});
    reply(from);
    const auto made = load(split_well(from, from.message));
    EXPECT_FALSE(made.waiting_since || made.owed || made.rank_at);
    EXPECT_EQ(made.state, State::open);
    EXPECT_EQ(outcome_of(from.promise), "kept");
}

TEST_F(Splits, WhatHangsOnTheMessageMovesWithIt) {
    const auto from = open({.ago = 2h});
    write(from.id, "Second", 1h);
    look({"test_attach",
          "INSERT INTO attachment (account_id, id, message_id, name, content_type, size_bytes, sha256, position) "
          "VALUES ($1, gen_random_uuid(), $2, 'a.txt', 'text/plain', 1, 'x', 1)"},
         pqxx::params{to_string(account_), to_string(from.message)});
    const auto made = split_well(from, from.message);
    const auto shown = call(handle_list_messages, as_maija_, to_string(made)).value();
    EXPECT_THAT(shown.body, HasSubstr("a.txt"));
}

TEST_F(Splits, WhoeverHadItBeforeKnowsTheCustomer) {
    const auto from = open({.ago = 2h, .assignee = maija_});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto made = load(split_well(from, second));
    EXPECT_EQ(made.previous_agent, maija_);
    EXPECT_TRUE(made.assignee.is_nil());
    EXPECT_EQ(load(from.id).assignee, maija_);
    EXPECT_EQ(load_of(maija_), 1);
    EXPECT_THAT(recount(), IsEmpty());
}

TEST_F(Splits, OnlyWhatACustomerSaidBesideSomethingElse) {
    const auto from = open({.ago = 2h});
    EXPECT_EQ(split(from, from.message).error().code, Errc::conflict);
    call(handle_post_message, as_maija_, from.str(), R"({"text":"5","kind":"note"})").value();
    EXPECT_EQ(split(from, from.message).error().code, Errc::conflict) << "a note alone is no conversation";
    const auto said = reply(from);
    EXPECT_EQ(split(from, said).error().code, Errc::invalid);
    EXPECT_EQ(split(from, MessageId::make()).error().code, Errc::invalid);
    EXPECT_EQ(split(from, open().message).error().code, Errc::invalid);
    EXPECT_EQ(split({.id = ConversationId::make(), .message = {}, .promise = {}}, from.message).error().code,
              Errc::not_found);
    EXPECT_TRUE(split(from, from.message).has_value());
    EXPECT_EQ(split(from, from.message).error().code, Errc::invalid) << "it is elsewhere now";
}

TEST_F(Splits, TheNewestOfTheOthersIsTheLastMessage) {
    const auto from = open({.ago = 4h});
    const auto second = write(from.id, "2", 3h);
    const auto third = write(from.id, "3", 2h);
    split_well(from, second);
    EXPECT_EQ(load(from.id).last_message_at, said_at(third));
}

// Which message the wait goes on from: the first that somebody said and nobody took back.
TEST_F(Splits, TheWaitGoesOnFromWhatAPersonSaid) {
    const auto from = open({.ago = 9h});
    const auto history = write(from.id, "history", 8h);
    const auto gone = write(from.id, "gone", 7h);
    const auto ours = write(from.id, "ours", 6h);
    const auto machine = write(from.id, "I am away", 5h);
    const auto asked = write(from.id, "And a lamp?", 4h);
    write(from.id, "Hello?", 3h);
    look({"test_history", "UPDATE message SET history = true WHERE id = $1"}, pqxx::params{to_string(history)});
    look({"test_gone", "UPDATE message SET deleted_at = now() WHERE id = $1"}, pqxx::params{to_string(gone)});
    look({"test_ours", "UPDATE message SET direction = 1, delivery_state = 5 WHERE id = $1"},
         pqxx::params{to_string(ours)});
    look({"test_machine", "UPDATE message SET verdict = 1, verdict_rule = 'mail.auto_submitted' WHERE id = $1"},
         pqxx::params{to_string(machine)});
    split_well(from, from.message);
    EXPECT_EQ(load(from.id).waiting_since, said_at(asked));
}

TEST_F(Splits, WhatAMachineSaidOwesNothing) {
    const auto from = open({.ago = 2h});
    const auto machine = write(from.id, "I am away", 1h);
    look({"test_machine", "UPDATE message SET verdict = 1, verdict_rule = 'mail.auto_submitted' WHERE id = $1"},
         pqxx::params{to_string(machine)});
    const auto made = load(split_well(from, machine));
    EXPECT_FALSE(made.waiting_since || made.owed);
    EXPECT_EQ(made.state, State::resolved) << "as where it begins one by itself";
    EXPECT_EQ(load(from.id).owed->id, from.promise) << "the person still waits";
}

TEST_F(Splits, SpamIsWhereItsMessageIs) {
    const auto from = open({.ago = 2h});
    const auto spam = write(from.id, "Buy!", 1h);
    look({"test_spam", "UPDATE message SET verdict = 0, verdict_rule = 'channel: spam' WHERE id = $1"},
         pqxx::params{to_string(spam)});
    look({"test_holds", "UPDATE conversation SET spam = true WHERE id = $1"}, pqxx::params{from.str()});
    const auto made = split_well(from, spam);
    EXPECT_TRUE(load(made).spam);
    EXPECT_FALSE(load(from.id).spam);
}

TEST_F(Splits, HistoryIsNobodysWork) {
    const auto from = open({.ago = 2h});
    const auto old = write(from.id, "Long ago", 1h);
    look({"test_old", "UPDATE message SET history = true WHERE id = $1"}, pqxx::params{to_string(old)});
    const auto made = load(split_well(from, old));
    EXPECT_EQ(made.state, State::resolved);
    EXPECT_EQ(made.resolved_at, said_at(old));
    EXPECT_FALSE(made.owed);
}

TEST_F(Splits, WhatWasTakenBackStays) {
    const auto from = open({.ago = 2h});
    const auto gone = write(from.id, "Oops", 1h);
    look({"test_take_back", "UPDATE message SET deleted_at = now() WHERE id = $1"}, pqxx::params{to_string(gone)});
    EXPECT_EQ(split(from, gone).error().code, Errc::invalid);
}

TEST_F(Splits, TheWaitStaysWithAnotherThatWasSaidAtTheSameTime) {
    const auto from = open({.ago = 2h});
    const auto second = write(from.id, "And a lamp?", 1h);
    look({"test_same_time",
          "UPDATE message SET ordered_at = (SELECT ordered_at FROM message WHERE id = $2) WHERE id = $1"},
         pqxx::params{to_string(second), to_string(from.message)});
    split_well(from, second);
    EXPECT_EQ(load(from.id).owed->id, from.promise);
    EXPECT_EQ(outcome_of(from.promise), "open");
}

// What a bot had before is nobody's fault: each of the two waits since it was handed over.
TEST_F(Splits, IsOwedSinceItWasHandedOver) {
    const auto from = open({.ago = 2h});
    const auto second = write(from.id, "And a lamp?", 1h);
    look({"test_handed_over", "UPDATE promise SET opened_at = now() - interval '10 minutes' WHERE id = $1"},
         pqxx::params{to_string(from.promise)});
    const auto made = load(split_well(from, second));
    EXPECT_EQ(made.waiting_since, said_at(second));
    ASSERT_TRUE(made.owed);
    EXPECT_EQ(look_one({"test_openings", "SELECT count(DISTINCT opened_at) FROM promise WHERE id IN ($1, $2)"},
                       pqxx::params{to_string(made.owed->id), to_string(from.promise)}),
              "1");
}

TEST_F(Splits, WhatABotHasIsTakenFromItFirst) {
    const auto from = open({.ago = 2h, .is_waiting = false});
    look({"test_hold",
          "UPDATE conversation SET bot_token_id = $2, bot_asked_at = last_message_at, waiting_since = last_message_at "
          "WHERE id = $1"},
         pqxx::params{from.str(), to_string(as_program_.token)});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto made = load(split_well(from, second));
    EXPECT_TRUE(load(from.id).bot.is_nil());
    EXPECT_TRUE(load(from.id).owed && made.owed) << "people owe both replies now";
    EXPECT_EQ(event_data("conversation.handed_over").at("conversation").at("id"), from.str());
}

TEST_F(Splits, WhoeverHasBegunHasBegunTheRest) {
    const auto from = open({.ago = 2h, .assignee = maija_});
    write(from.id, "And a lamp?", 1h);
    look({"test_begun", "UPDATE conversation SET begun = true WHERE id = $1"}, pqxx::params{from.str()});
    const auto made = split_well(from, from.message);
    EXPECT_TRUE(load(from.id).begun);
    EXPECT_FALSE(load(made).begun);
}

TEST_F(Splits, TheThreadStaysWithTheOtherOfItsChannel) {
    const auto from = open({.ago = 2h});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto third = write(from.id, "By mail", 1min);
    look({"test_thread", "UPDATE conversation SET thread_id = 't1' WHERE id = $1"}, pqxx::params{from.str()});
    const auto other = support::make_channel(desk_.database, account_, {.team = team_});
    look({"test_other", "UPDATE message SET channel_id = $2 WHERE id = $1"},
         pqxx::params{to_string(third), to_string(other.id)});
    const auto thread_of = [this](ConversationId id) {
        return look_one({"test_split_thread", "SELECT split_thread_id FROM conversation WHERE id = $1"},
                        pqxx::params{to_string(id)});
    };
    EXPECT_EQ(thread_of(split_well(from, second)), "t1");
    const auto elsewhere = split_well(from, third);
    EXPECT_EQ(thread_of(elsewhere), "null");
    EXPECT_EQ(load(elsewhere).channel, other.id);
}

// Who read up to a message that was split off meanwhile is told so; what was not seen is missed as before.
TEST_F(Splits, AReplyAfterWhatWasSplitOffIsNotSent) {
    const auto from = open({.ago = 2h});
    const auto second = write(from.id, "And a lamp?", 1h);
    const auto made = split_well(from, second);
    const auto after = [](MessageId id) { return R"({"text":"Ready.","after":")" + to_string(id) + R"("})"; };
    const auto refused = call(handle_post_message, as_maija_, from.str(), after(second));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(refused.error().extension, R"({"split_into":")" + to_string(made) + R"("})");
    const auto third = write(from.id, "Hello?", 1min);
    const auto missed = call(handle_post_message, as_maija_, from.str(), after(from.message));
    ASSERT_FALSE(missed.has_value());
    EXPECT_THAT(missed.error().extension, HasSubstr("Hello?"));
    EXPECT_THAT(missed.error().extension, Not(HasSubstr("lamp")));
    EXPECT_TRUE(call(handle_post_message, as_maija_, from.str(), after(third)).has_value());
    EXPECT_TRUE(call(handle_post_message, as_maija_, to_string(made), after(second)).has_value());
    EXPECT_FALSE(load(made).waiting_since);
}

}  // namespace
}  // namespace lupaus::inbox
