#include "common/mail/report.hpp"

#include "common/base/limits.hpp"
#include "tests/unit/mail/mail_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

std::string bounce(std::string_view type, std::string_view status, std::string_view returned) {
    return lines({"From: <MAILER-DAEMON@relay.example>", "Auto-Submitted: auto-replied", type, "", "--x", "",
                  "It could not be delivered.", "--x", "Content-Type: message/delivery-status", "", status, "--x",
                  returned, "--x--"});
}

constexpr std::string_view kType = "Content-Type: multipart/report; report-type=delivery-status; boundary=x";
constexpr std::string_view kStatus =
    "Reporting-MTA: dns; relay.example\r\n\r\n"
    "Original-Recipient: rfc822;aino@example.net\r\nFinal-Recipient: rfc822; aino@mailbox.example\r\n"
    "Action: Failed\r\nStatus: 5.1.1 (no such user)\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <aino@mailbox.example>:\r\n  no such user\r\n\r\n"
    "Final-Recipient: RFC822;eero@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n";
constexpr std::string_view kReturned =
    "Content-Type: message/rfc822\r\n\r\nMessage-ID: <m1@desk.example>\r\nSubject: x\r\n\r\nMessage-ID: <no@body>";

TEST(Report, NamesTheMailAndItsRecipients) {
    const auto mail = read_well(bounce(kType, kStatus, kReturned));
    ASSERT_TRUE(mail.report);
    EXPECT_EQ(mail.report->original_message_id, "m1@desk.example");
    ASSERT_EQ(mail.report->recipients.size(), 2U);
    const auto& first = mail.report->recipients[0];
    EXPECT_EQ(first.address, "aino@example.net");
    EXPECT_EQ(first.action, "failed");
    EXPECT_EQ(first.status, "5.1.1");
    EXPECT_EQ(first.diagnostic, "550 5.1.1 <aino@mailbox.example>:  no such user");
    const auto& second = mail.report->recipients[1];
    EXPECT_EQ(second.address, "eero@example.net");
    EXPECT_EQ(second.action, "delayed");
    EXPECT_EQ(second.status, "4.4.1");
    EXPECT_EQ(second.diagnostic, "");
    EXPECT_EQ(mail.content_type, "multipart/report");
    EXPECT_EQ(mail.text, "It could not be delivered.");
    ASSERT_EQ(mail.parts.size(), 2U);
    EXPECT_EQ(mail.parts[0].name, "delivery-status.txt");
    EXPECT_EQ(mail.parts[1].name, "x.eml");
    EXPECT_FALSE(mail.is_read_receipt);
}

TEST(Report, KnowsTheMailByItsHeadersAlone) {
    const auto mail = read_well(bounce(
        kType, kStatus, "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-Id:\r\n <m2@desk.example>"));
    ASSERT_TRUE(mail.report);
    EXPECT_EQ(mail.report->original_message_id, "m2@desk.example");
}

TEST(Report, NamesTheFirstOfTwoMails) {
    const auto both = std::string(kReturned) +
                      "\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <m2@desk.example>\r\n\r\nb";
    EXPECT_EQ(read_well(bounce(kType, kStatus, both)).report->original_message_id, "m1@desk.example");
}

TEST(Report, IsOneWhereTheTypeIsLeftOutButThePartIsThere) {
    EXPECT_TRUE(read_well(bounce("Content-Type: multipart/report; boundary=x", kStatus, kReturned)).report);
    EXPECT_FALSE(read_well(bounce("Content-Type: multipart/mixed; boundary=x", kStatus, kReturned)).report);
    EXPECT_FALSE(read_well("Subject: Undeliverable\n\n5.1.1").report);
}

TEST(Report, KnowsNothingWhereNothingIsSaid) {
    const auto mail = read_well(bounce(kType, "", "Content-Type: text/plain\r\n\r\nMessage-ID: <a@b>"));
    ASSERT_TRUE(mail.report);
    EXPECT_EQ(mail.report->original_message_id, "");
    EXPECT_TRUE(mail.report->recipients.empty());
}

TEST(Report, ReadsAddressesInUtf8) {
    const auto mail = read_well(lines(
        {kType, "", "--x", "Content-Type: message/global-delivery-status", "", "Reporting-MTA: dns; relay.example", "",
         "Final-Recipient: utf-8; äijä@example.net", "Action: failed", "Status: 5.6.7", "--x--"}));
    ASSERT_TRUE(mail.report);
    ASSERT_EQ(mail.report->recipients.size(), 1U);
    EXPECT_EQ(mail.report->recipients[0].address, "äijä@example.net");
}

TEST(Report, LimitsTheRecipients) {
    std::string status = "Reporting-MTA: dns; relay.example\r\n\r\n";
    for (std::size_t i = 0; i <= limits::kMailFailedRecipientsMax; ++i) {
        status += "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n";
    }
    EXPECT_EQ(read_well(bounce(kType, status, kReturned)).report->recipients.size(), limits::kMailFailedRecipientsMax);
}

TEST(Report, TellsReceiptsApart) {
    const auto mail =
        read_well(lines({"Content-Type: multipart/report; report-type=Disposition-Notification; boundary=x", "", "--x",
                         "", "It was read.", "--x", "Content-Type: message/disposition-notification", "",
                         "Final-Recipient: rfc822; aino@example.net", "Original-Message-ID: <m1@desk.example>",
                         "Disposition: manual-action/MDN-sent-manually; displayed", "--x--"}));
    EXPECT_TRUE(mail.is_read_receipt);
    EXPECT_FALSE(mail.report);
    EXPECT_EQ(first_part(mail).name, "receipt.txt");
}

TEST(MessageIds, AreReadInEveryForm) {
    using Ids = std::vector<std::string>;
    EXPECT_EQ(parse_message_ids(" <a@b>"), (Ids{"a@b"}));
    EXPECT_EQ(parse_message_ids("<a@b> <c@d>\r\n\t<e@f>"), (Ids{"a@b", "c@d", "e@f"}));
    EXPECT_EQ(parse_message_ids("<a@b><c@d>,<e@f>"), (Ids{"a@b", "c@d", "e@f"}));
    EXPECT_EQ(parse_message_ids("Your mail of Monday <a@b> (a comment)"), (Ids{"a@b"}));
    EXPECT_EQ(parse_message_ids("a@b c@d"), (Ids{"a@b", "c@d"}));
    EXPECT_EQ(parse_message_ids("<a@\r\n b>"), (Ids{"a@b"}));
    EXPECT_EQ(parse_message_ids("<a@b"), (Ids{"a@b"}));
    EXPECT_EQ(parse_message_ids("<>"), Ids{});
    EXPECT_EQ(parse_message_ids(" \r\n"), Ids{});
    EXPECT_EQ(parse_message_ids("<\xE4@b>"), (Ids{"ä@b"}));
}

}  // namespace
}  // namespace lupaus::mail
