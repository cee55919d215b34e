// Whose a forwarded mail is. The words are the forwarder's, so who may say it matters more than what is said.
#include "services/desk/letter/forward.hpp"

#include "tests/unit/letter/sample_mail.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using support::make_mail;

const channel::Email kChannel{
    .address = "support@shop.example", .other_addresses = {"maija@shop.example"}, .attributes_forwarded = true};

lupaus::mail::Mail forwarded(const std::string& text, const std::string& by = "Maija@shop.example") {
    auto mail = make_mail();
    mail.from = {{.name = "Maija", .address = by}};
    mail.text = text;
    return mail;
}

std::string sender_of(const lupaus::mail::Mail& mail, const channel::Email& channel = kChannel) {
    const auto found = find_original_sender(mail, channel);
    return found ? found->name + "|" + found->address : "-";
}

const std::string kGmail =
    "FYI\n\n---------- Forwarded message ---------\nFrom: Liisa Virtanen <Liisa@example.org>\n"
    "Date: Mon, 23 Nov 2026\nSubject: Hei\nTo: <maija@shop.example>\n\nHei!\n";

TEST(Forward, IsItsOriginalSenders) {
    EXPECT_EQ(sender_of(forwarded(kGmail)), "Liisa Virtanen|Liisa@example.org");
    EXPECT_EQ(
        sender_of(forwarded("Begin forwarded message:\n\n> From: \"Liisa\" <liisa@example.org>\n> Subject: Hei\n")),
        "Liisa|liisa@example.org");
    EXPECT_EQ(
        sender_of(forwarded("-----Original Message-----\r\nFrom: Liisa [mailto:liisa@example.org]\r\nSent: x\r\n")),
        "Liisa|liisa@example.org");
    EXPECT_EQ(sender_of(forwarded("-------- Välitetty viesti --------\nAihe: Hei\nLähettäjä: liisa@example.org\n")),
              "|liisa@example.org");
    EXPECT_EQ(sender_of(forwarded("-------- Weitergeleitete Nachricht --------\nVon: Liisa <liisa@example.org>\n")),
              "Liisa|liisa@example.org");
    EXPECT_EQ(sender_of(forwarded("---------- Forwarded message ---------\n*From:* Liisa <liisa@example.org>\n")),
              "Liisa|liisa@example.org");
}

TEST(Forward, OnlyWhereTheChannelSaysSo) {
    auto channel = kChannel;
    channel.attributes_forwarded = false;
    EXPECT_EQ(sender_of(forwarded(kGmail), channel), "-");
}

TEST(Forward, OnlyFromTheChannelsOwnAddresses) {
    EXPECT_EQ(sender_of(forwarded(kGmail, "stranger@example.com")), "-");
    EXPECT_EQ(sender_of(forwarded(kGmail, "somebody@shop.example")), "-") << "a domain may be everybody's";
    auto two = forwarded(kGmail);
    two.from.push_back({.name = "", .address = "stranger@example.com"});
    EXPECT_EQ(sender_of(two), "-");
}

TEST(Forward, WhereAHostIsTrustedOnlyWithItsWord) {
    auto channel = kChannel;
    channel.trusted_host = "mx.shop.example";
    auto mail = forwarded(kGmail);
    EXPECT_EQ(sender_of(mail, channel), "-") << "anybody can write a From";
    mail.headers.push_back({.name = "authentication-results", .value = "mx.shop.example; dmarc=pass"});
    EXPECT_NE(sender_of(mail, channel), "-");
}

TEST(Forward, WithoutABlockItIsItsSenders) {
    EXPECT_EQ(sender_of(forwarded("From: Liisa <liisa@example.org>\nHei!\n")), "-");
    EXPECT_EQ(sender_of(forwarded("Forwarded message:\n\nHei!\n")), "-");
    EXPECT_EQ(sender_of(forwarded("Forwarded message:\nFrom: nobody\nFrom: a@b@c\nFrom: @x\n")), "-");
    EXPECT_EQ(sender_of(forwarded("Forwarded message:\n" + std::string(20, '\n') + "From: liisa@example.org\n")), "-")
        << "far below it is something else's";
    EXPECT_EQ(sender_of(forwarded("")), "-");
}

TEST(Forward, AColleaguesWordsAreNoCustomers) {
    EXPECT_EQ(sender_of(forwarded("Forwarded message:\nFrom: Support <support@shop.example>\n")), "-");
}

TEST(Forward, AnAttachedMailIsItsSenders) {
    auto mail = forwarded("See below.\n");
    mail.parts.push_back({.name = "mail.eml",
                          .content_type = "message/rfc822",
                          .bytes = "From: Liisa <liisa@example.org>\r\nSubject: Hei\r\n\r\nHei!\r\n"});
    EXPECT_EQ(sender_of(mail), "Liisa|liisa@example.org");
    mail.parts.push_back(mail.parts.front());
    EXPECT_EQ(sender_of(mail), "-") << "of several it is nobody's alone";
}

}  // namespace
}  // namespace lupaus::desk::letter
