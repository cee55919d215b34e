#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lupaus::crypto {
namespace {

struct Vector {
    std::string_view bytes;
    std::string_view text;
};

// RFC 4648, section 10.
constexpr std::array kVectors{Vector{"", ""},
                              Vector{"f", "Zg=="},
                              Vector{"fo", "Zm8="},
                              Vector{"foo", "Zm9v"},
                              Vector{"foob", "Zm9vYg=="},
                              Vector{"fooba", "Zm9vYmE="},
                              Vector{"foobar", "Zm9vYmFy"}};

TEST(Base64, MatchesThePublishedVectors) {
    for (const auto& [bytes, text] : kVectors) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(*base64_decode(text), bytes);
        const auto bare = std::string(text.substr(0, text.find('=')));
        EXPECT_EQ(base64url_encode(bytes), bare);
        EXPECT_EQ(*base64url_decode(bare), bytes);
    }
    EXPECT_EQ(base64_encode("\xFB\xEF\xFF"), "++//");
    EXPECT_EQ(base64url_encode("\xFB\xEF\xFF"), "--__");
}

TEST(Base64, HasOneSpellingForEachValue) {
    for (const auto* text : {"Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=", "=", "==", "====", "Zg==Zg==", "Zm9v\n",
                             " Zm9v", "Zm9v ", "Zm-v", "Zm_v", "Z=g=", "Zm9*", "Zm9vY"}) {
        EXPECT_TRUE(base64_decode(text).has_error()) << text;
    }
    for (const auto* text : {"Zg==", "Z", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9v=", "Zm9v Zg"}) {
        EXPECT_TRUE(base64url_decode(text).has_error()) << text;
    }
}

TEST(Hex, SurvivesTheRoundTrip) {
    EXPECT_EQ(hex_encode(std::string_view("\x00\x7F\x80\xFF", 4)), "007f80ff");
    EXPECT_EQ(*hex_decode("007F80fF"), std::string_view("\x00\x7F\x80\xFF", 4));
    EXPECT_EQ(*hex_decode(""), "");
    for (const auto* text : {"0", "0g", "zz", " 00", "0x00", "00 0"}) {
        EXPECT_TRUE(hex_decode(text).has_error()) << text;
    }
}

TEST(Encoding, SurvivesTheRoundTripForAnyBytes) {
    std::mt19937 chance(11);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (auto& byte : bytes) {
            byte = static_cast<char>(chance() % 256);
        }
        EXPECT_EQ(*base64_decode(base64_encode(bytes)), bytes);
        EXPECT_EQ(*base64url_decode(base64url_encode(bytes)), bytes);
        EXPECT_EQ(*hex_decode(hex_encode(bytes)), bytes);
    }
}

}  // namespace
}  // namespace lupaus::crypto
