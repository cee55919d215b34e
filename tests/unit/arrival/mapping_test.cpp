// What the desk makes of a mail. How a mail is read, who is a machine and what a reply address looks like have tests of
// their own; here is what the mapping decides, and that it asks them.

#include "services/desk/arrival/mapping.hpp"

#include "common/base/limits.hpp"
#include "services/desk/letter/reply_address.hpp"

#include <gmock/gmock.h>

namespace lupaus::desk::arrival {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Timestamp kArrived = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 5h;

class MappingTest : public testing::Test {
protected:
    Mapped map(std::string_view head, std::string_view body = "\r\nMoi!\r\n") {
        return map_mail(
            std::string(head) + std::string(body), arrived,
            {.account = account, .channel = channel, .email = email, .live_since = kArrived - 1h, .box = box});
    }

    inbound::Inbound message(std::string_view head, std::string_view body = "\r\nMoi!\r\n") {
        return map(head, body).parsed.message;
    }

    AccountId account = AccountId::make();
    ChannelId channel = ChannelId::make();
    channel::Email email{.address = "support@desk.example", .other_addresses = {"help@desk.example"}};
    crypto::SecretBox box{Secret(std::string(32, 'k'))};
    Timestamp arrived = kArrived;
};

TEST_F(MappingTest, SaysWhoWroteWhat) {
    const auto got = message(
        "From: =?utf-8?q?Aino_M=C3=A4kinen?= <Aino@Example.COM>\r\nTo: support@desk.example\r\n"
        "Date: Thu, 26 Nov 2026 04:00:00 +0000\r\nMessage-ID: <a1@example.com>\r\nSubject: Tilaus\r\n");
    EXPECT_EQ(got.account, account);
    EXPECT_EQ(got.channel, channel);
    EXPECT_EQ(got.sender_id, "aino@example.com");
    EXPECT_EQ(got.sender_name, "Aino Mäkinen");
    EXPECT_EQ(got.subject, "Tilaus");
    EXPECT_THAT(got.text, StartsWith("Moi!"));
    EXPECT_FALSE(got.html);
    EXPECT_THAT(got.external_id, StartsWith("a1@example.com#"));
    ASSERT_TRUE(got.mail);
    EXPECT_EQ(got.mail->id, "a1@example.com");
    EXPECT_FALSE(got.judgement);
    EXPECT_THAT(got.unreadable, IsEmpty());
}

TEST_F(MappingTest, IsOfTheTimeWhenItArrivedAndNeverOfItsDate) {
    const auto got = message("From: a@b.example\r\nDate: Mon, 01 Jan 2001 00:00:00 +0000\r\n");
    EXPECT_EQ(got.occurred_at, kArrived);
    EXPECT_FALSE(got.backlog);
    ASSERT_TRUE(got.sent_at);
    EXPECT_LT(*got.sent_at, kArrived - 24h * 365);
    EXPECT_FALSE(message("From: a@b.example\r\nDate: Mon, 01 Jan 1900 00:00:00 +0000\r\n").sent_at);
    arrived = kArrived - 2h;
    EXPECT_TRUE(message("From: a@b.example\r\n").backlog) << "older than the channel is live";
}

TEST_F(MappingTest, TakesFromForTheSender) {
    EXPECT_EQ(message("From: a@b.example\r\nReply-To: list@b.example\r\n").sender_id, "a@b.example");
    EXPECT_EQ(message("From: a@b.example, c@b.example\r\nSender: d@b.example\r\n").sender_id, "a@b.example");
    EXPECT_EQ(message("Sender: d@b.example\r\n").sender_id, "d@b.example");
}

TEST_F(MappingTest, TakesAFormsVisitorForTheSender) {
    EXPECT_EQ(message("From: support@desk.example\r\nReply-To: Visitor <v@c.example>\r\n").sender_id, "v@c.example");
    EXPECT_EQ(message("From: Help@desk.example\r\nReply-To: v@c.example\r\n").sender_id, "v@c.example");
    EXPECT_EQ(message("From: support@desk.example\r\nReply-To: help@desk.example\r\n").sender_id,
              "support@desk.example");
    const auto tagged = letter::make_reply_address(box, {.account = account, .number = 42}, email.address);
    EXPECT_EQ(message("From: support@desk.example\r\nReply-To: " + tagged + "\r\n").sender_id, "support@desk.example")
        << "a copy of an answer of ours";
}

TEST_F(MappingTest, MakesAContactOfItsOwnForEachMailThatNamesNobody) {
    const auto one = message("Subject: one\r\n");
    const auto two = message("Subject: two\r\n");
    EXPECT_THAT(one.sender_id, StartsWith("unknown-"));
    EXPECT_THAT(one.sender_id, HasSubstr("@sender.invalid"));
    EXPECT_NE(one.sender_id, two.sender_id);
    EXPECT_FALSE(one.sender_email);
    EXPECT_THAT(message("From: <" + std::string(400, 'x') + "@b.example>\r\n").sender_id, StartsWith("unknown-"));
}

TEST_F(MappingTest, KnowsAReplyAddressWhereverItStands) {
    const auto tagged = letter::make_reply_address(box, {.account = account, .number = 42}, email.address);
    for (const std::string field : {"Delivered-To", "X-Original-To", "To", "Cc"}) {
        const auto got = message("From: a@b.example\r\n" + field + ": <" + tagged + ">\r\n");
        EXPECT_EQ(got.mail->answers, 42) << field;
    }
    const auto foreign = letter::make_reply_address(box, {.account = AccountId::make(), .number = 42}, email.address);
    EXPECT_EQ(message("From: a@b.example\r\nTo: " + foreign + "\r\n").mail->answers, 0);
    EXPECT_EQ(message("From: a@b.example\r\nTo: support+r.42.0000000000000000@desk.example\r\n").mail->answers, 0);
}

TEST_F(MappingTest, AsksWhetherAMachineWroteIt) {
    const auto got = message("From: a@b.example\r\nAuto-Submitted: auto-replied\r\n");
    ASSERT_TRUE(got.judgement);
    EXPECT_EQ(got.judgement->verdict, message::Verdict::automatic);
}

TEST_F(MappingTest, MakesTextOfHtmlAndKeepsItSanitised) {
    const auto got = message("From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n",
                             "\r\n<p onclick='x()'>Hei <b>siellä</b></p><script>evil()</script>\r\n");
    EXPECT_THAT(got.text, HasSubstr("Hei siellä"));
    ASSERT_TRUE(got.html);
    EXPECT_THAT(*got.html, HasSubstr("<b>siellä</b>"));
    EXPECT_THAT(*got.html, Not(HasSubstr("onclick")));
    EXPECT_THAT(*got.html, Not(HasSubstr("evil")));
}

TEST_F(MappingTest, HangsOnWhatIsTooLongForAMessage) {
    const std::string line(76, 'x');
    std::string body = "\r\n";
    while (body.size() <= 2 * limits::kTextBytesMax) {
        body += line + "\r\n";
    }
    const auto got = map("From: a@b.example\r\n", body);
    EXPECT_LE(got.parsed.message.text.size(), limits::kTextBytesMax);
    ASSERT_THAT(got.parsed.files, SizeIs(1));
    EXPECT_EQ(got.parsed.files[0].name, "message.txt");
    EXPECT_GT(got.parsed.files[0].bytes.size(), limits::kTextBytesMax);
    const auto page = map("From: a@b.example\r\nContent-Type: text/html\r\n", body);
    EXPECT_FALSE(page.parsed.message.html);
    ASSERT_THAT(page.parsed.files, SizeIs(2));
    EXPECT_EQ(page.parsed.files[0].name, "message.html");
}

TEST_F(MappingTest, TakesTheFilesAlong) {
    const auto got =
        map("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n",
            "\r\n--b\r\n\r\nKuva\r\n--b\r\nContent-Type: image/png; name=k.png\r\nContent-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment; filename=k.png\r\n\r\nSGVp\r\n--b--\r\n");
    ASSERT_THAT(got.parsed.files, SizeIs(1));
    ASSERT_THAT(got.parsed.message.attachments, SizeIs(1));
    EXPECT_EQ(got.parsed.files[0].bytes, "Hei");
    EXPECT_EQ(got.parsed.message.attachments[0].name, "k.png");
    EXPECT_EQ(got.parsed.message.attachments[0].content_type, "image/png");
    EXPECT_EQ(got.parsed.message.attachments[0].size_bytes, 3);
}

TEST_F(MappingTest, NeverFails) {
    for (const std::string& junk : {std::string(), std::string("\r\n"), std::string("junk"), std::string("\0\0\0", 3),
                                    std::string(limits::kMailHeaderBytesMax + 1, 'x')}) {
        const auto got =
            map_mail(junk, kArrived,
                     {.account = account, .channel = channel, .email = email, .live_since = kArrived, .box = box});
        EXPECT_THAT(got.parsed.message.external_id, Not(IsEmpty()));
        EXPECT_TRUE(!got.parsed.message.unreadable.empty() || !got.parsed.message.sender_id.empty());
    }
    const auto deep = map_mail(std::string(limits::kMailHeaderBytesMax + 1, 'x'), kArrived,
                               {.account = account, .channel = channel, .email = email, .live_since = {}, .box = box});
    EXPECT_THAT(deep.parsed.message.unreadable, Not(IsEmpty()));
}

}  // namespace
}  // namespace lupaus::desk::arrival
