#include "common/mail/transfer.hpp"

#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view written;
    std::string_view bytes;
};

TEST(Transfer, DecodesBase64) {
    const Case cases[] = {
        {"", ""},
        {"YQ==", "a"},
        {"YWI=", "ab"},
        {"YWJj", "abc"},
        {"YWJjZA", "abcd"},
        {"Y W\r\nJj", "abc"},
        {"YW*Jj", "abc"},
        {"YWJj\r\n--\r\n", "abc"},
        {"YQ==\r\nfooter", "a"},
        {"YWJjZ", "abc"},
        {"=YWJj", "abc"},
        {"Y=WJj", "abc"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(decode_base64(one.written).bytes, one.bytes) << one.written;
    }
    EXPECT_TRUE(decode_base64("YWJj\r\nYQ").is_clean);
    EXPECT_FALSE(decode_base64("YW*Jj").is_clean);
    EXPECT_FALSE(decode_base64("YWJjZ").is_clean);
}

TEST(Transfer, DecodesEveryByteOfBase64) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
        EXPECT_EQ(decode_base64(crypto::base64_encode(bytes)).bytes, bytes);
    }
}

TEST(Transfer, DecodesQuotedPrintable) {
    const Case cases[] = {
        {"", ""},
        {"a=3Db", "a=b"},
        {"=c3=A4", "\xC3\xA4"},
        {"soft=\r\nbreak=\nhere", "softbreakhere"},
        {"soft= \t\r\nbreak", "softbreak"},
        {"blanks \t \r\nat the end\t", "blanks\r\nat the end"},
        {"kept=20\r\n", "kept \r\n"},
        {"50=% =ZZ =4", "50=% =ZZ =4"},
        {"ends=", "ends"},
        {"\n\n", "\n\n"},
        {"==41", "=A"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(decode_quoted_printable(one.written), one.bytes) << one.written;
    }
}

TEST(Transfer, GoesByTheNameOfTheEncoding) {
    EXPECT_EQ(decode_transfer("YQ==", " Base64 (a comment)\r\n"), "a");
    EXPECT_EQ(decode_transfer("=41", "QUOTED-PRINTABLE;"), "A");
    for (const auto encoding : {"", "7bit", "8bit", "binary", "x-unknown"}) {
        EXPECT_EQ(decode_transfer("=41", encoding), "=41");
    }
}

// As strangers write it: lines of any length, strays, blanks, what is cut short.
std::string scribble(std::size_t bytes, std::string_view letters, unsigned seed) {
    std::minstd_rand random(seed);
    std::string text;
    while (text.size() < bytes) {
        text.append(random() % 90, letters[random() % letters.size()]);
        text += letters[random() % letters.size()];
        text += random() % 5 == 0 ? "\r\n" : random() % 7 == 0 ? "=\n" : "=C3=a4";
    }
    return text;
}

TEST(Transfer, DecodesInPiecesWhatItDecodesAtOnce) {
    struct Coded {
        std::string_view body;
        std::string_view encoding;
        std::size_t pieces_min;
    };

    constexpr std::size_t kBytes = 300'000;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        const auto text = scribble(kBytes, "abcXYZ09+/ =*\t", seed);
        auto letters = text;
        std::erase(letters, '=');
        for (const auto& [body, encoding, pieces_min] :
             {Coded{text, "base64", 4}, {letters, "base64", 4}, {text, "quoted-printable", 4}, {text, "8bit", 1}}) {
            std::string whole;
            std::size_t pieces = 0;
            decode_transfer(body, encoding, [&](std::string_view piece) {
                whole += piece;
                ++pieces;
            });
            EXPECT_EQ(whole, decode_transfer(body, encoding)) << encoding << seed;
            EXPECT_GE(pieces, pieces_min) << encoding;
        }
    }
}

}  // namespace
}  // namespace lupaus::mail
