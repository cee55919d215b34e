#include "common/mail/content.hpp"

#include "tests/unit/mail/mail_sample.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

using namespace std::string_view_literals;

std::string names(const Mail& mail) {
    std::string shown;
    for (const auto& part : mail.parts) {
        shown += (shown.empty() ? "" : ", ") + part.name;
        shown += part.disposition == Disposition::inlined ? " in " + part.content_id : "";
    }
    return shown;
}

TEST(Content, DecodesTheText) {
    const auto plain =
        read_well(lines({"Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable",
                         "", "p=E4=E4 =80", "a=", "b  "}));
    EXPECT_EQ(plain.text, "pää €\nab\n");
    EXPECT_FALSE(plain.html);
    EXPECT_FALSE(plain.is_lossy);
    const auto base =
        read_well(lines({"Content-Type: text/html", "Content-Transfer-Encoding: BASE64 ", "", "PHA+cMOk", "PC9wPg=="}));
    EXPECT_EQ(base.html, "<p>pä</p>");
    EXPECT_EQ(base.text, "");
    const auto broken = read_well("Content-Type: text/plain; charset=utf-8\n\na\xFF\0z\n"sv);
    EXPECT_EQ(broken.text, "a\uFFFDz\n");
    EXPECT_TRUE(broken.is_lossy);
}

TEST(Content, HasLinesThatEndAlike) {
    EXPECT_EQ(read_well("Subject: a\r\n\r\none\r\ntwo\rthree\n\r\r\nfour").text, "one\ntwo\nthree\n\n\nfour");
}

TEST(Content, JoinsFlowedLines) {
    EXPECT_EQ(
        read_well(lines({"Content-Type: text/plain; format=flowed", "", "one ", "two", "> quoted ", "> on"})).text,
        "one two\n> quoted on\n");
    EXPECT_EQ(read_well(lines({"Content-Type: text/plain; Format=Flowed; DelSp=Yes", "", "on ", "e"})).text, "one\n");
}

TEST(Content, TakesTheCharsetOutOfHtmlWhereNobodyLabelledIt) {
    EXPECT_EQ(read_well("Content-Type: text/html\n\n<META CharSet='shift_jis'>\x93\xFA").html,
              "<META CharSet='shift_jis'>日");
    EXPECT_EQ(read_well("Content-Type: text/html; charset=utf-8\n\n<meta charset=shift_jis>ä").html,
              "<meta charset=shift_jis>ä");
}

TEST(Content, TakesTheBestAlternatives) {
    const auto mail = read_well(lines({"Content-Type: multipart/alternative; boundary=x",
                                       "",
                                       "--x",
                                       "",
                                       "worst",
                                       "--x",
                                       "",
                                       "plain",
                                       "--x",
                                       "Content-Type: text/x-amp-html",
                                       "",
                                       "<amp>",
                                       "--x",
                                       "Content-Type: text/html",
                                       "",
                                       "<p>html</p>",
                                       "--x",
                                       "Content-Type: text/calendar; method=REQUEST",
                                       "",
                                       "BEGIN:VCALENDAR",
                                       "--x--"}));
    EXPECT_EQ(mail.text, "plain");
    EXPECT_EQ(mail.html, "<p>html</p>");
    EXPECT_EQ(names(mail), "calendar.ics");
    EXPECT_EQ(first_part(mail).content_type, "text/calendar");
    EXPECT_EQ(first_part(mail).bytes, "BEGIN:VCALENDAR");
}

TEST(Content, TakesBlankTextBesideHtmlForNone) {
    const auto mail = read_well(lines({"Content-Type: multipart/alternative; boundary=x", "", "--x", "", " ", "", "--x",
                                       "Content-Type: text/html", "", "<p>", "--x--"}));
    EXPECT_EQ(mail.text, "");
    EXPECT_EQ(mail.html, "<p>");
}

TEST(Content, KeepsAFormThatNobodyCanShow) {
    const auto mail = read_well(lines({"Content-Type: multipart/alternative; boundary=x", "", "--x",
                                       "Content-Type: text/enriched", "", "a", "--x--"}));
    EXPECT_EQ(names(mail), "attachment");
}

TEST(Content, ShowsRelatedPicturesWithinTheText) {
    const auto mail = read_well(lines({"Content-Type: multipart/mixed; boundary=m",
                                       "",
                                       "--m",
                                       "Content-Type: multipart/alternative; boundary=a",
                                       "",
                                       "--a",
                                       "",
                                       "plain",
                                       "--a",
                                       "Content-Type: multipart/related; boundary=r",
                                       "",
                                       "--r",
                                       "Content-Type: text/html",
                                       "",
                                       "<img src='cid:logo@x'>",
                                       "--r",
                                       "Content-Type: image/png",
                                       "Content-ID: <logo@x>",
                                       "Content-Disposition: attachment; filename=logo.png",
                                       "Content-Transfer-Encoding: base64",
                                       "",
                                       "iVBORw==",
                                       "--r--",
                                       "--a--",
                                       "--m",
                                       "Content-Type: application/pdf",
                                       "Content-ID: <f_1>",
                                       "Content-Disposition: attachment; filename=\"bill.pdf\"",
                                       "",
                                       "%PDF",
                                       "--m--"}));
    EXPECT_EQ(mail.text, "plain");
    EXPECT_EQ(mail.html, "<img src='cid:logo@x'>");
    EXPECT_EQ(names(mail), "logo.png in logo@x, bill.pdf");
    EXPECT_EQ(first_part(mail).bytes, "\x89PNG");
}

