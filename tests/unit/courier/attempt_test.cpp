#include "services/courier/attempt.hpp"

#include "common/crypto/webhook_signature.hpp"
#include "services/desk/delivery/store.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lupaus::courier {
namespace {

using namespace std::chrono_literals;
using desk::delivery::Outcome;
using net::ClientFailure;
using net::ClientStage;

const Timestamp kNow = *parse_rfc3339("2026-11-22T10:05:17.900Z");

net::ClientResult answer(int status, std::string body = {}) {
    net::ClientResult result;
    result.stage = ClientStage::answered;
    result.response.status = status;
    result.response.body = std::move(body);
    return result;
}

net::ClientResult failure(ClientStage stage, ClientFailure reason) {
    net::ClientResult result;
    result.stage = stage;
    result.failure = reason;
    result.detail = "Why.";
    return result;
}

desk::delivery::Job job() {
    desk::delivery::Job job;
    job.delivery.attempt = 3;
    job.delivery.body = R"({"text":"Hei!"})";
    job.way.url = "https://example.com/hook";
    job.begun_at = kNow;
    return job;
}

Post post(const desk::delivery::Job& job, std::span<const std::string> secrets) {
    static const std::string id = "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e26";
    return {.url = job.way.url, .id = id, .body = job.delivery.body, .begun_at = job.begun_at, .secrets = secrets};
}

TEST(CourierRequest, IsSignedSoThatAReceiverCanVerifyIt) {
    const auto sent = job();
    const std::array secrets{std::string(32, 's')};
    const auto request = make_request(post(sent, secrets), 20s);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, sent.way.url);
    EXPECT_EQ(request.body, sent.delivery.body);
    EXPECT_EQ(request.headers.value_or("content-type", ""), "application/json");
    EXPECT_EQ(request.headers.value_or("webhook-id", ""), "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e26");
    const crypto::SignedWebhook received{.secrets = secrets,
                                         .id = request.headers.value_or("webhook-id", ""),
                                         .timestamp = request.headers.value_or("webhook-timestamp", ""),
                                         .signature = request.headers.value_or("webhook-signature", ""),
                                         .body = request.body,
                                         .now = kNow};
    EXPECT_TRUE(crypto::verify_webhook(received).has_value());
}

TEST(CourierRequest, IsSignedWithBothSecretsWhileTheyRotate) {
    const auto sent = job();
    const std::array secrets{std::string(32, 'n'), std::string(32, 'o')};
    const auto request = make_request(post(sent, secrets), 20s);
    for (const auto& known : secrets) {
        const crypto::SignedWebhook received{.secrets = {&known, 1},
                                             .id = request.headers.value_or("webhook-id", ""),
                                             .timestamp = request.headers.value_or("webhook-timestamp", ""),
                                             .signature = request.headers.value_or("webhook-signature", ""),
                                             .body = request.body,
                                             .now = kNow};
        EXPECT_TRUE(crypto::verify_webhook(received).has_value());
    }
}

TEST(CourierRequest, WaitsNoLongerThanTheAttemptMay) {
    const auto sent = job();
    const std::array secrets{std::string(32, 's')};
    const auto quick = make_request(post(sent, secrets), 2s);
    EXPECT_EQ(quick.connect_wait, 2s);
    EXPECT_EQ(quick.response_wait, 2s);
    EXPECT_EQ(make_request(post(sent, secrets), 40s).connect_wait, limits::kConnectWait);
}

TEST(CourierReport, OnlyTwoHundredsAccept) {
    for (const int status : {200, 201, 202, 204, 299}) {
        EXPECT_EQ(report_of(answer(status), kNow).outcome, Outcome::accepted) << status;
    }
    for (const int status : {301, 302, 307, 400, 401, 404, 408, 425, 429, 500, 502, 503}) {
        const auto report = report_of(answer(status), kNow);
        EXPECT_EQ(report.outcome, Outcome::refused) << status;
        EXPECT_NE(report.detail.find(std::to_string(status)), std::string::npos);
    }
    EXPECT_EQ(report_of(answer(410), kNow).outcome, Outcome::gone);
}

