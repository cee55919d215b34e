// What an acknowledgement says, and to whom it goes.
#include "services/desk/acknowledgement/writing.hpp"

#include "services/desk/letter/reply_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::acknowledgement {
namespace {

using inbound::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Writing : public ::testing::Test {
protected:
    Writing() {
        conversation.account = AccountId::make();
        conversation.id = ConversationId::make();
        conversation.channel = ChannelId::make();
        conversation.number = 1042;
        conversation.contact_name = "Aino";
        conversation.subject = "Tilaus";
        mail.sender_id = "aino@example.com";
        mail.sender_name = "Aino";
        mail.external_id = "ext-1";
        mail.mail = inbound::MailHead{.id = "2@example.com",
                                      .references = {"1@example.com", "0@example.com"},
                                      .people = {{.role = Role::reply_to, .name = "", .address = "other@example.net"},
                                                 {.role = Role::cc, .name = "", .address = "boss@example.net"}}};
        setting = {.words = {.text = "Hei {{contact.name}}, nro {{conversation.number}}!"},
                   .address = "support@shop.example",
                   .sender_name = "Shop",
                   .channel_name = "Mail",
                   .team_name = "Support"};
    }

    Acknowledgement written() const {
        return write(box, setting, {.id = id, .conversation = conversation, .mail = mail, .now = now});
    }

    nlohmann::json body() const { return nlohmann::json::parse(written().delivery.body); }

    crypto::SecretBox box{Secret(std::string(32, 'k'))};
    MessageId id = MessageId::make();
    conversation::Conversation conversation{};
    inbound::Inbound mail{};
    Setting setting{};
    Timestamp now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26};
};

TEST_F(Writing, IsAnAutomaticMessageOfTheDesk) {
    const auto message = written().message;
    EXPECT_EQ(message.kind, message::Kind::automatic);
    EXPECT_EQ(message.direction, message::Direction::out);
    EXPECT_EQ(message.author.type, message::AuthorType::system);
    EXPECT_TRUE(message.author.id.is_nil());
    EXPECT_EQ(message.text, "Hei Aino, nro 1042!");
    EXPECT_TRUE(message.settled.is_nil()) << "it ends no wait";
    EXPECT_TRUE(written().delivery.author.is_nil()) << "by which the courier knows a machine's mail";
    EXPECT_TRUE(body()["agent"].is_null());
}

TEST_F(Writing, GoesToTheVerifiedSenderAlone) {
    const auto mail = body()["mail"];
    EXPECT_EQ(mail["to"].dump(), R"([{"address":"aino@example.com","name":"Aino"}])");
    EXPECT_TRUE(mail["cc"].empty());
    EXPECT_TRUE(mail["bcc"].empty());
    EXPECT_EQ(mail["from"]["address"], "support@shop.example");
}

TEST_F(Writing, AnswersTheMailSoThatItsAnswerFindsTheConversation) {
    const auto mail = body()["mail"];
    EXPECT_EQ(mail["in_reply_to"], "2@example.com");
    EXPECT_EQ(mail["references"].dump(), R"(["0@example.com","1@example.com","2@example.com"])");
    const std::vector addresses{mail["reply_to"].get<std::string>()};
    EXPECT_EQ(letter::find_answered(box, conversation.account, addresses), 1042);
    const auto letter = written().letter;
    EXPECT_EQ(letter.head.id, mail["message_id"].get<std::string>());
    EXPECT_EQ(letter.direction, message::Direction::out);
    EXPECT_THAT(letter.head.references, ElementsAre("2@example.com", "1@example.com", "0@example.com"));
}

TEST_F(Writing, HasTheMailsSubjectOrItsOwn) {
    EXPECT_EQ(body()["mail"]["subject"], "Re: Tilaus");
    conversation.subject = "RE: Tilaus";
    EXPECT_EQ(body()["mail"]["subject"], "RE: Tilaus");
    setting.words.subject = "Kiitos {{contact.name}} ({{team.name}}, {{channel.name}})";
    EXPECT_EQ(body()["mail"]["subject"], "Kiitos Aino (Support, Mail)");
}

TEST_F(Writing, NoNameEndsTheSubject) {
    setting.words.subject = "Hei {{contact.name}}";
    conversation.contact_name = "Aino\r\nBcc: all@example.com";
    EXPECT_EQ(body()["mail"]["subject"], "Hei Aino  Bcc: all@example.com");
}

TEST_F(Writing, AMailWithoutAnIdIsAnsweredWithoutAReference) {
    mail.mail->id.clear();
    mail.mail->references.clear();
    EXPECT_EQ(body()["mail"]["in_reply_to"], "");
    EXPECT_TRUE(body()["mail"]["references"].empty());
    EXPECT_THAT(written().delivery.body, Not(HasSubstr("<>")));
}

}  // namespace
}  // namespace lupaus::desk::acknowledgement
