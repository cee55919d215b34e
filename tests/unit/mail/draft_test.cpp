#include "common/mail/draft.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace lupaus::mail {
namespace {

Draft sample() {
    Draft draft;
    draft.message_id = "0191.abc@shop.example";
    draft.from = {.name = "Shop", .address = "support@shop.example"};
    draft.to = {{.name = "", .address = "ada@example.org"}};
    draft.subject = "Your order";
    draft.date = Timestamp{std::chrono::sys_days{std::chrono::November / 26 / 2026}} + std::chrono::hours{4} +
                 std::chrono::minutes{45} + std::chrono::seconds{6};
    draft.text = "Hello Ada,\nit is on its way.\n";
    return draft;
}

std::string written(const Draft& draft) {
    auto bytes = write(draft);
    EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().fields.at(0).field);
    return bytes ? *bytes : "";
}

std::string refused_field(const Draft& draft) {
    const auto bytes = write(draft);
    return bytes ? "nothing" : bytes.error().fields.at(0).field;
}

Part file(std::string name, std::string bytes) {
    return {.name = std::move(name), .content_type = "application/pdf", .bytes = std::move(bytes)};
}

// What holds for every mail: ASCII without controls, lines of at most 78 columns that end in CR LF.
void expect_clean(const std::string& bytes) {
    std::size_t begin = 0;
    for (auto end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', begin)) {
        ASSERT_GT(end, begin);
        ASSERT_EQ(bytes[end - 1], '\r');
        const auto line = bytes.substr(begin, end - 1 - begin);
        EXPECT_LE(line.size(), 78U) << line;
        EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << line;
        begin = end + 1;
    }
    EXPECT_EQ(begin, bytes.size());
}

TEST(MailDraft, WritesAPlainMailWordForWord) {
    auto draft = sample();
    draft.cc = {{.name = "Lovelace, \"Bob\"", .address = "bob@example.org"}};
    draft.bcc = {{.name = "", .address = "secret@example.org"}};
    draft.in_reply_to = "q1@example.org";
    draft.references = {"q0@example.org", "q1@example.org"};
    draft.extra = {{.name = "Auto-Submitted", .value = "auto-replied"}};
    EXPECT_EQ(written(draft),
              "Date: Thu, 26 Nov 2026 04:45:06 +0000\r\n"
              "From: Shop <support@shop.example>\r\n"
              "To: ada@example.org\r\n"
              "Cc: \"Lovelace, \\\"Bob\\\"\" <bob@example.org>\r\n"
              "Subject: Your order\r\n"
              "Message-ID: <0191.abc@shop.example>\r\n"
              "In-Reply-To: <q1@example.org>\r\n"
              "References: <q0@example.org> <q1@example.org>\r\n"
              "Auto-Submitted: auto-replied\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=\"utf-8\"\r\n"
              "Content-Transfer-Encoding: 7bit\r\n"
              "\r\n"
              "Hello Ada,\r\nit is on its way.\r\n");
}

TEST(MailDraft, NestsTextPicturesAndFiles) {
    auto draft = sample();
    draft.html = "<p>Hello <img src=\"cid:logo@shop\"></p>";
    draft.parts = {{.name = "logo.png",
                    .content_type = "image/png",
                    .content_id = "logo@shop",
                    .disposition = Disposition::inlined,
                    .bytes = "png"},
                   file("bill.pdf", "pdf")};
    const auto bytes = written(draft);
    expect_clean(bytes);
    std::size_t at = 0;
    for (const auto* mark :
         {"multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
          "Content-Disposition: inline; filename=\"logo.png\"", "Content-ID: <logo@shop>", "application/pdf",
          "Content-Disposition: attachment; filename=\"bill.pdf\""}) {
        at = bytes.find(mark, at);
        ASSERT_NE(at, std::string::npos) << mark << " in\n" << bytes;
    }
}

TEST(MailDraft, MakesAFileOfAPictureThatNoHtmlShows) {
    auto draft = sample();
    draft.parts = {{.name = "logo.png",
                    .content_type = "image/png",
                    .content_id = "logo@shop",
                    .disposition = Disposition::inlined,
                    .bytes = "png"}};
    EXPECT_NE(written(draft).find("multipart/mixed"), std::string::npos);
    EXPECT_EQ(written(draft).find("multipart/related"), std::string::npos);
}

TEST(MailDraft, GivesTheSameBytesAgain) {
    auto draft = sample();
    draft.html = "<p>Päivää</p>";
    EXPECT_EQ(written(draft), written(draft));
    auto other = draft;
    other.message_id = "0192.abc@shop.example";
    const auto boundary_of = [](const std::string& bytes) {
        const auto at = bytes.find("boundary=");
        return bytes.substr(at, bytes.find('\r', at) - at);
    };
    EXPECT_NE(boundary_of(written(draft)), boundary_of(written(other)));
}