TEST(CourierReport, TellsWhatMayHaveArrivedFromWhatDidNot) {
    EXPECT_EQ(report_of(failure(ClientStage::uncertain, ClientFailure::timeout), kNow).outcome, Outcome::unknown);
    EXPECT_EQ(report_of(failure(ClientStage::uncertain, ClientFailure::cut), kNow).outcome, Outcome::unknown);
    for (const auto reason :
         {ClientFailure::resolve, ClientFailure::connect, ClientFailure::tls, ClientFailure::timeout}) {
        EXPECT_EQ(report_of(failure(ClientStage::not_sent, reason), kNow).outcome, Outcome::not_sent);
    }
    const auto called_off = report_of(failure(ClientStage::not_sent, ClientFailure::called_off), kNow);
    EXPECT_EQ(called_off.outcome, Outcome::called_off);
    EXPECT_NE(called_off.detail.find("lease"), std::string::npos);
    for (const auto reason : {ClientFailure::bad_url, ClientFailure::refused_by_guard}) {
        const auto report = report_of(failure(ClientStage::not_sent, reason), kNow);
        EXPECT_EQ(report.outcome, Outcome::impossible);
        EXPECT_EQ(report.detail, "Why.");
    }
}

TEST(CourierReport, PassesTheReceiversWishOn) {
    auto busy = answer(429);
    busy.response.headers.add("Retry-After", "120");
    EXPECT_EQ(report_of(busy, kNow).retry_after, 120s);
    EXPECT_FALSE(report_of(answer(503), kNow).retry_after);
}

TEST(RetryAfter, IsSecondsOrADate) {
    EXPECT_EQ(parse_retry_after("1", kNow), 1s);
    EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 10:06:17 GMT", kNow), 60s);
}

TEST(RetryAfter, IsIgnoredWhenItMakesNoSense) {
    for (const auto* text :
         {"", "0", "-5", "soon", "1.5", "12 s", "99999999999999999999", "40000000000", "Sun, 22 Nov 2026 10:04:17 GMT",
          "Sun, 22 Nov 2026 10:06:17 CET", "Sun, 22 Foo 2026 10:06:17 GMT", "Sun, 32 Nov 2026 10:06:17 GMT",
          "Sun, 22 Nov 2026 25:06:17 GMT", "Sun, 22 Nov 9026 10:06:17 GMT", "Sunday, 22-Nov-26 10:06:17 GMT"}) {
        EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
    }
}

TEST(ExternalId, IsTakenFromAJsonAnswer) {
    EXPECT_EQ(external_id_of(answer(200, R"({"id":"r-1","more":[1]})")), "r-1");
}

TEST(ExternalId, OtherAnswersSayNothing) {
    for (const auto* body : {"", "ok", "[]", "{}", R"({"id":1})", R"({"id":""})", R"({"id":null})", "{\"id\":\"r-1\"",
                             R"({"id":"a\u0000b"})"}) {
        EXPECT_FALSE(external_id_of(answer(200, body))) << body;
    }
    EXPECT_FALSE(external_id_of(answer(200, R"({"id":")" + std::string(513, 'x') + "\"}")));
    EXPECT_TRUE(external_id_of(answer(200, R"({"id":")" + std::string(512, 'x') + "\"}")));
    auto cut = answer(200, R"({"id":"r-1"})");
    cut.response.is_body_cut = true;
    EXPECT_FALSE(external_id_of(cut));
}

TEST(FirstByteDeadline, LeavesTheReceiverItsTime) {
    const std::chrono::steady_clock::time_point claimed{};
    EXPECT_EQ(first_byte_deadline(claimed, 60s, 20s), claimed + 40s);
    EXPECT_EQ(first_byte_deadline(claimed, 6s, 5s), claimed + 3s);
}

}  // namespace
}  // namespace lupaus::courier
