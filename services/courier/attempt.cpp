#include "services/courier/attempt.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/webhook_signature.hpp"
#include "common/net/http_date.hpp"
#include "common/text/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace lupaus::courier {

namespace {

namespace delivery = desk::delivery;
using delivery::Outcome;

constexpr int kGone = 410;
constexpr std::chrono::hours kRetryAfterMax{24 *
                                            365};  // beyond it the number is nonsense; the schedule bounds the rest

std::string explain_status(int status) {
    const auto number = std::to_string(status);
    if (status == kGone) {
        return "The receiver answered 410: it wants no further deliveries.";
    }
    if (status >= 300 && status < 400) {
        return "The receiver answered " + number + ": redirects are not followed.";
    }
    return "The receiver answered " + number + ".";
}

delivery::Report report_of_answer(const net::ClientResponse& response, Timestamp now) {
    if (response.status >= 200 && response.status < 300) {
        return {.outcome = Outcome::accepted, .retry_after = {}, .detail = {}};
    }
    const auto wish = response.headers.find("Retry-After");
    return {.outcome = response.status == kGone ? Outcome::gone : Outcome::refused,
            .retry_after = wish ? parse_retry_after(*wish, now) : std::nullopt,
            .detail = explain_status(response.status)};
}

Outcome outcome_of_unsent(net::ClientFailure failure) {
    switch (failure) {
        case net::ClientFailure::bad_url:
        case net::ClientFailure::refused_by_guard:
            return Outcome::impossible;
        case net::ClientFailure::called_off:
        case net::ClientFailure::held:
            return Outcome::called_off;
        default:
            return Outcome::not_sent;
    }
}

}  // namespace

std::optional<std::string> open_secret(const crypto::SecretBox& box, std::string_view sealed) {
    const auto text = box.open(sealed);
    if (!text) {
        return std::nullopt;
    }
    auto secret = crypto::parse_webhook_secret(*text);
    return secret ? std::optional(*std::move(secret)) : std::nullopt;
}

net::ClientRequest make_request(const Post& post, std::chrono::milliseconds attempt_wait) {
    const auto second = std::chrono::floor<std::chrono::seconds>(post.begun_at).time_since_epoch().count();
    std::string signatures;
    for (const auto& secret : post.secrets) {
        signatures += signatures.empty() ? "" : " ";
        signatures += crypto::sign_webhook(secret, post.id, second, post.body);
    }
    net::ClientRequest request;
    request.url = post.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("User-Agent", "Lupaus");
    request.headers.add("webhook-id", std::string(post.id));
    request.headers.add("webhook-timestamp", std::to_string(second));
    request.headers.add("webhook-signature", signatures);
    request.body = post.body;
    request.connect_wait = std::min<std::chrono::milliseconds>(limits::kConnectWait, attempt_wait);
    request.response_wait = attempt_wait;
    return request;
}

delivery::Report report_of(const net::ClientResult& result, Timestamp now) {
    switch (result.stage) {
        case net::ClientStage::answered:
            return report_of_answer(result.response, now);
        case net::ClientStage::uncertain:
            return {.outcome = Outcome::unknown, .retry_after = {}, .detail = result.detail};
        case net::ClientStage::not_sent:
            break;
    }
    const auto outcome = outcome_of_unsent(result.failure);
    return {.outcome = outcome,
            .retry_after = {},
            .detail = result.failure == net::ClientFailure::called_off
                          ? "The lease was too old for the first byte: nothing was sent."
                          : result.detail};
}

std::optional<std::string> external_id_of(const net::ClientResult& result) {
    if (result.stage != net::ClientStage::answered || result.response.is_body_cut) {
        return std::nullopt;
    }
    const auto body = text::parse_json(result.response.body);
    if (!body || !body->is_object()) {
        return std::nullopt;
    }
    const auto id = body->find("id");
    if (id == body->end() || !id->is_string()) {
        return std::nullopt;
    }
    auto value = id->get<std::string>();
    return value.empty() || value.size() > limits::kExternalIdBytesMax ? std::nullopt : std::optional(std::move(value));
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Timestamp now) {
    std::int64_t count = 0;
    const auto [end, status] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (end == value.data() + value.size() && status == std::errc()) {
        const std::chrono::seconds wait{count};
        return count > 0 && wait <= kRetryAfterMax ? std::optional(wait) : std::nullopt;
    }
    const auto date = net::parse_http_date(value);
    if (!date || *date <= now || *date - now > kRetryAfterMax) {
        return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::seconds>(*date - now);
}

std::chrono::steady_clock::time_point first_byte_deadline(std::chrono::steady_clock::time_point claimed,
                                                          std::chrono::milliseconds lease,
                                                          std::chrono::milliseconds attempt_wait) {
    return claimed + lease - std::min(attempt_wait, lease / 2);
}

}  // namespace lupaus::courier