TEST(MailDraft, KeepsItsBoundaryOutOfTheText) {
    auto draft = sample();
    draft.html = "<p>x</p>";
    const auto bytes = written(draft);
    const auto at = bytes.find("\r\n--=_") + 2;
    const auto boundary = bytes.substr(at, bytes.find('\r', at) - at);
    draft.text = "as it said:\n" + boundary + "\nand went on\n";
    const auto again = written(draft);
    std::size_t count = 0;
    for (auto found = again.find("\r\n" + boundary + "\r\n"); found != std::string::npos;
         found = again.find("\r\n" + boundary + "\r\n", found + 1)) {
        ++count;
    }
    EXPECT_EQ(count, 2U) << again;
}

TEST(MailDraft, IsCleanWhateverIsInIt) {
    auto draft = sample();
    const std::string long_line(5'000, 'x');
    for (const auto* text : {"Päivää, mitä kuuluu?\n", "日本語のテキスト\n", "trailing blank \nand tab\t\n",
                             "lone\rreturn\n", ".\n..\nFrom me\n", "no end", "-- \nMaija\n", "\x01\x7f", ""}) {
        draft.text = text;
        draft.html = std::string("<p>") + text + "</p>";
        draft.subject = text == std::string("") ? "" : "Ääkkösiä ja 日本語 " + long_line.substr(0, 300);
        draft.to[0].name = "Äiti " + long_line.substr(0, 100);
        draft.parts = {file("tärkeä " + long_line.substr(0, 150) + ".pdf", long_line + '\0' + "\xff\n")};
        expect_clean(written(draft));
    }
    draft.text = long_line;
    expect_clean(written(draft));
}

TEST(MailDraft, RefusesALineBreakOrNulInEveryHeaderValue) {
    const std::string ends[] = {"\r", "\n", "\r\nBcc: all@example.org", std::string(1, '\0')};
    for (const auto& end : ends) {
        const auto with = [&end](auto change) {
            auto draft = sample();
            change(draft, "x" + end);
            return refused_field(draft);
        };
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.subject = v; }), "/subject");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.from.name = v; }), "/from/name");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.from.address = v + "@example.org"; }), "/from/address");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.reply_to = Address{.name = v, .address = "a@b.c"}; }),
                  "/reply_to/name");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.to.push_back({.name = v, .address = "a@b.c"}); }),
                  "/to/1/name");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.cc = {{.name = "", .address = "a@b.c" + v}}; }),
                  "/cc/0/address");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.bcc = {{.name = "", .address = "a@b.c" + v}}; }),
                  "/bcc/0/address");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.message_id = v + "@b.c"; }), "/message_id");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.in_reply_to = v; }), "/in_reply_to");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.references = {"a@b.c", v}; }), "/references/1");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.extra = {{.name = "X-A", .value = v}}; }),
                  "/extra/0/value");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.extra = {{.name = v, .value = ""}}; }), "/extra/0/name");
        EXPECT_EQ(with([](Draft& d, const std::string& v) { d.parts = {file(v, "")}; }), "/parts/0/name");
        EXPECT_EQ(with([](Draft& d, const std::string& v) {
                      d.parts = {file("a", "")};
                      d.parts[0].content_type = "text/" + v;
                  }),
                  "/parts/0/content_type");
        EXPECT_EQ(with([](Draft& d, const std::string& v) {
                      d.parts = {file("a", "")};
                      d.parts[0].content_id = v;
                  }),
                  "/parts/0/content_id");
    }
}

TEST(MailDraft, RefusesWhatIsNoAddressAndFieldsOfItsOwn) {
    for (const auto* address : {"", "ada", "@example.org", "ada@", "a b@example.org", "<ada@example.org>",
                                "\xff@example.org", "a\xC2\x85@example.org", "a\xE2\x80\xA8@example.org",
                                "a@exämple.org", "a@b@example.org", "a,b@example.org", "a@.example.org"}) {
        EXPECT_FALSE(is_writable_address(address)) << address;
        auto draft = sample();
        draft.to[0].address = address;
        EXPECT_EQ(refused_field(draft), "/to/0/address") << address;
    }
    EXPECT_FALSE(is_writable_address(std::string(251, 'a') + "@b.c"));
    EXPECT_TRUE(is_writable_address("support+r.1042.9f86d081@shop.example"));
    EXPECT_TRUE(is_writable_address("odd..dots.@docomo.example"));
    EXPECT_TRUE(is_writable_address("päivä@example.org"));
    EXPECT_TRUE(is_writable_address("用户@xn--fsqu00a.example"));
    for (const auto* name : {"Subject", "bcc", "Content-Type", "Return-Path", "a:b", "ä", ""}) {
        auto draft = sample();
        draft.extra = {{.name = name, .value = "x"}};
        EXPECT_EQ(refused_field(draft), "/extra/0/name") << name;
    }
    auto draft = sample();
    draft.to.clear();
    EXPECT_EQ(refused_field(draft), "/to");
    draft = sample();
    draft.subject = "\xff";
    EXPECT_EQ(refused_field(draft), "/subject");
    draft = sample();
    draft.text = "\xff";
    EXPECT_EQ(refused_field(draft), "/text");
    draft = sample();
    draft.html = "<p>\xff</p>";
    EXPECT_EQ(refused_field(draft), "/html");
}

