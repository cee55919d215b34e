#include "common/crypto/token.hpp"

#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lupaus::crypto {
namespace {

TEST(Token, HasAPrefixAnd256RandomBits) {
    const auto token = make_token();
    ASSERT_EQ(token.size(), 47U);
    EXPECT_TRUE(token.starts_with("lup_"));
    EXPECT_EQ(base64url_decode(std::string_view(token).substr(4))->size(), 32U);
    EXPECT_TRUE(make_token("test_").starts_with("test_"));
}

TEST(Token, IsNeverMadeTwice) {
    std::set<std::string> tokens;
    for (int i = 0; i < 1'000; ++i) {
        tokens.insert(make_token());
    }
    EXPECT_EQ(tokens.size(), 1'000U);
}

TEST(Token, IsStoredAsItsHash) {
    EXPECT_EQ(token_hash("lup_x"), sha256("lup_x"));
    EXPECT_NE(token_hash("lup_x"), token_hash("lup_y"));
}

TEST(RandomBytes, HaveTheLengthAskedFor) {
    EXPECT_EQ(random_bytes(0).size(), 0U);
    EXPECT_EQ(random_bytes(1000).size(), 1000U);
    EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace lupaus::crypto
