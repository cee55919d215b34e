// The word given: in a reply or over the API, to a conversation or to a contact; kept, renegotiated, broken, waived.
#include "services/desk/promise/word.hpp"
#include "common/base/limits.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Word : public ConversationTest {
protected:
    std::string time(Micros from_now) { return to_rfc3339(now() + from_now); }

    std::string promised(Micros due_in, const std::string& text = "The part arrives by Friday.") {
        return R"("promise": {"text": ")" + text + R"(", "due_at": ")" + time(due_in) + R"("})";
    }

    text::Json reply_with_word(const Opened& opened, Micros due_in = 24h) {
        const auto body = R"({"text": "It comes on Friday.", )" + promised(due_in) + "}";
        return read(call(handle_post_message, as_maija_, opened.str(), body));
    }

    // The id of a word given in a reply.
    std::string give(const Opened& opened, Micros due_in = 24h) {
        return reply_with_word(opened, due_in)["promise"]["id"].get<std::string>();
    }

    Result<Answer> post(const std::string& body) {
        return ask(desk_, handle_give_word, {.principal = as_maija_, .body = body});
    }

    std::string renewed(Micros due_in, const std::string& more = "") {
        return R"({"due_at": ")" + time(due_in) + "\"" + more + "}";
    }

    text::Json get(const std::string& id) { return read(call(handle_get_promise, as_maija_, id)); }

    void set(const std::string& id, const std::string& what) {
        look({"test_set_promise", "UPDATE promise SET " + what + " WHERE id = $1"}, pqxx::params{id});
    }

    std::string contact_of(const Opened& opened) { return to_string(load(opened.id).contact); }
};

// ---- given

TEST_F(Word, AReplyCarriesIt) {
    const auto opened = open();
    const auto said = reply_with_word(opened);
    const auto& word = said["promise"];
    EXPECT_EQ(word["kind"], "commitment");
    EXPECT_EQ(word["source"], "agent");
    EXPECT_EQ(word["text"], "The part arrives by Friday.");
    EXPECT_EQ(word["conversation_id"], opened.str());
    EXPECT_EQ(word["agent_id"], to_string(maija_));
    EXPECT_EQ(word["team_id"], to_string(team_));
    EXPECT_EQ(word["message_id"], said["id"]);
    EXPECT_TRUE(word["settled_at"].is_null());
    EXPECT_EQ(get(word["id"].get<std::string>()), word);
    EXPECT_EQ(outcome_of(opened.promise), "kept") << "the wait is over, the word stands";
    const auto c = load(opened.id);
    EXPECT_FALSE(c.waiting_since);
    ASSERT_TRUE(c.owed);
    EXPECT_EQ(word["id"], to_string(c.owed->id));
    EXPECT_EQ(c.rank_at, c.owed->due_at);
    EXPECT_THAT(event_types(),
                ElementsAre("message.created", "conversation.assigned", "promise.settled", "promise.opened"));
    EXPECT_EQ(event_data("promise.opened")["promise"], word);
    EXPECT_EQ(event_data("promise.opened")["conversation"]["owed"]["id"], word["id"]);
}

TEST_F(Word, APlainReplyHasNone) {
    EXPECT_FALSE(read(call(handle_post_message, as_maija_, open().str(), R"({"text": "Hei!"})")).contains("promise"));
}

TEST_F(Word, NeedsATextAndADueTimeThatIsAhead) {
    const auto opened = open();
    const auto wrong = [&](const std::string& promise) {
        return wrong_fields(
            call(handle_post_message, as_maija_, opened.str(), R"({"text": "Hei!", "promise": )" + promise + "}"));
    };
    EXPECT_EQ(wrong("{}"), "/promise/text /promise/due_at ");
    EXPECT_EQ(wrong(R"({"text": "", "due_at": "2100-01-01T00:00:00Z"})"), "/promise/text ");
    EXPECT_EQ(wrong(R"({"text": "x", "due_at": "2100-01-01T00:00:00Z"})"), "/promise/due_at ");
    EXPECT_EQ(wrong(R"({"text": "x", "due_at": ")" + time(-1s) + R"("})"), "/promise/due_at ");
    EXPECT_EQ(wrong(R"({"text": "x", "due_at": ")" + time(1h) + R"(", "colour": 1})"), "/promise/colour ");
    EXPECT_EQ(wrong(R"({"text": ")" + std::string(2001, 'x') + R"(", "due_at": ")" + time(1h) + R"("})"),
              "/promise/text ");
    EXPECT_THAT(event_types(), IsEmpty()) << "nothing was sent";
}

