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

TEST_F(MappingTest, KnowsAReplyAddressInTheEnvelopesFields) {
    const auto tagged = letter::make_reply_address(box, {.account = account, .number = 42}, email.address);
    for (const std::string field : {"Envelope-To", "X-Envelope-To"}) {
        EXPECT_EQ(message("From: a@b.example\r\n" + field + ": " + tagged + "\r\n").mail->answers, 42) << field;
    }
}

TEST_F(MappingTest, TakesTheLongestAddress) {
    const std::string domain = "@b.example";
    const auto longest = std::string(320 - domain.size(), 'x') + domain;
    EXPECT_EQ(message("From: <" + longest + ">\r\n").sender_id, longest);
    EXPECT_THAT(message("From: <x" + longest + ">\r\n").sender_id, StartsWith("unknown-"));
}

TEST_F(MappingTest, BelievesNoDateThatNobodyMeant) {
    EXPECT_FALSE(message("From: a@b.example\r\nDate: Wed, 31 Dec 1969 23:59:59 +0000\r\n").sent_at);
    EXPECT_TRUE(message("From: a@b.example\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n").sent_at);
    EXPECT_FALSE(message("From: a@b.example\r\nDate: Wed, 01 Jan 2262 00:00:00 +0000\r\n").sent_at);
}

TEST_F(MappingTest, BelievesNoClockThatWasNeverSet) {
    arrived = Timestamp{} - 1s;
    EXPECT_FALSE(message("From: a@b.example\r\n").occurred_at);
    arrived = Timestamp{};
    EXPECT_EQ(message("From: a@b.example\r\n").occurred_at, Timestamp{});
}

TEST_F(MappingTest, KeepsWhatIsJustNotTooLong) {
    const auto text = map("From: a@b.example\r\n", "\r\n" + std::string(limits::kTextBytesMax, 'x'));
    EXPECT_EQ(text.parsed.message.text.size(), limits::kTextBytesMax);
    EXPECT_THAT(text.parsed.files, IsEmpty());
    const auto page =
        map("From: a@b.example\r\nContent-Type: text/html\r\n", "\r\n" + std::string(limits::kTextBytesMax, 'x'));
    ASSERT_TRUE(page.parsed.message.html);
    EXPECT_EQ(page.parsed.message.html->size(), limits::kTextBytesMax);
}

TEST_F(MappingTest, ShowsTheTextThatItsAuthorWrote) {
    const auto got = message("From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n",
                             "\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n--b--\r\n");
    EXPECT_THAT(got.text, StartsWith("plain"));
    EXPECT_EQ(got.html, "<p>rich</p>");
}