TEST(MailDraft, RefusesWhatIsNoMessageId) {
    for (const auto& id : {std::string("shop.example"), std::string("a@b@shop.example"), std::string(),
                           std::string(239, 'a') + "@shop.example"}) {  // 252 bytes
        auto draft = sample();
        draft.message_id = id;
        EXPECT_EQ(refused_field(draft), "/message_id") << id;
        draft = sample();
        draft.references = {id, "q1@example.org"};
        EXPECT_NE(written(draft).find("\r\nReferences: <q1@example.org>\r\n"), std::string::npos) << id;
    }
}

TEST(MailDraft, ShowsNoPictureThatIsMeantForAFile) {
    auto draft = sample();
    draft.html = "<p>Hello</p>";
    draft.parts = {{.name = "logo.png", .content_type = "image/png", .content_id = "logo@shop", .bytes = "png"}};
    const auto bytes = written(draft);
    EXPECT_EQ(bytes.find("multipart/related"), std::string::npos);
    EXPECT_NE(bytes.find("Content-Disposition: attachment"), std::string::npos);
}

TEST(MailDraft, KeepsItsBoundaryOutOfAMailInside) {
    auto draft = sample();
    draft.parts = {{.name = "mail.eml", .content_type = "message/rfc822", .bytes = "Subject: x\r\n\r\nbody\r\n"}};
    const auto bytes = written(draft);
    const auto at = bytes.find("\r\n--=_") + 2;
    draft.parts[0].bytes += bytes.substr(at, bytes.find('\r', at) - at) + "--\r\n";
    EXPECT_EQ(written(draft).find("message/rfc822"), std::string::npos) << "it goes as a file";
}

TEST(MailDraft, WritesAnAddressBeyondAsciiAsItIs) {
    auto draft = sample();
    draft.to = {{.name = "Päivä", .address = "päivä@example.org"}};
    EXPECT_NE(written(draft).find("\r\nTo: =?utf-8?B?UMOkaXbDpA==?= <päivä@example.org>\r\n"), std::string::npos);
}

TEST(MailDraft, LeavesOutReferencesThatNobodyCanWrite) {
    auto draft = sample();
    draft.in_reply_to = "no id";
    draft.references = {"ä@example.org", "q1@example.org"};
    const auto bytes = written(draft);
    EXPECT_EQ(bytes.find("In-Reply-To"), std::string::npos);
    EXPECT_NE(bytes.find("References: <q1@example.org>\r\n"), std::string::npos);
}

TEST(MailDraft, KeepsTheFirstReferenceAndTheNewest) {
    auto draft = sample();
    for (int i = 0; i < 200; ++i) {
        draft.references.push_back(std::to_string(i) + "@example.org");
    }
    const auto bytes = written(draft);
    EXPECT_NE(bytes.find("References: <0@example.org> <151@example.org>"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find("<199@example.org>\r\nMIME"), std::string::npos) << bytes;
}

TEST(MailDraft, HidesAMailInsideThatWouldNeedEncoding) {
    auto draft = sample();
    Part mail{.name = "mail.eml", .content_type = "message/rfc822", .bytes = "Subject: x\r\n\r\nbody\r\n"};
    draft.parts = {mail};
    EXPECT_NE(written(draft).find("message/rfc822"), std::string::npos);
    draft.parts[0].bytes = "Subject: x\n\n\xff";
    const auto bytes = written(draft);
    EXPECT_EQ(bytes.find("message/rfc822"), std::string::npos);
    EXPECT_NE(bytes.find("application/octet-stream"), std::string::npos);
}

TEST(MailDraft, SendsToEverybodyOnceAndTellsNobodyOfBcc) {
    auto draft = sample();
    draft.cc = {{.name = "", .address = "ADA@example.org"}, {.name = "", .address = "b@example.org"}};
    draft.bcc = {{.name = "", .address = "c@example.org"}, {.name = "", .address = "b@example.org"}};
    EXPECT_EQ(recipients(draft), (std::vector<std::string>{"ada@example.org", "b@example.org", "c@example.org"}));
    EXPECT_EQ(written(draft).find("c@example.org"), std::string::npos);
    draft.to.clear();
    draft.cc.clear();
    EXPECT_NE(written(draft).find("To: undisclosed-recipients:;\r\n"), std::string::npos);
}

}  // namespace
}  // namespace lupaus::mail
