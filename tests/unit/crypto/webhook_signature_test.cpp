#include "common/crypto/webhook_signature.hpp"

#include "common/crypto/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The reference vector of the Standard Webhooks libraries.
constexpr std::string_view kSecretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kSent = 1'614'265'330;
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

class WebhookSignature : public ::testing::Test {
protected:
    SignedWebhook request() {
        return {.secrets = secrets_,
                .id = kId,
                .timestamp = sent_,
                .signature = kSignature,
                .body = kBody,
                .now = from_epoch_micros(kSent * 1'000'000)};
    }

    static std::string refusal_of(const SignedWebhook& request) {
        const auto result = verify_webhook(request);
        EXPECT_TRUE(result.has_error());
        if (!result.has_error()) {
            return {};
        }
        EXPECT_EQ(result.error().code, Errc::unauthenticated);
        EXPECT_THAT(result.error().detail, Not(HasSubstr(kSignature.substr(3))));
        return result.error().detail;
    }

    std::string secret_ = *parse_webhook_secret(kSecretText);
    std::vector<std::string> secrets_{secret_};
    std::string sent_ = std::to_string(kSent);
};

TEST_F(WebhookSignature, MatchesTheReferenceVector) {
    EXPECT_EQ(sign_webhook(secret_, kId, kSent, kBody), kSignature);
    EXPECT_TRUE(verify_webhook(request()).has_value());
}

TEST_F(WebhookSignature, TakesEitherSecretWhileRotating) {
    const std::string fresh(32, 'n');
    secrets_ = {fresh, secret_};
    EXPECT_TRUE(verify_webhook(request()).has_value());
    const auto signature = sign_webhook(fresh, kId, kSent, kBody);
    auto renewed = request();
    renewed.signature = signature;
    EXPECT_TRUE(verify_webhook(renewed).has_value());
    secrets_ = {fresh};
    EXPECT_THAT(refusal_of(request()), HasSubstr("No secret"));
    secrets_ = {};
    EXPECT_THAT(refusal_of(request()), HasSubstr("No secret"));
}

TEST_F(WebhookSignature, TakesAnyOfSeveralSignatures) {
    const auto list = "v1a,abc v1,AAAA  v1 " + std::string(kSignature) + " v2,x";
    auto many = request();
    many.signature = list;
    EXPECT_TRUE(verify_webhook(many).has_value());
}

TEST_F(WebhookSignature, NamesMissingHeaders) {
    auto bare = request();
    bare.id = bare.timestamp = bare.signature = "";
    EXPECT_EQ(refusal_of(bare), "Missing header: webhook-id, webhook-timestamp, webhook-signature.");
    auto anonymous = request();
    anonymous.id = "";
    EXPECT_EQ(refusal_of(anonymous), "Missing header: webhook-id.");
}

TEST_F(WebhookSignature, StandsAtTheTolerance) {
    const auto at = [](std::int64_t seconds) { return from_epoch_micros((kSent + seconds) * 1'000'000); };
    for (const std::int64_t off : {-300, 0, 300}) {
        auto near = request();
        near.now = at(off);
        EXPECT_TRUE(verify_webhook(near).has_value()) << off;
    }
    auto late = request();
    late.now = at(301);
    EXPECT_THAT(refusal_of(late), HasSubstr("301 s behind"));
    auto early = request();
    early.now = at(-301);
    EXPECT_THAT(refusal_of(early), HasSubstr("301 s ahead of"));
}

TEST_F(WebhookSignature, RefusesATimestampThatIsNone) {
    for (const auto* text : {"x", "1614265330.5", "1614265330 ", " 1614265330", "-1", "+1614265330",
                             "99999999999999999999", "9223372036854775807", "0x10", "2021-02-25T15:02:10Z"}) {
        auto odd = request();
        odd.timestamp = text;
        EXPECT_THAT(refusal_of(odd), HasSubstr("not a number of seconds")) << text;
    }
}

TEST_F(WebhookSignature, RefusesEveryChange) {
    auto body = request();
    body.body = R"({"test": 2432232315})";
    EXPECT_THAT(refusal_of(body), HasSubstr("No secret"));
    auto id = request();
    id.id = "msg_other";
    EXPECT_THAT(refusal_of(id), HasSubstr("No secret"));
    auto time = request();
    time.timestamp = "1614265331";
    EXPECT_THAT(refusal_of(time), HasSubstr("No secret"));
    for (const auto* text :
         {"v1,", "v1", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
          "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "   "}) {
        auto other = request();
        other.signature = text;
        EXPECT_THAT(refusal_of(other), HasSubstr("No secret")) << text;
    }
}

TEST_F(WebhookSignature, ReadsOnlyProperSecrets) {
    EXPECT_EQ(secret_.size(), 24U);
    EXPECT_EQ(parse_webhook_secret(make_webhook_secret())->size(), 32U);
    EXPECT_TRUE(parse_webhook_secret("whsec_" + base64_encode(std::string(64, 'x'))).has_value());
    for (const auto& text : {std::string(), std::string("whsec_"), std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                             std::string("whsec_***"), "whsec_" + base64_encode(std::string(23, 'x')),
                             "whsec_" + base64_encode(std::string(65, 'x'))}) {
        EXPECT_TRUE(parse_webhook_secret(text).has_error()) << text;
    }
}

}  // namespace
}  // namespace lupaus::crypto
