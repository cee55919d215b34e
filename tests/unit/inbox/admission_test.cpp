#include "services/inbox/admission.hpp"

#include "common/base/limits.hpp"
#include "services/inbox/idempotency.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::inbox {
namespace {

using desk::agent::Role;
using desk::token::Principal;

net::Request request_with(std::string_view name, std::string_view value) {
    net::Request request;
    request.headers.add(name, value);
    return request;
}

TEST(BearerTokenTest, ReadsTheHeader) {
    EXPECT_EQ(bearer_token(request_with("Authorization", "Bearer lup_x")), "lup_x");
    EXPECT_EQ(bearer_token(request_with("authorization", "bearer  lup_x ")), "lup_x");
    EXPECT_EQ(bearer_token(request_with("Authorization", "Basic lup_x")), std::nullopt);
    EXPECT_EQ(bearer_token(request_with("Authorization", "Bearer")), std::nullopt);
    EXPECT_EQ(bearer_token(net::Request{}), std::nullopt);
}

TEST(BearerTokenTest, NeverReadsTheAddress) {
    net::Request request;
    request.target = "/v1/agents?access_token=lup_x&token=lup_x";
    request.query = {{.name = "access_token", .value = "lup_x"}, {.name = "token", .value = "lup_x"}};
    EXPECT_EQ(bearer_token(request), std::nullopt);
}

TEST(BearerTokenTest, ReadsTheSubprotocolOfWebSocketsOnly) {
    auto request = request_with("Sec-WebSocket-Protocol", "lupaus, lupaus.bearer.lup_x");
    EXPECT_EQ(bearer_token(request), std::nullopt);
    request.headers.add("Connection", "Upgrade");
    request.headers.add("Upgrade", "websocket");
    request.headers.add("Sec-WebSocket-Version", "13");
    request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    ASSERT_TRUE(request.wants_websocket());
    EXPECT_EQ(bearer_token(request), "lup_x");
    request.headers.set("Sec-WebSocket-Protocol", "lupaus");
    EXPECT_EQ(bearer_token(request), std::nullopt);
}

TEST(RightsTest, RolesAreOrdered) {
    Principal principal;
    principal.scopes = {"agents:write"};
    for (const auto least : {Role::agent, Role::lead, Role::admin}) {
        for (const auto role : {Role::agent, Role::lead, Role::admin}) {
            principal.role = role;
            EXPECT_EQ(check_rights(principal, "agents:write", least).has_value(), role >= least);
        }
    }
}

TEST(RightsTest, IntegratorsNeedTheScopeAndAreToldItsName) {
    Principal principal;
    principal.role = Role::integrator;
    principal.scopes = {"events:read", "messages:write"};
    EXPECT_TRUE(check_rights(principal, "messages:write", Role::admin));
    const auto refused = check_rights(principal, "messages:act_as", Role::agent);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().detail, "This needs the scope messages:act_as.");
}

TEST(BodyTest, IsJsonOrNothing) {
    net::Request request;
    EXPECT_TRUE(is_json_or_empty(request));
    EXPECT_EQ(*read_body(request), text::Json::object());
    request.body = R"({"a":1})";
    EXPECT_FALSE(is_json_or_empty(request));
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_FALSE(is_json_or_empty(request));
    request.headers.set("Content-Type", "Application/JSON ; charset=utf-8");
    EXPECT_TRUE(is_json_or_empty(request));
    EXPECT_EQ((*read_body(request))["a"], 1);
    request.body = "{";
    EXPECT_EQ(read_body(request).error().code, Errc::invalid);
}

class IdempotencyTest : public ::testing::Test {
protected:
    IdempotencyTest() {
        principal_.account = desk::AccountId::make();
        principal_.token = desk::TokenId::make();
        request_.method = net::Method::post;
        request_.method_name = "POST";
        request_.target = "/v1/teams";
        request_.body = R"({"name":"Support"})";
        request_.headers.add("Idempotency-Key", "k1");
    }

    KeyedRequest read() { return read_idempotency_key(request_, principal_).value().value(); }

    Principal principal_;
    net::Request request_;
};

TEST_F(IdempotencyTest, TheSameRequestHashesTheSame) {
    const auto first = read();
    const auto again = read();
    EXPECT_EQ(first.request_hash, again.request_hash);
    EXPECT_EQ(first.lock, again.lock);
    EXPECT_EQ(first.key, "k1");
}

TEST_F(IdempotencyTest, EveryPartOfTheRequestCounts) {
    const auto first = read();
    request_.body += " ";
    EXPECT_NE(read().request_hash, first.request_hash);
    request_.body.pop_back();
    request_.target = "/v1/teams?x=1";
    EXPECT_NE(read().request_hash, first.request_hash);
    request_.target = "/v1/teams";
    EXPECT_EQ(read().request_hash, first.request_hash);
    EXPECT_EQ(read().lock, first.lock);
}

TEST_F(IdempotencyTest, AKeyBelongsToItsToken) {
    const auto first = read();
    principal_.token = desk::TokenId::make();
    EXPECT_NE(read().lock, first.lock);
}

TEST_F(IdempotencyTest, OnlyPostsHaveKeys) {
    request_.method = net::Method::patch;
    EXPECT_FALSE(read_idempotency_key(request_, principal_).value());
    request_.method = net::Method::post;
    request_.headers.remove("Idempotency-Key");
    EXPECT_FALSE(read_idempotency_key(request_, principal_).value());
}

TEST_F(IdempotencyTest, KeysAreBoundedPrintableText) {
    request_.headers.set("Idempotency-Key", std::string(limits::kIdempotencyKeyBytesMax, 'k'));
    EXPECT_TRUE(read_idempotency_key(request_, principal_));
    for (const auto& bad :
         {std::string(limits::kIdempotencyKeyBytesMax + 1, 'k'), std::string(), std::string("k\xC3\xA4")}) {
        request_.headers.set("Idempotency-Key", bad);
        const auto read = read_idempotency_key(request_, principal_);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().fields.front().field, "Idempotency-Key");
    }
}

}  // namespace
}  // namespace lupaus::inbox
