#include "common/mail/charset.hpp"

#include "common/text/utf8.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

using namespace std::string_view_literals;

struct Case {
    std::string_view label;
    std::string_view bytes;
    std::string_view text;
};

TEST(Charset, ReadsLabelsAsBrowsersDo) {
    const Case cases[] = {
        {"utf-8", "p\xC3\xA4\xC3\xA4", "pää"},
        {"UTF8", "\xE2\x82\xAC", "€"},
        {"iso-8859-1", "\x80 \x93p\xE4\xE4\x94", "€ “pää”"},
        {"ISO-8859-1", "\xFF", "ÿ"},
        {"windows-1252", "\x99", "™"},
        {"iso-8859-9", "\x80\xDD", "€İ"},
        {"iso-8859-15", "\xA4", "€"},
        {"iso-8859-2", "\xB3\xF3\xBC", "łóź"},
        {"windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2", "Привет"},
        {"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
        {"windows-1258", "\xD0\xF0", "Đđ"},
        {"tis-620", "\xCA\xC7\xD1\xCA\xB4\xD5", "สวัสดี"},
        {"gb2312", "\xC4\xE3\xBA\xC3", "你好"},
        {"gb2312", "\x98\xCB", "標"},  // of GBK, not of GB 2312
        {"big5", "\xA7\x41\xA6\x6E", "你好"},
        {"shift_jis", "\x87\x40\x93\xFA", "①日"},  // NEC's row 13
        {"euc-jp", "\xC6\xFC\xAD\xA1", "日①"},
        {"iso-2022-jp", "\x1B$BF|K\\\x1B(B!", "日本!"},
        {"iso-2022-jp", "\x1B$B-!\x1B(B", "①"},
        {"iso-2022-jp", "\x1B(I1\x1B(B", "ｱ"},
        {"ks_c_5601-1987", "\xBE\xC8\xB3\xE7", "안녕"},
        {"euc-kr", "\x8C\x63", "똠"},  // of code page 949, not of EUC-KR
        {"utf-7", "Hi +AOQ-", "Hi ä"},
        {"utf-16le", "h\0\xE4\0"sv, "hä"},
        {"utf-16be", "\0h\0\xE4"sv, "hä"},
        {"utf-16", "\xFF\xFEh\0"sv, "h"},
        {"cp-850", "\x84", "ä"},
    };
    for (const auto& one : cases) {
        const auto decoded = to_utf8(std::string(one.bytes), one.label);
        EXPECT_EQ(decoded.text, one.text) << one.label;
        EXPECT_FALSE(decoded.is_lossy) << one.label;
    }
}

TEST(Charset, GuessesWhereTheLabelSaysNothing) {
    for (const auto label : {"", "us-ascii", "ascii", "unknown-8bit", "x-user-defined", "no such thing",
                             "../../etc/passwd", "utf-8//IGNORE"}) {
        EXPECT_EQ(to_utf8("p\xC3\xA4", label).text, "pä") << label;
        EXPECT_EQ(to_utf8("p\xE4", label).text, "pä") << label;
    }
}

TEST(Charset, ReplacesWhatIsBroken) {
    const Case cases[] = {
        {"utf-8", "a\xFFz", "a\uFFFDz"},
        {"utf-8", "a\xC3", "a\uFFFD"},
        {"shift_jis", "a\x87", "a\uFFFD"},
        {"shift_jis", "a\xFD\x41", "a\uFFFD\x41"},
        {"utf-16le", "a\0\x00\xDCz\0"sv, "a\uFFFDz"},
        {"utf-16le", "a\0z"sv, "a\uFFFD"},
        {"windows-1253", "a\xD2z", "a\uFFFDz"},
        {"euc-kr", "\xFF\xFF", "\uFFFD\uFFFD"},
    };
    for (const auto& one : cases) {
        const auto decoded = to_utf8(std::string(one.bytes), one.label);
        EXPECT_EQ(decoded.text, one.text) << one.label;
        EXPECT_TRUE(decoded.is_lossy) << one.label;
    }
}

TEST(Charset, TakesNulOut) {
    const auto decoded = to_utf8(std::string("a\0b"sv), "utf-8");
    EXPECT_EQ(decoded.text, "ab");
    EXPECT_TRUE(decoded.is_lossy);
    EXPECT_EQ(to_utf8(std::string("a\0\xE4"sv), "iso-8859-1").text, "aä");
    EXPECT_TRUE(to_utf8(std::string("\0"sv), "").is_lossy);
}

TEST(Charset, LeavesTheMarkOfByteOrderOut) {
    EXPECT_EQ(to_utf8("\xEF\xBB\xBFhei", "utf-8").text, "hei");
}

TEST(Charset, GoesOnAfterABrokenText) {
    EXPECT_TRUE(to_utf8("\x1B$BF", "iso-2022-jp").is_lossy);
    EXPECT_EQ(to_utf8("\x1B$BF|\x1B(B", "iso-2022-jp").text, "日");
    EXPECT_TRUE(to_utf8("\x1B$)C\x0E", "iso-2022-kr").text.empty());
    EXPECT_EQ(to_utf8("abc", "iso-2022-kr").text, "abc");
}

TEST(Charset, GivesValidUtf8ForEveryPairOfBytes) {
    for (const auto label : {"utf-8", "gb18030", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "iso-2022-kr",
                             "utf-7", "utf-16", "utf-32", "windows-1255", "iso-8859-6", ""}) {
        std::string bytes;
        for (int first = 0; first < 256; ++first) {
            for (int second = 0; second < 256; ++second) {
                bytes += static_cast<char>(first);
                bytes += static_cast<char>(second);
            }
        }
        const auto decoded = to_utf8(bytes, label);
        EXPECT_TRUE(text::is_valid_utf8(decoded.text)) << label;
        EXPECT_FALSE(text::has_nul(decoded.text)) << label;
    }
}

}  // namespace
}  // namespace lupaus::mail
