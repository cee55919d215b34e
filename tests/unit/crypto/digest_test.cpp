#include "common/crypto/digest.hpp"

#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lupaus::crypto {
namespace {

using namespace std::string_view_literals;

std::string hex(const Digest& digest) {
    return hex_encode(as_bytes(digest));
}

// FIPS 180-4, the examples published with it.
TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(to_string(sha256_uuid("abc")), "ba7816bf-8f01-cfea-4141-40de5dae2223");
}

TEST(Sha256, IsTheSameInParts) {
    Sha256 nothing;
    EXPECT_EQ(nothing.finish(), sha256(""));
    Sha256 parts;
    parts.add("a");
    parts.add("");
    EXPECT_EQ(sha256("x"), sha256("x")) << "another one meanwhile";
    parts.add("bc");
    EXPECT_EQ(parts.finish(), sha256("abc"));
}

// RFC 4231, section 4.
TEST(HmacSha256, MatchesThePublishedVectors) {
    EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), {"Hi There"})),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"})),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), {"Test Using Larger Than Block-Size Key - Hash Key First"})),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, DoesNotKeepTheFormerKey) {
    const auto empty = hex(hmac_sha256("", {""}));
    hmac_sha256("another key", {"text"});
    EXPECT_EQ(hex(hmac_sha256({}, {})), empty);
    EXPECT_EQ(empty, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, WorksOnEveryThread) {
    const auto expected = hex(hmac_sha256("key", {"text"}));
    std::array<std::string, 4> results;
    {
        std::vector<std::jthread> threads;
        for (auto& result : results) {
            threads.emplace_back([&result] {
                for (int i = 0; i < 200; ++i) {
                    hmac_sha256(std::to_string(i), {"noise"});
                }
                result = hex(hmac_sha256("key", {"text"}));
            });
        }
    }
    for (const auto& result : results) {
        EXPECT_EQ(result, expected);
    }
}

TEST(ConstantTimeEqual, ComparesAllBytes) {
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_TRUE(constant_time_equal("a\0b"sv, "a\0b"sv));
    EXPECT_FALSE(constant_time_equal("a\0b"sv, "a\0c"sv));
    EXPECT_FALSE(constant_time_equal("abc", "abcd"));
}

}  // namespace
}  // namespace lupaus::crypto
