// An agent's reply on an email channel: the mail that it becomes, and how its answer is known.
#include "services/desk/letter/answer.hpp"

#include "services/desk/conversation/store.hpp"
#include "services/desk/letter/reply_address.hpp"
#include "services/desk/letter/store.hpp"
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

constexpr Query kSign{"test_sign", "INSERT INTO signature (account_id, owner_id, text, html) VALUES ($1, $2, $3, $4)"};
constexpr Query kRename{"test_rename", "UPDATE team SET name = name || ' <i>& co'"};
constexpr Query kQuote{"test_quote", "UPDATE email_channel SET quote_history = true"};
constexpr Query kShown{"test_shown", "SELECT text FROM message WHERE direction = 1"};

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

    // All that goes out with it.
    text::Json body_of_reply(const Opened& opened, const std::string& more = "") {
        reply(opened, more);
        return text::parse_json(look_one(kBody)).value();
    }

    void sign(Uuid owner, const std::string& text, const std::optional<std::string>& html = {}) {
        look(kSign, pqxx::params{to_string(account_), to_string(owner), text, html});
    }

    std::int64_t seen_of(MessageId message) {
        constexpr Query kSeen{"test_seen", "SELECT visible_seq FROM message WHERE id = $1"};
        return look(kSeen, pqxx::params{to_string(message)}).at(0, 0).as<std::int64_t>();
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

TEST_F(MailAnswer, AnswersTheNewestThatItsAuthorSaw) {
    const auto opened = open({.ago = std::chrono::hours{2}});
    keep(opened.message,
         {.id = "first@example.org", .people = {{.role = Role::from, .name = "", .address = "liisa@example.org"}}});
    const auto second = write(opened.id, "And a lamp?", std::chrono::hours{1});
    keep(second,
         {.id = "second@example.org", .people = {{.role = Role::from, .name = "", .address = "liisa@example.org"}}});
    EXPECT_EQ(reply(opened)["in_reply_to"], "second@example.org");
    const auto third = write(opened.id, "Hello?");
    keep(third,
         {.id = "third@example.org", .people = {{.role = Role::from, .name = "", .address = "liisa@example.org"}}});
    const auto work = [&](Tx& tx) {
        return desk::letter::find_answered_mail(tx, desk::conversation::find(tx, {account_, opened.id}).value(),
                                                seen_of(second));
    };
    EXPECT_EQ(desk_.database.as_app(account_, work)->head.id, "second@example.org")
        << "the third came after what was seen";
}

TEST_F(MailAnswer, AnswersWithOneRe) {
    const auto opened = open();
    look(kAsk, pqxx::params{opened.str(), "RE: my parcel"});
    keep(opened.message,
         {.id = "m1@example.org", .people = {{.role = Role::from, .name = "", .address = "liisa@example.org"}}});
    EXPECT_EQ(reply(opened)["subject"], "RE: my parcel");
    const auto chat = open();
    look(kAsk, pqxx::params{chat.str(), "my parcel"});
    EXPECT_EQ(reply(chat)["subject"], "my parcel") << "there was no mail to answer";
}

TEST_F(MailAnswer, OtherChannelsSendNoMail) {
    channel_ = support::make_channel(desk_.database, account_, {.team = team_});
    EXPECT_TRUE(reply(open()).is_null());
    EXPECT_EQ(look_one(kSentIds), "0");
}

TEST_F(MailAnswer, IsSignedByTheTeamAndBeforeItByTheAgent) {
    const auto opened = open({.team = team_});
    EXPECT_EQ(body_of_reply(opened)["text"], "Tomorrow.");
    sign(sales_.value, "Another team");
    EXPECT_EQ(body_of_reply(opened)["text"], "Tomorrow.");
    sign(team_.value, "{{team.name}} by {{channel.name}}, no. {{conversation.number}}");
    const auto number = std::to_string(load(opened.id).number);
    const auto by_team = body_of_reply(opened)["text"].get<std::string>();
    EXPECT_TRUE(by_team.starts_with("Tomorrow.\n\n-- \nSupport by ")) << by_team;
    EXPECT_TRUE(by_team.ends_with(", no. " + number + "\n")) << by_team;
    sign(maija_.value, "{{agent.name}}", "<b>{{agent.name}}</b>");
    const auto signed_ = body_of_reply(opened, R"(, "html": "<p>Tomorrow.</p>")");
    EXPECT_EQ(signed_["text"], "Tomorrow.\n\n-- \nMaija\n");
    EXPECT_EQ(signed_["html"], "<p>Tomorrow.</p><div class=\"moz-signature\">-- <br><b>Maija</b></div>");
    EXPECT_EQ(look(kShown).at(3, 0).as<std::string>(), "Tomorrow.") << "what the agent wrote is what the desk shows";
}

TEST_F(MailAnswer, ANameInASignatureIsNoMarkup) {
    look(kRename);
    sign(team_.value, "{{team.name}}", "<b>{{team.name}}</b>");
    const auto signed_ = body_of_reply(open({.team = team_}), R"(, "html": "<p>Tomorrow.</p>")");
    EXPECT_TRUE(signed_["html"].get<std::string>().ends_with("<b>Support &lt;i&gt;&amp; co</b></div>"))
        << signed_["html"];
}

TEST_F(MailAnswer, MachinesAndOtherChannelsSignNothing) {
    sign(team_.value, "Support");
    look(kQuote);
    const auto opened = open({.team = team_});
    keep(opened.message, {.id = "q@example.org", .people = {}});
    read(call(handle_post_message, as_program_, opened.str(), R"({"text": "Noted."})"));
    EXPECT_EQ(text::parse_json(look_one(kBody)).value()["text"], "Noted.");
    channel_ = support::make_channel(desk_.database, account_, {.team = team_});
    EXPECT_EQ(body_of_reply(open({.team = team_}))["text"], "Tomorrow.");
}

TEST_F(MailAnswer, CarriesWhatItAnswersWhereItsChannelSaysSo) {
    const auto opened = open({.text = "Is it\nready?"});
    keep(opened.message, {.id = "q@example.org", .people = {}});
    EXPECT_EQ(body_of_reply(opened)["text"], "Tomorrow.");
    look(kQuote);
    const auto text = body_of_reply(opened)["text"].get<std::string>();
    EXPECT_TRUE(text.starts_with("Tomorrow.\n\nOn 20")) << text;
    EXPECT_TRUE(text.ends_with(" wrote:\n> Is it\n> ready?\n")) << text;
    look({"test_take_back", "UPDATE message SET deleted_at = now() WHERE id = $1"},
         pqxx::params{to_string(opened.message)});
    EXPECT_EQ(body_of_reply(opened)["text"], "Tomorrow.") << "what was taken back is not said again";
}

TEST_F(MailAnswer, ShowsPicturesOfItsOwnAlone) {
    const auto opened = open();
    const std::string file = R"({"name": "a.png", "content_type": "image/png", "content": "iVBORw0KGgo=")";
    const auto with = [&](const std::string& more) {
        return call(handle_post_message, as_maija_, opened.str(), R"({"text": "See."
            , "html": "<img src=\"cid:a\">")" + more + "}");
    };
    const auto field_of = [&](const std::string& more) {
        const auto answer = with(more);
        return answer ? "none" : answer.error().fields.at(0).field;
    };
    EXPECT_EQ(field_of(""), "/html");
    EXPECT_EQ(field_of(R"(, "attachments": [)" + file + R"(, "content_id": "b"}])"), "/html");
    EXPECT_EQ(field_of(R"(, "attachments": [)" + file + R"(, "content_id": "a>"}])"), "/attachments/0/content_id");
    EXPECT_EQ(
        field_of(R"(, "attachments": [)" + file + R"(, "content_id": "a"}, )" + file + R"(, "content_id": "a"}])"),
        "/attachments/1/content_id");
    const auto shown = read(with(R"(, "attachments": [)" + file + R"(, "content_id": "a"}])"));
    EXPECT_EQ(shown["html"], R"(<img src="cid:a">)");
    EXPECT_EQ(shown["attachments"][0]["content_id"], "a");
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