TEST(Content, FindsTheRootOfRelatedParts) {
    const auto mail =
        read_well(lines({"Content-Type: multipart/related; boundary=x; start=\"<root>\"", "", "--x",
                         "Content-Type: image/gif", "Content-ID: <one>", "", "GIF", "--x", "Content-Type: text/html",
                         "Content-ID: <root>", "", "<p>", "--x", "Content-Type: image/gif", "", "GIF", "--x--"}));
    EXPECT_EQ(mail.html, "<p>");
    EXPECT_EQ(names(mail), "image.gif in one, image.gif");  // the second has no id to be shown by
}

TEST(Content, BeginsWithTheRootOfRelatedParts) {
    const auto mail = read_well(lines({"Content-Type: multipart/related; boundary=x; start=\"<root>\"", "", "--x",
                                       "Content-Type: text/html", "Content-ID: <one>", "", "<p>one", "--x",
                                       "Content-Type: text/html", "Content-ID: <root>", "", "<p>root", "--x--"}));
    EXPECT_EQ(mail.html, "<p>root<p>one");
}

// Beside files there may be only a piece of the text.
TEST(Content, TakesTheTextThatIsAFormOfItsOwn) {
    const auto mail = read_well(lines({"Content-Type: multipart/alternative; boundary=x",
                                       "",
                                       "--x",
                                       "",
                                       "whole",
                                       "--x",
                                       "Content-Type: multipart/mixed; boundary=y",
                                       "",
                                       "--y",
                                       "Content-Type: multipart/alternative; boundary=z",
                                       "",
                                       "--z",
                                       "",
                                       "piece",
                                       "--z",
                                       "Content-Type: text/html",
                                       "",
                                       "<p>piece",
                                       "--z--",
                                       "--y",
                                       "Content-Type: image/png; name=a.png",
                                       "",
                                       "PNG",
                                       "--y--",
                                       "--x--"}));
    EXPECT_EQ(mail.text, "whole");
    EXPECT_EQ(mail.html, "<p>piece");
}

TEST(Content, JoinsTextsInTheirOrder) {
    const auto mail = read_well(
        lines({"Content-Type: multipart/mixed; boundary=x", "", "--x", "", "one", "--x",
               "Content-Type: image/png; name=a.png", "", "PNG", "--x", "", "two", "", "--x", "", "three", "--x--"}));
    EXPECT_EQ(mail.text, "one\ntwo\nthree");
    EXPECT_FALSE(mail.html);
    EXPECT_EQ(names(mail), "a.png");
}

TEST(Content, LosesNoTextBesideHtml) {
    const auto footed =
        read_well(lines({"Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: text/html", "",
                         "<p>one</p>", "--x", "", "a < b & c", "--x--"}));
    EXPECT_EQ(footed.html, "<p>one</p><div>a &lt; b &amp; c</div>\n");
    EXPECT_EQ(footed.text, "");  // it would be a piece of the whole
    const auto both = read_well(lines(
        {"Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: multipart/alternative; boundary=y", "",
         "--y", "", "one", "--y", "Content-Type: text/html", "", "<p>one</p>", "--y--", "--x", "", "two", "--x--"}));
    EXPECT_EQ(both.text, "one\ntwo");
    EXPECT_EQ(both.html, "<p>one</p><div>two</div>\n");
    const auto blank = read_well(lines({"Content-Type: multipart/mixed; boundary=x", "", "--x",
                                        "Content-Type: text/html", "", "<p>", "--x", "", " ", "--x--"}));
    EXPECT_EQ(blank.html, "<p>");
}

TEST(Content, TakesTextWithANameForAFile) {
    for (const std::string_view more :
         {"Content-Disposition: attachment", "Content-Disposition: attachment; filename=text.txt",
          "Content-Disposition: inline; filename=text.txt",
          "Content-Description: x\r\nContent-Type: text/plain; name=text.txt"}) {
        const auto mail = read_well(lines(
            {"Content-Type: multipart/mixed; boundary=x", "", "--x", "", "body", "--x", more, "", "p\xE4", "--x--"}));
        EXPECT_EQ(mail.text, "body") << more;
        EXPECT_EQ(names(mail), "text.txt") << more;
        EXPECT_EQ(first_part(mail).bytes, "p\xE4") << more;
    }
}