TEST_F(MappingTest, CutsASubjectAndNamesThatNobodyCanWrite) {
    const auto cut = message("From: a@b.example\r\nSubject: " + std::string(2'000, 's') + "\r\n");
    EXPECT_LT(cut.subject.size(), 2'000U);
    EXPECT_THAT(cut.subject, StartsWith("sss"));
    const auto got = map("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n",
                         "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a\x01"
                         "b@c>\r\n\r\nx\r\n--b--\r\n");
    ASSERT_THAT(got.parsed.message.attachments, SizeIs(1));
    EXPECT_EQ(got.parsed.message.attachments[0].content_id, "a b@c");
}

TEST_F(MappingTest, AsksWhetherAMachineWroteIt) {
    const auto got = message("From: a@b.example\r\nAuto-Submitted: auto-replied\r\n");
    ASSERT_TRUE(got.judgement);
    EXPECT_EQ(got.judgement->verdict, message::Verdict::automatic);
}

TEST_F(MappingTest, SaysWhetherAMachineMayAnswer) {
    email.trusted_host = "mx.desk.example";
    const std::string to = "To: support@desk.example\r\n";
    const std::string from = "From: Aino <Aino@example.com>\r\n";
    const std::string verified = "Authentication-Results: mx.desk.example; dmarc=pass\r\n";
    const auto rule = [&](const std::string& head) { return message(head).mail->no_autoreply; };
    EXPECT_EQ(rule(verified + from + to), "");
    EXPECT_EQ(rule(from + to), "not_verified");
    EXPECT_EQ(rule("Authentication-Results: mx.evil.example; dmarc=pass\r\n" + from + to), "not_verified");
    EXPECT_EQ(rule("Return-Path: <>\r\n" + verified + from + to), "null_return_path");
    EXPECT_EQ(rule("Return-Path: <owner-list@example.com>\r\n" + verified + from + to), "machine_address");
    EXPECT_EQ(rule("Return-Path: <aino@example.com>\r\n" + verified + from + to), "");
    EXPECT_EQ(rule(verified + "List-Id: <all.example.com>\r\n" + from + to), "list");
    EXPECT_EQ(rule(verified + "From: no-reply@example.com\r\n" + to), "machine_address");
    EXPECT_EQ(rule(verified + from + "To: somebody@example.com\r\n"), "not_addressed");
    EXPECT_EQ(rule(verified + from + "To: somebody@example.com\r\nCc: Help@desk.example\r\n"), "");
    const auto tagged = letter::make_reply_address(box, {.account = account, .number = 42}, email.address);
    EXPECT_EQ(rule(verified + from + "To: " + tagged + "\r\n"), "")
        << "an answer that came too late for its conversation";
    EXPECT_EQ(rule(verified + "From: support@desk.example\r\nReply-To: v@c.example\r\n" + to), "own_address")
        << "whom a form names, nobody has verified";
    EXPECT_EQ(rule(verified + "From: " + tagged + "\r\nReply-To: v@c.example\r\n" + to), "not_verified")
        << "also where it writes from the address of a conversation";
    email.trusted_host.reset();
    EXPECT_EQ(rule(verified + from + to), "not_verified") << "whoever trusts no host believes no header";
}

TEST_F(MappingTest, AMachineDoesNotAnswerWhomAForwarderNames) {
    email.trusted_host = "mx.desk.example";
    email.attributes_forwarded = true;
    const auto got = message(
        "Authentication-Results: mx.desk.example; dmarc=pass\r\nFrom: help@desk.example\r\nTo: support@desk.example\r\n"
        "Subject: Fwd: Tilaus\r\n",
        "\r\n---------- Forwarded message ---------\r\nFrom: Aino <aino@example.com>\r\nDate: Thu\r\n"
        "Subject: Tilaus\r\nTo: <help@desk.example>\r\n\r\nMoi!\r\n");
    EXPECT_EQ(got.sender_id, "aino@example.com");
    EXPECT_EQ(got.mail->no_autoreply, "own_address");
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

TEST_F(MappingTest, FoldsWhatWasSaidBefore) {
    const auto got = message("From: a@b.example\r\n",
                             "\r\nToimii, kiitos!\r\n\r\nAm 03.01.2022 um 10:00 schrieb Aino:\r\n> Noch einmal.\r\n");
    EXPECT_TRUE(got.is_showable) << "the router need not look at it";
    ASSERT_TRUE(got.folds.text);
    EXPECT_THAT(got.text.substr(0, static_cast<std::size_t>(*got.folds.text)), StartsWith("Toimii, kiitos!"));
    EXPECT_THAT(got.text.substr(0, static_cast<std::size_t>(*got.folds.text)), Not(HasSubstr("schrieb")));
    EXPECT_FALSE(message("From: a@b.example\r\n").folds.text);
    const auto page = message("From: a@b.example\r\nContent-Type: text/html\r\n",
                              "\r\n<p>Toimii!</p><blockquote class=gmail_quote>Noch einmal.</blockquote>\r\n");
    ASSERT_TRUE(page.folds.html);
    EXPECT_EQ(page.html->substr(0, static_cast<std::size_t>(*page.folds.html)), "<p>Toimii!</p>");
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

TEST_F(MappingTest, NamesTheFilesThatAreKeptElsewhere) {
    const std::string large(2 * 1024 * 1024, 'x');
    const auto got = map_mail(
        "From: a@b.example\r\nContent-Type: application/pdf; name=k.pdf\r\n\r\n" + large, arrived,
        {.account = account, .channel = channel, .email = email, .live_since = kArrived - 1h, .box = box},
        [](const mail::Encoded& encoded) -> mail::Kept { return {.name = "hash", .size = encoded.body.size()}; });
    ASSERT_THAT(got.parsed.message.attachments, SizeIs(1));
    EXPECT_EQ(got.parsed.message.attachments[0].sha256, "hash");
    EXPECT_EQ(got.parsed.message.attachments[0].size_bytes, static_cast<std::int64_t>(large.size()));
    EXPECT_EQ(got.parsed.message.attachments[0].name, "k.pdf");
    EXPECT_THAT(got.parsed.files[0].bytes, IsEmpty());
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