TEST_F(Word, IsAnAgentsAndGoesWithAMessage) {
    const auto body = R"({"text": "Hei!", )" + promised(1h);
    EXPECT_EQ(wrong_fields(call(handle_post_message, as_program_, open().str(), body + "}")), "/promise ");
    EXPECT_EQ(wrong_fields(call(handle_post_message, as_maija_, open().str(), body + R"(, "kind": "note"})")),
              "/promise ");
    const auto program =
        support::make_integrator_token(desk_.database, account_, {"messages:write", "messages:act_as"}).principal;
    const auto said = read(
        call(handle_post_message, program, open().str(), body + R"(, "on_behalf_of": ")" + to_string(pekka_) + "\"}"));
    EXPECT_EQ(said["promise"]["agent_id"], to_string(pekka_));
}

TEST_F(Word, AConversationShowsWhatIsDueFirst) {
    support::make_policy(desk_.database, account_, {.kind = desk::promise::Kind::next_reply, .target = 3h});
    const auto opened = open();
    const auto late = give(opened, 48h);
    write(opened.id, "And when will it be ready?");
    const auto waiting = load(opened.id);
    EXPECT_EQ(waiting.owed->kind, 1) << "the answer is due in three hours";
    const auto soon = give(opened, 1h);
    EXPECT_EQ(to_string(load(opened.id).owed->id), soon);
    call(handle_keep_promise, as_maija_, soon).value();
    EXPECT_EQ(to_string(load(opened.id).owed->id), late);
    call(handle_keep_promise, as_maija_, late).value();
    EXPECT_FALSE(load(opened.id).owed || load(opened.id).rank_at);
}

TEST_F(Word, AWaitGoesOnWhenTheWordIsKept) {
    const auto opened = open();
    const auto id = give(opened);
    write(opened.id, "Hello?");
    const auto since = load(opened.id).waiting_since;
    call(handle_keep_promise, as_maija_, id).value();
    const auto c = load(opened.id);
    EXPECT_EQ(c.waiting_since, since);
    EXPECT_EQ(c.owed->kind, 1);
    EXPECT_EQ(c.rank_at, *since + 24h);
}

TEST_F(Word, OverTheApiInAConversationOrToAContact) {
    const auto opened = open({.is_waiting = false});
    const auto word = R"("text": "We call you back.", "due_at": ")" + time(1h) + "\"}";
    const auto made = post(R"({"conversation_id": ")" + opened.str() + "\", " + word);
    EXPECT_EQ(made->status, 201);
    EXPECT_EQ(read(made)["conversation_id"], opened.str());
    EXPECT_EQ(read(made)["id"], to_string(load(opened.id).owed->id));
    EXPECT_EQ(load(opened.id).version, 2);
    const auto contact = contact_of(opened);
    const auto other = read(post(R"({"contact_id": ")" + contact + "\", " + word));
    EXPECT_TRUE(other["conversation_id"].is_null());
    EXPECT_EQ(other["contact_id"], contact);
    EXPECT_EQ(other["agent_id"], to_string(maija_));
    EXPECT_EQ(event_data("promise.opened")["contact"]["name"], "Aino");
    EXPECT_FALSE(event_data("promise.opened").contains("conversation"));
    EXPECT_EQ(load(opened.id).version, 2) << "a contact's word changes no conversation";
}

