#include "common/crypto/secretbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;

const Secret kKey(std::string(32, 'k'));
const Secret kOtherKey(std::string(32, 'o'));

TEST(SecretBox, OpensWhatItSealed) {
    const SecretBox box(kKey);
    for (const auto& plain : {""s, "hush"s, "a\0b"s, std::string(100'000, 'x')}) {
        const auto sealed = box.seal(plain);
        EXPECT_EQ(sealed.size(), plain.size() + 1 + 4 + 24 + 16);
        EXPECT_EQ(*box.open(sealed), plain);
        EXPECT_EQ(*SecretBox(kKey).open(sealed), plain) << "the key is all that is needed";
    }
}

TEST(SecretBox, NeverSealsTheSameWayTwice) {
    const SecretBox box(kKey);
    EXPECT_NE(box.seal("hush"), box.seal("hush"));
    EXPECT_THAT(box.seal("hush hush hush"), Not(HasSubstr("hush")));
}

TEST(SecretBox, NamesTheWrongKey) {
    const auto opened = SecretBox(kOtherKey).open(SecretBox(kKey).seal("hush"));
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().code, Errc::internal);
    EXPECT_THAT(opened.error().detail, HasSubstr("another key"));
}

TEST(SecretBox, NoticesEveryChangedByte) {
    const SecretBox box(kKey);
    const auto sealed = box.seal("hush");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto damaged = sealed;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_TRUE(box.open(damaged).has_error()) << i;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_TRUE(box.open(std::string_view(sealed).substr(0, size)).has_error()) << size;
    }
}

TEST(SecretBox, TakesOnlyKeysOf32Bytes) {
    EXPECT_THROW(SecretBox{Secret("short")}, std::invalid_argument);
    EXPECT_THROW(SecretBox{Secret(std::string(33, 'k'))}, std::invalid_argument);
}

}  // namespace
}  // namespace lupaus::crypto
