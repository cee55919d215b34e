// An agent's reply on an email channel: the mail that it becomes, and how its answer is known.
#include "services/desk/letter/answer.hpp"

#include "services/desk/letter/reply_address.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace lupaus::inbox {
namespace {

using desk::inbound::MailHead;
using desk::inbound::Role;

constexpr Query kBody{"test_body", "SELECT body FROM delivery ORDER BY created_at DESC LIMIT 1"};
constexpr Query kAsk{"test_subject", "UPDATE conversation SET subject = $2 WHERE id = $1"};
constexpr Query kSentIds{"test_sent_ids", "SELECT count(*) FROM mail_id WHERE direction = 1"};

class MailAnswer : public ConversationTest {
protected:
    MailAnswer() {
        channel_ = support::make_channel(
            desk_.database, account_,
            {.team = team_,
             .email = desk::channel::Email{.address = "support@shop.example", .sender_name = "Shop support"}});
    }

    void keep(MessageId message, MailHead head) {
        const desk::letter::Letter letter{
            .account = account_, .message = message, .channel = channel_.id, .head = std::move(head)};
        desk_.database.as_app(account_, [&](Tx& tx) {
            desk::letter::insert(tx, {&letter, 1});
            return true;
        });
    }

    // The mail that the reply becomes.
    text::Json reply(const Opened& opened, const std::string& more = "") {
        const auto body = R"({"text": "Tomorrow.")" + more + "}";
        answer_ = read(call(handle_post_message, as_maija_, opened.str(), body));
        return text::parse_json(look_one(kBody)).value()["mail"];
    }

    text::Json answer_;
};

TEST_F(MailAnswer, AnswersTheNewestMailOfItsCustomer) {
    const auto opened = open();
    look(kAsk, pqxx::params{opened.str(), "Where is\nmy parcel?"});
    keep(opened.message, {.id = "m2@example.org",
                          .references = {"m1@example.org", "m0@example.org"},
                          .people = {{.role = Role::from, .name = "Liisa", .address = "liisa@example.org"},
                                     {.role = Role::to, .name = "", .address = "support@shop.example"},
                                     {.role = Role::cc, .name = "", .address = "boss@example.org"}}});
    const auto mail = reply(opened);
    EXPECT_EQ(mail["message_id"], answer_["id"].get<std::string>() + "@shop.example");
    EXPECT_EQ(mail["from"]["name"], "Shop support");
    EXPECT_EQ(mail["from"]["address"], "support@shop.example");
    EXPECT_EQ(mail["to"].dump(), R"([{"address":"liisa@example.org","name":"Liisa"}])");
    EXPECT_EQ(mail["cc"].dump(), R"([{"address":"boss@example.org","name":""}])");
    EXPECT_EQ(mail["subject"], "Re: Where is my parcel?");
    EXPECT_EQ(mail["in_reply_to"], "m2@example.org");
    EXPECT_EQ(mail["references"].dump(), R"(["m0@example.org","m1@example.org","m2@example.org"])");
    const std::vector addresses{mail["reply_to"].get<std::string>()};
    EXPECT_EQ(desk::letter::find_answered(desk_.context.box, account_, addresses), load(opened.id).number);
}

TEST_F(MailAnswer, AgentsSeeWhomAMailNames) {
    const auto opened = open();
    keep(opened.message,
         {.id = "m1@example.org", .people = {{.role = Role::cc, .name = "Boss", .address = "boss@example.org"}}});
    write(opened.id, "by another way");
    reply(opened);
    const auto items = read(fetch(handle_list_messages, as_maija_, "", opened.str()))["items"];
    ASSERT_EQ(items.size(), 3u);
    EXPECT_EQ(items[0]["mail"]["header_id"], "m1@example.org");
    EXPECT_EQ(items[0]["mail"]["people"].dump(), R"([{"address":"boss@example.org","name":"Boss","role":"cc"}])");
    EXPECT_FALSE(items[1].contains("mail"));
    EXPECT_EQ(items[2]["mail"]["header_id"], items[2]["id"].get<std::string>() + "@shop.example");
}

TEST_F(MailAnswer, IsKnownByItsIdFromThenOn) {
    const auto opened = open();
    const auto mail = reply(opened);
    const std::vector<desk::letter::Reference> references{
        {.account = account_, .channel = channel_.id, .id = mail["message_id"].get<std::string>()},
        {.account = account_, .channel = channel_.id, .id = "unknown@example.org"}};
    const auto found =
        desk_.database.as_app(account_, [&](Tx& tx) { return desk::letter::conversations_of(tx, references); });
    EXPECT_EQ(found.at(0), opened.id);
    EXPECT_TRUE(found.at(1).is_nil());
    EXPECT_EQ(look_one(kSentIds), "1");
}

TEST_F(MailAnswer, WithoutAMailToAnswerItGoesToTheContact) {
    const auto opened = open();
    const auto mail = reply(opened);
    EXPECT_EQ(mail["to"][0]["address"], "aino-" + opened.str());
    EXPECT_EQ(mail["cc"].size(), 0u);
    EXPECT_EQ(mail["in_reply_to"], "");
    EXPECT_EQ(mail["references"].size(), 0u);
}

TEST_F(MailAnswer, AnswersNoMachine) {
    const auto opened = open();
    keep(opened.message,
         {.id = "first@example.org", .people = {{.role = Role::from, .name = "", .address = "liisa@example.org"}}});
    const auto automatic = write(opened.id, "away");
    keep(automatic,
         {.id = "away@example.org", .people = {{.role = Role::from, .name = "", .address = "robot@example.org"}}});
    look({"test_judge", "UPDATE message SET verdict = 1, verdict_rule = 'mail.auto_submitted' WHERE id = $1"},
         pqxx::params{to_string(automatic)});
    EXPECT_EQ(reply(opened)["in_reply_to"], "first@example.org");
}

TEST_F(MailAnswer, OtherChannelsSendNoMail) {
    channel_ = support::make_channel(desk_.database, account_, {.team = team_});
    EXPECT_TRUE(reply(open()).is_null());
    EXPECT_EQ(look_one(kSentIds), "0");
}

TEST_F(MailAnswer, GoesToWhomItsAuthorNames) {
    const auto opened = open();
    keep(opened.message, {.id = "m2@example.org",
                          .people = {{.role = Role::from, .name = "Liisa", .address = "liisa@example.org"},
                                     {.role = Role::cc, .name = "", .address = "boss@example.org"}}});
    const auto mail = reply(opened, R"(, "to": [{"name": "Olli", "address": "Olli@example.org"}], "cc": [],
                                        "bcc": [{"address": "archive@shop.example"}])");
    EXPECT_EQ(mail["to"].size(), 1U);
    EXPECT_EQ(mail["to"][0]["address"], "olli@example.org");
    EXPECT_EQ(mail["cc"].size(), 0U);
    EXPECT_EQ(mail["bcc"][0]["address"], "archive@shop.example");
    EXPECT_EQ(mail["in_reply_to"], "m2@example.org") << "it still answers what it answers";
}

}  // namespace
}  // namespace lupaus::inbox