TEST(Content, NamesAttachedMailsByTheirSubject) {
    const auto mail = read_well(lines({"Content-Type: multipart/mixed; boundary=x",
                                       "",
                                       "--x",
                                       "Content-Type: message/rfc822",
                                       "",
                                       "Subject: =?utf-8?Q?P=C3=A4=C3=A4?= a/b",
                                       "",
                                       "--y",
                                       "body",
                                       "--x",
                                       "Content-Type: message/rfc822",
                                       "",
                                       "From: a@b.example",
                                       "",
                                       "Subject: no",
                                       "--x",
                                       "Content-Type: message/rfc822; name=given.eml",
                                       "",
                                       "Subject: x",
                                       "",
                                       "--x--"}));
    EXPECT_EQ(names(mail), "Pää a_b.eml, message.eml, given.eml");
    EXPECT_EQ(first_part(mail).bytes, "Subject: =?utf-8?Q?P=C3=A4=C3=A4?= a/b\r\n\r\n--y\r\nbody");
    EXPECT_EQ(mail.text, "");
    EXPECT_EQ(mail.subject, "");
}

TEST(Content, NamesOutlooksParcel) {
    const auto mail = read_well(
        lines({"Content-Type: multipart/mixed; boundary=x", "", "--x", "", "body", "--x",
               "Content-Type: Application/MS-TNEF", "Content-Transfer-Encoding: base64", "", "eJ8+Ig==", "--x--"}));
    EXPECT_EQ(names(mail), "winmail.dat");
    EXPECT_EQ(first_part(mail).content_type, "application/ms-tnef");
    EXPECT_EQ(first_part(mail).bytes, "\x78\x9F\x3E\x22");
}

TEST(Content, GivesLargePartsToWhoeverKeepsThem) {
    const std::string letters(4 * 1024 * 1024, 'Q');  // 'Q' is 010000
    const auto part = [&letters](std::string_view type) {
        return "--x\r\nContent-Type: " + std::string(type) + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + letters +
               "\r\n";
    };
    const auto bytes = "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part("image/png") +
                       "--x\r\nContent-Type: image/gif\r\n\r\nsmall\r\n" + part("message/rfc822") + "--x--\r\n";
    std::vector<std::string> kept;
    const auto mail = read(bytes, [&kept](const Encoded& encoded) -> Kept {
        auto& whole = kept.emplace_back();
        encoded.decode([&whole](std::string_view piece) { whole += piece; });
        return {.name = "first", .size = whole.size()};
    });
    ASSERT_TRUE(mail);
    ASSERT_EQ(mail->parts.size(), 3U);
    const auto whole = read(bytes);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0], whole->parts[0].bytes);
    EXPECT_EQ(mail->parts[0].bytes, "");
    EXPECT_EQ(mail->parts[0].kept->name, "first");
    EXPECT_EQ(mail->parts[0].kept->size, letters.size() / 4 * 3);
    EXPECT_EQ(mail->parts[1].bytes, "small");
    EXPECT_FALSE(mail->parts[1].kept);
    EXPECT_EQ(mail->parts[2].bytes, whole->parts[2].bytes);  // who forwards a mail is looked for in it
    EXPECT_FALSE(mail->parts[2].kept);
}

TEST(Content, CutsNamesToTheirLastComponent) {
    const auto named = [](std::string_view name) {
        return first_part(read_well(lines({"Content-Type: application/octet-stream",
                                           "Content-Disposition: attachment; filename=\"" + std::string(name) + "\"",
                                           "", "x"})))
            .name;
    };
    EXPECT_EQ(named("../../etc/passwd"), "passwd");
    EXPECT_EQ(named(R"(C:\Users\aino\bill.pdf)"), "bill.pdf");
    EXPECT_EQ(named(".."), "attachment");
    EXPECT_EQ(named("a/"), "attachment");
    EXPECT_EQ(named(".htaccess"), "htaccess");
    EXPECT_EQ(named("=?utf-8?Q?..=2F..=2Fa=00b?="), "ab");
    EXPECT_EQ(named("exe\xE2\x80\xAEgnp.exe"), "exegnp.exe");
    EXPECT_EQ(named(std::string(300, 'a') + ".pdf"), std::string(196, 'a') + ".pdf");
}

TEST(Content, NamesWhatHasNoNameByItsType) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"image/png", "image.png"},
        {"image/JPEG", "image.jpg"},
        {"audio/ogg", "audio.ogg"},
        {"video/mp4", "video.mp4"},
        {"application/pdf", "document.pdf"},
        {"application/x-unknown", "attachment"},
        {"image/../../x", "text.txt"},
        {"image/x-y", "attachment"},
        {"application/octet-stream", "attachment"},
        {"message/partial", "attachment"},
    };
    for (const auto& [type, name] : cases) {
        const auto mail =
            read_well(lines({"Content-Type: " + std::string(type), "Content-Disposition: attachment", "", "x"}));
        EXPECT_EQ(names(mail), name) << type;
    }
}

}  // namespace
}  // namespace lupaus::mail
