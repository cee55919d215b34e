#include "services/desk/arrival/fingerprint.hpp"

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::arrival {
namespace {

const std::string kHead =
    "From: Aino <aino@example.com>\r\nDate: Thu, 26 Nov 2026 05:00:00 +0000\r\nSubject: Hei\r\n"
    "Message-ID: <a1@example.com>\r\n";
const std::string kMail = kHead + "\r\nMoi!\r\n\r\nAino\r\n";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    return text.replace(text.find(what), what.size(), with);
}

std::string with_bare_line_feeds(std::string text) {
    std::erase(text, '\r');
    return text;
}

TEST(Fingerprint, BeginsWithTheMessageId) {
    const auto print = fingerprint(kMail);
    EXPECT_TRUE(print.starts_with("a1@example.com#")) << print;
    EXPECT_EQ(print.size(), std::string_view("a1@example.com#").size() + 32);
}

TEST(Fingerprint, IsTheSameWhicheverWayTheMailCame) {
    for (const auto& other : {
             "Return-Path: <aino@example.com>\r\nDelivered-To: support+r.1.x@desk.example\r\nReceived: by a\r\n" +
                 kMail,
             "X-Spam-Status: No\r\n" + kMail,
             with_bare_line_feeds(kMail),
             kMail + "\r\n\r\n",
             replaced(kMail, "Subject: Hei", "subject:\tHei "),
             replaced(kMail, "From: Aino <", "From: Aino\r\n <"),
             replaced(kMail, "Message-ID: <a1@example.com>", "Message-Id:\r\n <a1@example.com>"),
             replaced(kMail, "Moi!\r\n", "Moi!  \r\n"),
         }) {
        EXPECT_EQ(fingerprint(other), fingerprint(kMail)) << other;
    }
}

TEST(Fingerprint, IsAnotherForAnotherMail) {
    for (const auto& other : {
             replaced(kMail, "Moi!", "Moi?"),
             replaced(kMail, "\r\n\r\nAino", "\r\nAino"),
             replaced(kMail, "Subject: Hei", "Subject: Hei taas"),
             replaced(kMail, "05:00:00", "05:00:01"),
             replaced(kMail, "aino@example.com>", "eeva@example.com>"),
             replaced(kMail, "a1@example.com", "a2@example.com"),
             kHead,
         }) {
        EXPECT_NE(fingerprint(other), fingerprint(kMail)) << other;
    }
}

TEST(Fingerprint, OfAMailWithoutMessageIdIsTheHashAlone) {
    const auto print = fingerprint("From: a@b\r\n\r\nMoi!\r\n");
    EXPECT_TRUE(print.starts_with("#"));
    EXPECT_NE(print, fingerprint("From: a@b\r\n\r\nHei!\r\n"));
    EXPECT_EQ(fingerprint("Message-ID: \r\nFrom: a@b\r\n\r\nMoi!\r\n"), print) << "an empty one is none";
}

TEST(Fingerprint, IsFitToBeStoredWhateverTheMailSays) {
    const std::string long_id(5'000, 'x');
    for (const std::string& mail :
         {std::string(), std::string("\r\n"), std::string("no header at all"), std::string("\0\xFF\xFE", 3),
          "Message-ID: <" + long_id + ">\r\n\r\n", std::string("Message-ID: <\xFF\x01\0@b>\r\n\r\n", 23),
          std::string(": :\n:\n\n\n"), "Message-ID: " + std::string(3'000, '<') + "\r\n\r\n"}) {
        const auto print = fingerprint(mail);
        EXPECT_FALSE(print.empty());
        EXPECT_LE(print.size(), limits::kExternalIdBytesMax);
        EXPECT_TRUE(text::is_valid_utf8(print) && !text::has_nul(print)) << print;
    }
    const auto other = "Message-ID: <" + long_id + "y>\r\n\r\n";
    EXPECT_NE(fingerprint("Message-ID: <" + long_id + ">\r\n\r\n"), fingerprint(other)) << "what was cut counts, too";
}

TEST(Fingerprint, KeepsItsFieldsApart) {
    EXPECT_NE(fingerprint("From: ab\r\nDate: c\r\n\r\n"), fingerprint("From: a\r\nDate: bc\r\n\r\n"));
}

TEST(Fingerprint, IsOfTheFirstFieldOfAName) {
    const auto print = fingerprint(kMail);
    EXPECT_EQ(fingerprint(replaced(kMail, "\r\n\r\nMoi", "\r\nSubject: other\r\n\r\nMoi")), print);
    EXPECT_NE(fingerprint("Subject: other\r\n" + kMail), print);
}

TEST(Fingerprint, ReadsFoldsByTabs) {
    EXPECT_EQ(fingerprint(replaced(kMail, "Subject: Hei", "Subject:\r\n\tHei")), fingerprint(kMail));
    EXPECT_NE(fingerprint(replaced(kMail, "Subject: Hei", "Subject: Hei\r\n\ttaas")), fingerprint(kMail));
}

TEST(Fingerprint, IsOfTheWholeBody) {
    const std::string line(76, 'x');
    std::string body;
    while (body.size() < 200'000) {
        body += line + "\r\n";
    }
    EXPECT_NE(fingerprint(kHead + "\r\na" + body), fingerprint(kHead + "\r\nb" + body));
    EXPECT_NE(fingerprint(kHead + "\r\n" + body + "a"), fingerprint(kHead + "\r\n" + body + "b"));
}

TEST(Fingerprint, BlankLinesAreEmptyOnes) {
    EXPECT_EQ(fingerprint(replaced(kMail, "Moi!\r\n\r\n", "Moi!\r\n \t \r\n")), fingerprint(kMail));
    EXPECT_EQ(fingerprint(kMail + "  \r\n\t\r\n"), fingerprint(kMail));
}

// What is stored is known by it: a later program has to make the same of the same mail.
TEST(Fingerprint, StaysWhatItIs) {
    EXPECT_EQ(fingerprint(kHead + "\r\nMoi!\r\n\r\nAino  M\r\n\r\n\r\nPS\r\n\r\n"),
              "a1@example.com#44c2979703f90d9cbc27d3a82fd53a32");
}

TEST(Fingerprint, TheEmptyLinesBetweenAreCounted) {
    EXPECT_NE(fingerprint(kHead + "\r\na\r\n\r\nb\r\n\r\n\r\nc\r\n"),
              fingerprint(kHead + "\r\na\r\n\r\n\r\nb\r\n\r\nc\r\n"));
    EXPECT_NE(fingerprint(kHead + "\r\na\r\n\r\nb\r\nc\r\n"), fingerprint(kHead + "\r\na\r\n\r\nb\r\n\r\nc\r\n"));
}

TEST(Fingerprint, ItsIdHasNoBlanks) {
    EXPECT_TRUE(fingerprint("Message-ID: <a b\x01@c>\r\n\r\n").starts_with("ab@c#"));
}

TEST(Fingerprint, IsLinear) {
    fingerprint(kHead + "\r\n" + std::string(8'000'000, '\n') + "x" + std::string(8'000'000, ' '));
    fingerprint("Subject: " + std::string(8'000'000, ' ') + "x\r\n");
    std::string folds = "Subject: a\r\n";
    for (int i = 0; i < 500'000; ++i) {
        folds += " b\r\n";
    }
    fingerprint(folds);
}

}  // namespace
}  // namespace lupaus::desk::arrival