TEST_F(Word, ForOneOfTheTwoAndBySomebody) {
    const auto opened = open();
    const auto word = R"("text": "We call you back.", "due_at": ")" + time(1h) + "\"}";
    const auto both = R"({"conversation_id": ")" + opened.str() + R"(", "contact_id": ")" + contact_of(opened) + "\", ";
    EXPECT_EQ(wrong_fields(post("{" + word)), "/conversation_id ");
    EXPECT_EQ(wrong_fields(post(both + word)), "/contact_id ");
    const auto nobody = to_string(make_uuid_v7());
    EXPECT_EQ(wrong_fields(post(R"({"conversation_id": ")" + nobody + "\", " + word)), "/conversation_id ");
    EXPECT_EQ(wrong_fields(post(R"({"contact_id": ")" + nobody + "\", " + word)), "/contact_id ");
    const auto as_program =
        ask(desk_, handle_give_word,
            {.principal = as_program_, .body = R"({"conversation_id": ")" + opened.str() + "\", " + word});
    EXPECT_EQ(as_program.error().code, Errc::forbidden);
}

TEST_F(Word, AConversationHasSoManyAndNoMore) {
    const auto opened = open();
    const auto body = R"({"conversation_id": ")" + opened.str() + R"(", "text": "x", "due_at": ")" + time(1h) + "\"}";
    for (int i = 0; i < limits::kWordsMax; ++i) {
        ASSERT_TRUE(post(body)) << i;
    }
    const auto refused = post(body);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    const auto open_words =
        desk_.database.as_app(account_, [&](Tx& tx) { return desk::promise::open_of(tx, account_, opened.id).size(); });
    EXPECT_EQ(open_words, static_cast<std::size_t>(limits::kWordsMax) + 1) << "with the wait";
}

// ---- ended

TEST_F(Word, KeptInTimeOrLate) {
    const auto kept = give(open());
    const auto answer = read(call(handle_keep_promise, as_pekka_, kept));
    EXPECT_EQ(answer["outcome"], "kept");
    EXPECT_EQ(answer["settled_agent_id"], to_string(pekka_));
    EXPECT_EQ(answer["agent_id"], to_string(maija_)) << "whose word it is";
    EXPECT_EQ(answer["delivered_at"], answer["settled_at"]);
    EXPECT_EQ(get(kept), answer);
    EXPECT_EQ(event_data("promise.settled")["promise"], answer);
    const auto late = give(open());
    set(late, "due_at = clock_timestamp() - interval '1 ms'");
    EXPECT_EQ(read(call(handle_keep_promise, as_maija_, late))["outcome"], "late");
}

TEST_F(Word, BrokenIsGivenUpEarlyOrLate) {
    const auto early = give(open());
    const auto answer = read(call(handle_break_promise, as_maija_, early));
    EXPECT_EQ(answer["outcome"], "broken");
    EXPECT_TRUE(answer["delivered_at"].is_null());
    const auto late = give(open());
    set(late, "due_at = clock_timestamp() - interval '1 hour'");
    EXPECT_EQ(read(call(handle_break_promise, as_maija_, late))["outcome"], "broken");
}

TEST_F(Word, WaivedIsNeitherKeptNorBroken) {
    const auto id = give(open());
    EXPECT_EQ(read(call(handle_waive_promise, as_maija_, id))["outcome"], "waived");
}

TEST_F(Word, EndsOnce) {
    const auto id = give(open());
    call(handle_keep_promise, as_maija_, id).value();
    for (const auto handle : {handle_keep_promise, handle_break_promise, handle_waive_promise}) {
        EXPECT_EQ(call(handle, as_maija_, id).error().code, Errc::conflict);
    }
    EXPECT_EQ(call(handle_renegotiate_promise, as_maija_, id, renewed(1h)).error().code, Errc::conflict);
    EXPECT_EQ(get(id)["outcome"], "kept");
    EXPECT_EQ(look_one({"test_count", "SELECT count(*) FROM promise WHERE kind = 4"}), "1");
}

TEST_F(Word, AReplyPromiseEndsWithAReply) {
    const auto opened = open();
    const auto id = to_string(opened.promise);
    for (const auto handle : {handle_keep_promise, handle_break_promise, handle_waive_promise}) {
        EXPECT_EQ(call(handle, as_maija_, id).error().code, Errc::conflict);
    }
    EXPECT_EQ(outcome_of(opened.promise), "open");
    EXPECT_EQ(get(id)["kind"], "first_reply");
    EXPECT_TRUE(get(id)["text"].is_null());
}

