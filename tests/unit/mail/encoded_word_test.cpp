#include "common/mail/encoded_word.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view written;
    std::string_view text;
};

TEST(EncodedWord, IsDecodedWhereverItStands) {
    const Case cases[] = {
        {"plain", "plain"},
        {"=?utf-8?Q?p=C3=A4=C3=A4?=", "pää"},
        {"=?UTF-8?q?Hei_vaan?=", "Hei vaan"},
        {"=?utf-8?B?cMOkw6Q=?=", "pää"},
        {"=?utf-8?b?cMOkw6Q?=", "pää"},  // without its padding
        {"=?iso-8859-1?Q?=80?=", "€"},
        {"=?utf-8*fi?Q?p=C3=A4?=", "pä"},  // with a language
        {"=?utf-8?Q?\?=", ""},
        {"=?utf-8?Q?a=3D=3F?=", "a=?"},
        {"=?utf-8?Q?Wie_geht's?\?=", "Wie geht's?"},
        {"=?utf-8?Q?with blanks?=", "with blanks"},
        {"\"=?utf-8?Q?Aino?=\"", "\"Aino\""},
        {"a=?utf-8?Q?b?=c", "abc"},
        {"p\xC3\xA4 bare", "pä bare"},
        {"p\xE4 bare", "pä bare"},
    };
    for (const auto& one : cases) {
        const auto decoded = decode_words(one.written);
        EXPECT_EQ(decoded.text, one.text) << one.written;
        EXPECT_FALSE(decoded.is_lossy) << one.written;
    }
}

TEST(EncodedWord, JoinsItsNeighbour) {
    const Case cases[] = {
        {"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},       {"=?utf-8?Q?a?=   \t =?utf-8?Q?b?=", "ab"},
        {"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},        {"=?utf-8?Q?a_?= =?utf-8?Q?b?=", "a b"},
        {"=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"},  {"=?utf-8?Q?a?= =?iso-8859-1?Q?=E4?=", "aä"},
        {"=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"},  // a character cut in two
        {"=?utf-8?B?4oI=?= =?UTF-8?B?rA==?=", "€"},  {"x =?utf-8?Q?a?=", "x a"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(decode_words(one.written).text, one.text) << one.written;
    }
}

TEST(EncodedWord, StaysAsItStandsWhereItIsBroken) {
    for (const std::string_view written : {
             "=?utf-8?Q?open",
             "=?utf-8?X?a?=",
             "=?utf-8?Q",
             "=?utf-8?",
             "=?utf-8",
             "=?",
             "=",
             "=??Q?a?=",
             "=?utf-8?B?!!!?=",
             "=?utf-8?B?abcde?=",
             "=?utf-8?QQ?a?=",
             "a =? b",
             "=?utf-8?Q?a?",
             "=?=?=?=?",
         }) {
        const auto decoded = decode_words(written);
        EXPECT_EQ(decoded.text, written);
        EXPECT_FALSE(decoded.is_lossy);
    }
    EXPECT_EQ(decode_words("=?utf-8?Q?open =?utf-8?Q?b?=").text, "=?utf-8?Q?open b");
    EXPECT_EQ(decode_words("=?utf-8?Q?50=%_=ZZ?=").text, "50=% =ZZ");
}

TEST(EncodedWord, OfAnUnknownCharsetIsGuessed) {
    EXPECT_EQ(decode_words("=?x-unknown?Q?=E4?=").text, "ä");
    EXPECT_EQ(decode_words("=?x-unknown?Q?=C3=A4?=").text, "ä");
    EXPECT_TRUE(decode_words("=?utf-8?Q?=E4?=").is_lossy);
    EXPECT_EQ(decode_words("=?utf-8?Q?=E4?=").text, "\uFFFD");
}

TEST(EncodedWord, BringsNoLineIntoAHeader) {
    EXPECT_EQ(decode_field(" =?utf-8?Q?a=0D=0ABcc:_b=00?=").text, "a  Bcc: b");
    EXPECT_EQ(decode_field(" folded\r\n over\r\n\tlines \r\n").text, "folded over lines");
    EXPECT_EQ(decode_field(" =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n").text, "ab");
    EXPECT_EQ(decode_field("\t \r\n").text, "");
}

// What doubles the length must not quadruple the time: these are the inputs that a second look forward would punish.
TEST(EncodedWord, TakesLinearTime) {
    for (const std::string_view piece :
         {"=?a?q?", "=?", "=?a?b?!", "=?utf-8?q?a?=", "=?koi8-r?q?=D0?= =?big5?q?=A7A?="}) {
        std::string text;
        while (text.size() < 512 * 1024) {
            text += piece;
        }
        const auto begun = std::chrono::steady_clock::now();
        decode_words(text);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10)) << piece;
    }
}

}  // namespace
}  // namespace lupaus::mail
