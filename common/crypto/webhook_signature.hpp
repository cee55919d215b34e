// Signatures of webhooks in both directions: Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks),
// symmetric scheme v1: HMAC-SHA-256 over "id.timestamp.body". Constant time, at most two secrets while rotating.
// Any thread. Errors: invalid for a secret, unauthenticated for a request; the detail names the failed check and never
// the expected value.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::crypto {

inline constexpr std::chrono::seconds kWebhookTolerance{300};

std::string make_webhook_secret();                                // "whsec_<base64>" of 32 random bytes
Result<std::string> parse_webhook_secret(std::string_view text);  // "whsec_<base64>" -> the 24 to 64 bytes

std::string sign_webhook(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                         std::string_view body);

struct SignedWebhook {
    std::span<const std::string> secrets;  // bytes, from parse_webhook_secret
    std::string_view id;                   // header webhook-id; empty: missing
    std::string_view timestamp;            // header webhook-timestamp
    std::string_view signature;            // header webhook-signature: one or more, separated by spaces
    std::string_view body;                 // exactly as received
    Timestamp now;
};

Result<void> verify_webhook(const SignedWebhook& request);

}  // namespace lupaus::crypto