TEST_F(Word, OfAnotherAccountIsUnknown) {
    const auto id = give(open());
    const auto other = support::make_account(desk_.database, "Other desk");
    const auto stranger = support::make_admin_token(desk_.database, other).principal;
    for (const auto handle : {handle_get_promise, handle_keep_promise, handle_break_promise, handle_waive_promise}) {
        EXPECT_EQ(call(handle, stranger, id).error().code, Errc::not_found);
    }
    EXPECT_EQ(call(handle_renegotiate_promise, stranger, id, renewed(1h)).error().code, Errc::not_found);
    EXPECT_EQ(call(handle_get_promise, as_maija_, "nonsense").error().code, Errc::not_found);
}

TEST_F(Word, EndsItsAlertsAndNoOthers) {
    support::make_policy(desk_.database, account_, {.target = 60s});
    const auto opened = open({.ago = 90s});
    const auto answered = open();
    const auto id = give(answered);
    const auto of_word = raise_alert({.id = answered.id, .message = {}, .promise = *parse_id<PromiseId>(id)});
    const auto of_wait = raise_alert(opened);
    call(handle_keep_promise, as_maija_, id).value();
    EXPECT_EQ(event_data("alert.resolved")["alert"]["id"], to_string(of_word));
    EXPECT_EQ(look_one({"test_firing", "SELECT id FROM alert WHERE state = 0"}), to_string(of_wait));
}

TEST_F(Word, AReplyEndsNoWordAndItsAlertsStay) {
    const auto opened = open();
    const auto id = give(opened);
    raise_alert({.id = opened.id, .message = {}, .promise = *parse_id<PromiseId>(id)});
    write(opened.id, "Hello?");
    call(handle_post_message, as_maija_, opened.str(), R"({"text": "Soon!"})").value();
    EXPECT_TRUE(get(id)["outcome"].is_null());
    EXPECT_EQ(look_one({"test_firing", "SELECT count(*) FROM alert WHERE state = 0"}), "1");
    EXPECT_EQ(to_string(load(opened.id).owed->id), id);
}

// ---- renegotiated

TEST_F(Word, RenegotiatedItIsSucceededAndTheChainRemembersTheFirstTime) {
    const auto opened = open();
    const auto first = give(opened, 24h);
    const auto ended = read(call(handle_renegotiate_promise, as_pekka_, first, renewed(48h)));
    EXPECT_EQ(ended["outcome"], "renegotiated");
    EXPECT_EQ(ended["told_before_due"], true);
    EXPECT_TRUE(ended["delivered_at"].is_null());
    const auto second = ended["succeeded_by"].get<std::string>();
    const auto next = get(second);
    EXPECT_EQ(next["text"], ended["text"]);
    EXPECT_EQ(next["agent_id"], to_string(pekka_)) << "who gave it anew";
    EXPECT_EQ(next["conversation_id"], opened.str());
    EXPECT_EQ(next["first_due_at"], ended["due_at"]);
    EXPECT_EQ(to_string(load(opened.id).owed->id), second);
    const auto third =
        read(call(handle_renegotiate_promise, as_maija_, second, renewed(72h, R"(, "text": "By Sunday.")")));
    const auto last = get(third["succeeded_by"].get<std::string>());
    EXPECT_EQ(last["first_due_at"], ended["due_at"]);
    EXPECT_EQ(last["text"], "By Sunday.");
    EXPECT_THAT(event_types(), ::testing::IsSupersetOf({"promise.settled", "promise.opened"}));
}

TEST_F(Word, WhoWasToldAfterTheDueTimeWasToldTooLate) {
    const auto id = give(open());
    set(id, "due_at = clock_timestamp() - interval '1 ms'");
    const auto ended = read(call(handle_renegotiate_promise, as_maija_, id, renewed(1h)));
    EXPECT_EQ(ended["outcome"], "renegotiated");
    EXPECT_EQ(ended["told_before_due"], false);
}

// The clerk may write it down late: what counts is when the customer was told.
TEST_F(Word, TheMessageSaysWhenTheCustomerWasTold) {
    const auto opened = open();
    const auto id = give(opened);
    const auto told =
        read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "On Monday."})"))["id"].get<std::string>();
    set(id, "due_at = clock_timestamp()");
    const auto ended =
        read(call(handle_renegotiate_promise, as_maija_, id, renewed(1h, R"(, "message_id": ")" + told + "\"")));
    EXPECT_EQ(ended["told_before_due"], true);
}

