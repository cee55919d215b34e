#include "common/mail/parameters.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view written;
    std::string_view text;
};

TEST(Parameters, HasTheValueInLowerCase) {
    EXPECT_EQ(parse_parameters(" Text/HTML; charset=utf-8").value, "text/html");
    EXPECT_EQ(parse_parameters("text/plain (a comment)").value, "text/plain");
    EXPECT_EQ(parse_parameters("text/plain\r\n ;charset=x").value, "text/plain");
    EXPECT_EQ(parse_parameters("").value, "");
    EXPECT_EQ(parse_parameters("; charset=x").find("charset"), "x");
}

TEST(Parameters, ReadsFileNamesInEveryForm) {
    const Case cases[] = {
        {"attachment; filename=a.txt", "a.txt"},
        {"attachment; filename=\"a b.txt\"", "a b.txt"},
        {"attachment; FileName = \"a.txt\" ; size=3", "a.txt"},
        {"attachment; filename=my holiday.jpg; size=3", "my holiday.jpg"},
        {"attachment; filename=\"a;b.txt\"", "a;b.txt"},
        {"attachment; filename=\"a\\\"b.txt\"", "a\"b.txt"},
        {R"(attachment; filename="C:\temp\new.txt")", R"(C:\temp\new.txt)"},
        {"attachment; filename=\"open.txt", "open.txt"},
        {"attachment; filename=\"a.txt\" junk; size=3", "a.txt"},
        {"attachment; filename==?utf-8?Q?p=C3=A4.txt?=", "pä.txt"},
        {"attachment; filename=\"=?utf-8?Q?p=C3=A4?= =?utf-8?Q?.txt?=\"", "pä.txt"},
        {"attachment; filename=\"p\xC3\xA4.txt\"", "pä.txt"},
        {"attachment; filename=\"p\xE4.txt\"", "pä.txt"},
        {"attachment; filename*=utf-8''p%C3%A4.txt", "pä.txt"},
        {"attachment; filename*=UTF-8'fi'p%c3%a4.txt", "pä.txt"},
        {"attachment; filename*=\"iso-8859-1''%80.txt\"", "€.txt"},
        {"attachment; filename*=''plain.txt", "plain.txt"},
        {"attachment; filename*=p%C3%A4.txt", "pä.txt"},
        {"attachment; filename*=utf-8''100%.txt", "100%.txt"},
        {"attachment; filename=\"a.txt\"; filename*=utf-8''p%C3%A4.txt", "pä.txt"},
        {"attachment; filename*=utf-8''p%C3%A4.txt; filename=\"a.txt\"", "pä.txt"},
        {"attachment; filename*0=\"long \"; filename*1=\"name\"; filename*2=\".txt\"", "long name.txt"},
        {"attachment; filename*1=\"name\"; filename*0=\"long \"", "long name"},
        {"attachment; filename*0*=utf-8''p%C3; filename*1*=%A4; filename*2=.txt", "pä.txt"},
        {"attachment; filename*0=a; filename*2=c", "a"},
        {"attachment; filename*0=a; filename*0=b; filename*1=c", "ac"},
        {"attachment; filename*0=\"=?utf-8?Q?p=C3\"; filename*1=\"=A4.txt?=\"", "pä.txt"},
        {"attachment; filename*99999999999999=a", "a"},
        {"attachment; filename*2147483647=a; filename*2147483647=b", "a"},
        {"attachment; filename=a; filename=b", "a"},
        {"attachment; filename", ""},
        {"attachment; filename=", ""},
        {"attachment; =x; filename=a", "a"},
        {"attachment; filename=\r\n\t\"a.txt\"", "a.txt"},
        {"attachment;;; filename=a.txt", "a.txt"},
    };
    for (const auto& one : cases) {
        const auto decoded = parse_parameters(one.written).text("filename");
        EXPECT_EQ(decoded.text, one.text) << one.written;
        EXPECT_FALSE(decoded.is_lossy) << one.written;
    }
}

TEST(Parameters, KeepsABoundaryAsItIsWritten) {
    EXPECT_EQ(parse_parameters("multipart/mixed; boundary=\"=_?utf-8?Q?x?=\"").find("boundary"), "=_?utf-8?Q?x?=");
    EXPECT_EQ(parse_parameters("multipart/mixed; boundary*=us-ascii''a%2Fb").find("boundary"), "a/b");
    EXPECT_EQ(parse_parameters("multipart/mixed; boundary*0=a; boundary*1=b").find("boundary"), "ab");
}

TEST(Parameters, SaysWhatCouldNotBeDecoded) {
    const auto decoded = parse_parameters("attachment; filename*=utf-8''%FF").text("filename");
    EXPECT_EQ(decoded.text, "\uFFFD");
    EXPECT_TRUE(decoded.is_lossy);
}

}  // namespace
}  // namespace lupaus::mail
