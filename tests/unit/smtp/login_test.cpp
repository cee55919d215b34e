#include "common/smtp/login.hpp"

#include "common/crypto/encoding.hpp"

#include <gtest/gtest.h>

namespace lupaus::smtp {
namespace {

using Lines = std::vector<std::string>;

const Login kPassword{.method = Login::Method::password, .username = "shop", .secret = Secret("geheim")};
const Login kToken{.method = Login::Method::oauth, .username = "shop@example.org", .secret = Secret("ya29.abc")};

TEST(SmtpLogin, PrefersPlainOverLogin) {
    const Lines both{"LOGIN", "PLAIN"}, login{"LOGIN"};
    EXPECT_EQ(login_lines(kPassword, both), Lines{"AUTH PLAIN AHNob3AAZ2VoZWlt"});
    EXPECT_EQ(login_lines(kPassword, login), (Lines{"AUTH LOGIN", "c2hvcA==", "Z2VoZWlt"}));
}

TEST(SmtpLogin, PutsATokenAsXoauth2HasIt) {
    const Lines offered{"PLAIN", "XOAUTH2"};
    const auto lines = login_lines(kToken, offered);
    ASSERT_EQ(lines.size(), 2U);
    ASSERT_TRUE(lines[0].starts_with("AUTH XOAUTH2 "));
    EXPECT_EQ(crypto::base64_decode(lines[0].substr(13)).value(),
              "user=shop@example.org\x01"
              "auth=Bearer ya29.abc\x01\x01");
    EXPECT_EQ(lines[1], "");
}

TEST(SmtpLogin, NeverTellsATokenAsAPasswordNorTheReverse) {
    const Lines plain{"PLAIN", "LOGIN"}, token{"XOAUTH2"}, other{"CRAM-MD5"};
    EXPECT_TRUE(login_lines(kToken, plain).empty());
    EXPECT_TRUE(login_lines(kPassword, token).empty());
    EXPECT_TRUE(login_lines(kPassword, other).empty());
    EXPECT_TRUE(login_lines(kPassword, Lines{}).empty());
}

}  // namespace
}  // namespace lupaus::smtp
