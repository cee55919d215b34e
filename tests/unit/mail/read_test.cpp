#include "common/mail/mail.hpp"

#include "tests/unit/mail/mail_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

using namespace std::string_view_literals;

TEST(Mail, HasItsHeaders) {
    const auto mail = read_well(lines(
        {"Received: from a", "Received: from b", "Message-ID: <m1@shop.example>", "In-Reply-To: <a@desk.example>",
         "References: <z@desk.example> <a@desk.example>", "From: =?utf-8?Q?=C3=84ij=C3=A4?= <aija@Shop.example>",
         "Sender: Robot <robot@shop.example>", "Reply-To: help@shop.example", "To: a@desk.example, B <b@desk.example>",
         "To: c@desk.example", "Cc: d@desk.example", "Subject : =?iso-8859-1?Q?P=E4iv=E4=E4?=,",
         "  =?utf-8?Q?=E2=82=AC?=", "Date: Thu, 26 Nov 2026 06:43:40 +0200", "X-Empty:", "", "Hei!"}));
    EXPECT_EQ(mail.message_id, "m1@shop.example");
    EXPECT_EQ(mail.in_reply_to, std::vector<std::string>{"a@desk.example"});
    EXPECT_EQ(mail.references, (std::vector<std::string>{"z@desk.example", "a@desk.example"}));
    ASSERT_EQ(mail.from.size(), 1U);
    EXPECT_EQ(mail.from[0].name, "Äijä");
    EXPECT_EQ(mail.from[0].address, "aija@shop.example");
    ASSERT_EQ(mail.sender.size(), 1U);
    EXPECT_EQ(mail.sender[0].name, "Robot");
    ASSERT_EQ(mail.reply_to.size(), 1U);
    EXPECT_EQ(mail.reply_to[0].address, "help@shop.example");
    ASSERT_EQ(mail.to.size(), 3U);
    EXPECT_EQ(mail.to[2].address, "c@desk.example");
    ASSERT_EQ(mail.cc.size(), 1U);
    EXPECT_EQ(mail.subject, "Päivää,  €");
    ASSERT_TRUE(mail.date);
    EXPECT_EQ(to_rfc3339(*mail.date), "2026-11-26T04:43:40.000Z");
    EXPECT_EQ(mail.text, "Hei!\n");
    EXPECT_EQ(mail.content_type, "text/plain");
    EXPECT_FALSE(mail.is_lossy);
    EXPECT_EQ(mail.headers.size(), 14U);
    EXPECT_EQ(find_header(mail, "received"), "from a");
    EXPECT_EQ(find_header(mail, "x-empty"), "");
    EXPECT_FALSE(find_header(mail, "x-none"));
}

TEST(Mail, HasWhatLittleThereIs) {
    const auto mail = read_well("X: y\n");
    EXPECT_EQ(mail.message_id, "");
    EXPECT_EQ(mail.subject, "");
    EXPECT_EQ(mail.text, "");
    EXPECT_TRUE(mail.from.empty() && mail.to.empty() && mail.parts.empty() && mail.references.empty());
    EXPECT_FALSE(mail.date || mail.html || mail.report || mail.is_read_receipt || mail.is_lossy);
}

TEST(Mail, MayHaveUtf8InItsHeaders) {
    const auto mail = read_well("From: Äijä <äijä@example.net>\nSubject: Päivää €\n\nx");
    EXPECT_EQ(mail.subject, "Päivää €");
    EXPECT_EQ(mail.from.at(0).name, "Äijä");
    EXPECT_EQ(mail.from.at(0).address, "äijä@example.net");
    EXPECT_FALSE(mail.is_lossy);
}

TEST(Mail, CountsTheFirstOfTwoFroms) {
    const auto mail = read_well("From: a@example.net\nFrom: b@example.net\nSubject: one\nSubject: two\n\nx");
    ASSERT_EQ(mail.from.size(), 1U);
    EXPECT_EQ(mail.from[0].address, "a@example.net");
    EXPECT_EQ(mail.subject, "one");
}

TEST(Mail, SaysWhereSomethingWasLost) {
    EXPECT_TRUE(read_well("Subject: =?utf-8?Q?=FF?=\n\nx").is_lossy);
    EXPECT_TRUE(read_well("From: =?utf-8?Q?=FF?= <a@b.example>\n\nx").is_lossy);
    EXPECT_TRUE(read_well("Subject: a\n\na\0b"sv).is_lossy);
    EXPECT_TRUE(read_well("Subject: a\0b\n\nx"sv).is_lossy);
    EXPECT_TRUE(read_well("Content-Type: image/png; name*=utf-8''%FF.png\n\nx").is_lossy);
    EXPECT_FALSE(read_well("Content-Type: image/png\n\n\xFF\0"sv).is_lossy);
}

}  // namespace
}  // namespace lupaus::mail
