#include "common/mail/structure.hpp"

#include "common/base/limits.hpp"
#include "tests/unit/mail/mail_sample.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lupaus::mail {
namespace {

// The parts as a list: types and bodies, multiparts without.
std::string outline(std::string_view bytes) {
    const auto entities = take_apart(bytes);
    if (!entities) {
        return entities.error().detail;
    }
    std::string shown;
    for (const auto& entity : *entities) {
        shown += entity.type.value;
        shown += entity.children.empty() ? "(" + std::string(entity.body) + ") " : " ";
    }
    return shown;
}

std::string nested(std::size_t depth) {
    std::string bytes = "Subject: deep\r\n";
    for (std::size_t i = 0; i < depth; ++i) {
        const auto boundary = "b" + std::to_string(i) + "x";
        bytes += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    return bytes + "\r\ninnermost";
}

std::string wide(std::size_t parts) {
    std::string bytes = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
    for (std::size_t i = 0; i < parts; ++i) {
        bytes += "--x\r\n\r\n";
    }
    return bytes + "--x--\r\n";
}

TEST(Structure, IsOneTextByDefault) {
    EXPECT_EQ(outline("Subject: a\r\n\r\nHello\r\n"), "text/plain(Hello\r\n) ");
    EXPECT_EQ(outline("Subject: a\n\nHello"), "text/plain(Hello) ");
    EXPECT_EQ(outline("Subject: a\r\n"), "text/plain() ");
    EXPECT_EQ(outline("Subject: a"), "text/plain() ");
    EXPECT_EQ(outline("Subject: a\r\nContent-Type: nonsense\r\n\r\nb"), "text/plain(b) ");
    EXPECT_EQ(outline("From aino Thu Nov 26 04:43:40 2026\nSubject: a\n\nb"), "text/plain(b) ");
    EXPECT_EQ(outline("Subject: a\nand no empty line\n"), "text/plain(and no empty line\n) ");
    EXPECT_EQ(outline(" first\nSubject: a\n\nb"), "text/plain(b) ");
}

TEST(Structure, TakesNoTypeThatMakesNoSense) {
    for (const std::string type :
         {"text", "text/", "/html", "text/html/x", "text/h\xE4ml", "te\x01xt/html", "a=b/c", ""}) {
        EXPECT_EQ(outline("Content-Type: " + type + "\n\nb"), "text/plain(b) ") << type;
    }
    EXPECT_EQ(outline("Content-Type: a/" + std::string(254, 'b') + "\n\nb"), "text/plain(b) ");
    EXPECT_EQ(outline("Content-Type: Application/VND.x+JSON ;a=b\n\nb"), "application/vnd.x+json(b) ");
}

TEST(Structure, TakesTheFirstTypeOfSeveral) {
    EXPECT_EQ(outline("Content-Type: text/html\nContent-Type: image/png\n\nb"), "text/html(b) ");
    EXPECT_EQ(outline("Content-Type: a/" + std::string(253, 'b') + "\n\nb"), "a/" + std::string(253, 'b') + "(b) ");
}

TEST(Structure, HasItsPartsInTheirOrder) {
    const auto mail =
        lines({"Content-Type: multipart/mixed; boundary=\"x y\"", "", "preamble", "--x y", "", "one", "--x y ",
               "Content-Type: text/html", "", "two", "", "--x y--", "epilogue", "--x y", "", "none"});
    EXPECT_EQ(outline(mail), "multipart/mixed text/plain(one) text/html(two\r\n) ");
}

TEST(Structure, NestsParts) {
    const auto mail =
        lines({"Content-Type: multipart/mixed; boundary=out", "", "--out",
               "Content-Type: multipart/alternative; boundary=in", "", "--in", "", "a", "--in",
               "Content-Type: text/html", "", "b", "--in--", "--out", "Content-Type: image/png", "", "c", "--out--"});
    EXPECT_EQ(outline(mail), "multipart/mixed multipart/alternative text/plain(a) text/html(b) image/png(c) ");
}

TEST(Structure, EndsWhatIsOpenWithTheDelimiterAround) {
    const auto mail = lines({"Content-Type: multipart/mixed; boundary=out", "", "--out",
                             "Content-Type: multipart/alternative; boundary=in", "", "--in", "", "a", "--out",
                             "Content-Type: image/png", "--out", "", "d", "--in", "e"});
    EXPECT_EQ(outline(mail),
              "multipart/mixed multipart/alternative text/plain(a) image/png() text/plain(d\r\n--in\r\ne\r\n) ");
}

TEST(Structure, TellsBoundariesThatBeginAlikeApart) {
    const auto mail =
        lines({"Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: multipart/mixed; boundary=x1", "",
               "--x1", "", "a", "--x1--", "--x", "", "b", "--xy", "--x--"});
    EXPECT_EQ(outline(mail), "multipart/mixed multipart/mixed text/plain(a) text/plain(b\r\n--xy) ");
}

TEST(Structure, HasNoPartBetweenTwoDelimitersInARow) {
    const auto mail = lines({"Content-Type: multipart/mixed; boundary=x", "", "--x", "--x", "", "a", "--x", "--x",
                             "--x", "Content-Type: text/html", "", "b", "--x--"});
    EXPECT_EQ(outline(mail), "multipart/mixed text/plain(a) text/html(b) ");
}

TEST(Structure, TakesAMultipartWithoutPartsForText) {
    EXPECT_EQ(outline("Content-Type: multipart/mixed\n\n--x\n\na\n"), "text/plain(--x\n\na\n) ");
    EXPECT_EQ(outline("Content-Type: multipart/mixed; boundary=\"\"\n\na"), "text/plain(a) ");
    EXPECT_EQ(outline("Content-Type: multipart/mixed; boundary=other\n\n--x\n\na\n"), "text/plain(--x\n\na\n) ");
}

TEST(Structure, LeavesAttachedMailsWhole) {
    const auto mail = lines({"Content-Type: multipart/digest; boundary=x", "", "--x", "", "Subject: in", "", "a", "--x",
                             "Content-Type: text/plain", "", "b", "--x--"});
    EXPECT_EQ(outline(mail), "multipart/digest message/rfc822(Subject: in\r\n\r\na) text/plain(b) ");
}

TEST(Structure, RefusesWhatIsNoMail) {
    for (const std::string_view bytes : {"", "\r\n", "just text", "\r\nSubject: too late\r\n", ": no name\r\n",
                                         " \r\n \r\n", "From aino Thu Nov 26 04:43:40 2026\n\nb", "\x00\x01\x02"}) {
        EXPECT_EQ(why_not(bytes), "there is no header field, so this is no mail");
    }
}

TEST(Structure, LimitsTheBytesOfAMail) {
    std::string mail = "Subject: a\r\n\r\n";
    mail.resize(limits::kMailBytesMax, 'x');
    EXPECT_TRUE(read(mail));
    EXPECT_NE(why_not(mail + "x").find("26214401 bytes"), std::string::npos);
}

TEST(Structure, LimitsHeaders) {
    const std::string line = "X-Filling: " + std::string(1'011, 'x') + "\r\n";  // 1,024 bytes
    std::string header;
    while (header.size() < limits::kMailHeaderBytesMax) {
        header += line;
    }
    EXPECT_TRUE(read(header + "\r\n"));
    EXPECT_NE(why_not(header + "a:\r\n\r\n").find("header of the mail or of a part"), std::string::npos);
    const std::string part = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n";
    EXPECT_TRUE(read(part + header + "\r\n"));
    EXPECT_FALSE(read(part + header + "a:\r\n\r\n"));

    std::string field = "X-Long:";
    while (field.size() + 3 < limits::kMailFieldBytesMax) {
        field += "\n " + std::string(std::min<std::size_t>(70, limits::kMailFieldBytesMax - field.size() - 3), 'x');
    }
    EXPECT_TRUE(read(field + "\n\n"));
    EXPECT_NE(why_not(field + "xxx\n\n").find("a header field is longer"), std::string::npos);
}

TEST(Structure, LimitsDepth) {
    EXPECT_TRUE(read(nested(limits::kMailDepthMax)));
    EXPECT_NE(why_not(nested(limits::kMailDepthMax + 1)).find("nested more than 50 deep"), std::string::npos);
    EXPECT_FALSE(read(nested(10'000)));
    EXPECT_FALSE(read(nested(limits::kMailDepthMax) + "\r\n--b49x\r\nContent-Type: multipart/mixed; boundary=last"));
}

TEST(Structure, LimitsParts) {
    EXPECT_EQ(read_well(wide(limits::kMailPartsMax)).parts.size(), 0U);
    EXPECT_NE(why_not(wide(limits::kMailPartsMax + 1)).find("more than 1000 parts"), std::string::npos);
}

TEST(Structure, TakesLinearTime) {
    for (const std::string_view piece :
         {"--", "--\n", "--b49\n", "-", "\n", "\r", "a:\n", " \n", "=\n", "--b49x--\n"}) {
        auto mail = nested(limits::kMailDepthMax);
        while (mail.size() < 1024 * 1024) {
            mail += piece;
        }
        const auto begun = std::chrono::steady_clock::now();
        (void)read(mail);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10)) << piece;
    }
}

}  // namespace
}  // namespace lupaus::mail
