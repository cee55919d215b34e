#include "common/oauth/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::oauth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RefreshForm, EncodesWhatItPosts) {
    const Grant grant{.token_url = "https://login.example/token",
                      .client_id = "desk",
                      .client_secret = Secret("a&b=c d"),
                      .refresh_token = Secret("r~1"),
                      .scope = "mail offline"};
    EXPECT_EQ(refresh_form(grant).reveal(),
              "grant_type=refresh_token&refresh_token=r~1&client_id=desk&client_secret=a%26b%3Dc%20d"
              "&scope=mail%20offline");
    EXPECT_EQ(refresh_form({.client_id = "desk", .refresh_token = Secret("ä")}).reveal(),
              "grant_type=refresh_token&refresh_token=%C3%A4&client_id=desk");
}

TEST(ParseToken, ReadsATokenItsLifeAndItsSuccessor) {
    const auto token = parse_token(
        200, R"({"access_token":"a","token_type":"Bearer","expires_in":3599,"refresh_token":"r2","x":[1]})");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->access.reveal(), "a");
    EXPECT_EQ(token->lifetime, std::chrono::seconds(3599));
    EXPECT_EQ(token->refresh.reveal(), "r2");
    for (const auto* body : {R"({"access_token":"a"})", R"({"access_token":"a","expires_in":-5})",
                             R"({"access_token":"a","expires_in":"3600"})"}) {
        const auto plain = parse_token(200, body);
        ASSERT_TRUE(plain) << body;
        EXPECT_EQ(plain->lifetime, std::chrono::seconds(300));
        EXPECT_TRUE(plain->refresh.empty());
    }
}

TEST(ParseToken, TellsWhatHasToHappen) {
    struct Case {
        int status;
        const char* body;
        Errc code;
        const char* word;
    };

    for (const auto& [status, body, code, word] : {
             Case{400, R"({"error":"invalid_grant","error_description":"s3cret expired"})", Errc::unauthenticated,
                  "give it anew"},
             Case{401, R"({"error":"invalid_client"})", Errc::invalid, "invalid_client"},
             Case{400, R"({"error":"Tell s3cret"})", Errc::invalid, "status 400"},
             Case{503, "<html>s3cret</html>", Errc::unavailable, "status 503"},
             Case{429, "{}", Errc::unavailable, "status 429"},
             Case{302, "", Errc::invalid, "status 302"},
             Case{200, "{}", Errc::invalid, "holds no token"},
             Case{200, R"({"access_token":7})", Errc::invalid, "holds no token"},
             Case{200, "s3cret", Errc::invalid, "holds no token"},
         }) {
        const auto token = parse_token(status, body);
        ASSERT_FALSE(token) << body;
        EXPECT_EQ(token.error().code, code) << body;
        EXPECT_THAT(token.error().detail, HasSubstr(word));
        EXPECT_THAT(token.error().detail, Not(HasSubstr("s3cret")));
    }
}

TEST(Endpoint, IsReachedThroughTls) {
    EXPECT_TRUE(is_safe_endpoint("https://login.example/token"));
    EXPECT_TRUE(is_safe_endpoint("http://127.0.0.1:9/token"));
    for (const auto* url : {"http://login.example/token", "http://localhost/token", "http://10.0.0.1/", "", "token"}) {
        EXPECT_FALSE(is_safe_endpoint(url)) << url;
    }
}

}  // namespace
}  // namespace lupaus::oauth