TEST_F(Word, TheMessageMustBeAReplyToThisCustomerSinceTheWord) {
    const auto opened = open();
    const auto before =
        read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Hei!"})"))["id"].get<std::string>();
    const auto id = give(opened);
    const auto note =
        read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Note.", "kind": "note"})"))["id"]
            .get<std::string>();
    const auto elsewhere =
        read(call(handle_post_message, as_maija_, open().str(), R"({"text": "Hei!"})"))["id"].get<std::string>();
    for (const auto& message : {before, note, elsewhere, to_string(opened.message), to_string(make_uuid_v7())}) {
        const auto answer =
            call(handle_renegotiate_promise, as_maija_, id, renewed(1h, R"(, "message_id": ")" + message + "\""));
        EXPECT_EQ(wrong_fields(answer), "/message_id ") << message;
    }
    EXPECT_EQ(wrong_fields(call(handle_renegotiate_promise, as_maija_, id, "{}")), "/due_at ");
    EXPECT_EQ(wrong_fields(call(handle_renegotiate_promise, as_maija_, id, renewed(-1s))), "/due_at ");
    EXPECT_TRUE(get(id)["outcome"].is_null());
}

TEST_F(Word, OfAContactItEndsTheSameWay) {
    const auto opened = open();
    const auto contact = contact_of(opened);
    const auto body = R"({"contact_id": ")" + contact + R"(", "text": "We call.", "due_at": ")" + time(1h) + "\"}";
    const auto id = read(post(body))["id"].get<std::string>();
    raise_alert({.id = {}, .message = {}, .promise = *parse_id<PromiseId>(id)});
    const auto told =
        read(call(handle_post_message, as_maija_, opened.str(), R"({"text": "Tomorrow."})"))["id"].get<std::string>();
    const auto ended =
        read(call(handle_renegotiate_promise, as_maija_, id, renewed(24h, R"(, "message_id": ")" + told + "\"")));
    const auto next = ended["succeeded_by"].get<std::string>();
    EXPECT_EQ(get(next)["contact_id"], contact);
    EXPECT_EQ(event_data("alert.resolved")["contact"]["id"], contact);
    EXPECT_EQ(read(call(handle_keep_promise, as_maija_, next))["outcome"], "kept");
    const auto types = event_types();
    const std::vector<std::string> last(types.end() - 4, types.end());
    EXPECT_THAT(last, ElementsAre("promise.settled", "alert.resolved", "promise.opened", "promise.settled"));
}

// ---- beside everything else

TEST_F(Word, ATransferHandsWhatIsOwedToTheTeam) {
    const auto opened = open();
    const auto id = give(opened);
    write(opened.id, "Hello?");
    call(handle_transfer, as_maija_, opened.str(), R"({"team_id": ")" + to_string(sales_) + "\"}").value();
    EXPECT_EQ(look_one({"test_owing", "SELECT count(*) FROM promise WHERE settled_at IS NULL AND owing_team_id = $1"},
                       pqxx::params{to_string(sales_)}),
              "2");
    EXPECT_EQ(get(id)["team_id"], to_string(team_)) << "the team at opening";
    EXPECT_EQ(read(call(handle_keep_promise, as_maija_, id))["settled_team_id"], to_string(sales_));
}

TEST_F(Word, AnUnassignedConversationWithAWordIsWork) {
    const auto opened = open({.is_waiting = false});
    EXPECT_EQ(drains(), 0);
    post(R"({"conversation_id": ")" + opened.str() + R"(", "text": "x", "due_at": ")" + time(1h) + "\"}").value();
    EXPECT_EQ(drains(), 1);
}

TEST_F(Word, ResolvingLeavesItOpen) {
    const auto opened = open();
    const auto id = give(opened);
    call(handle_resolve, as_maija_, opened.str()).value();
    EXPECT_TRUE(get(id)["outcome"].is_null());
    EXPECT_EQ(to_string(load(opened.id).owed->id), id);
}

}  // namespace
}  // namespace lupaus::inbox
