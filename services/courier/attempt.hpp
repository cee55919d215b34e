// One attempt on the wire, as pure functions: the signed request of a claimed delivery, and what the answer means.
// Replies and integrators' webhooks alike.
// Any thread. Source: Standard Webhooks 1.0 (symmetric signatures, 410, throttling); RFC 9110, section 10.2.3
// (Retry-After).
#pragma once

#include "common/base/clock.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/net/http_client.hpp"
#include "services/desk/delivery/rules.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::courier {

// The bytes to sign with; nothing when the box was sealed with another key.
std::optional<std::string> open_secret(const crypto::SecretBox& box, std::string_view sealed);

// What is posted. Views live for the call.
struct Post {
    std::string_view url;
    std::string_view id;  // webhook-id: the same at every attempt
    std::string_view body;
    Timestamp begun_at{};                  // of this attempt
    std::span<const std::string> secrets;  // one signature for each
};

net::ClientRequest make_request(const Post& post, std::chrono::milliseconds attempt_wait);

desk::delivery::Report report_of(const net::ClientResult& result, Timestamp now);

// The receiver's own id of the message, from an accepting answer {"id": "…"}; other bodies say nothing.
std::optional<std::string> external_id_of(const net::ClientResult& result);

// Seconds or an HTTP date; nothing for anything else or for a moment that has passed.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Timestamp now);

// The last moment for the first byte: from it the receiver can still answer before another courier may take over.
std::chrono::steady_clock::time_point first_byte_deadline(std::chrono::steady_clock::time_point claimed,
                                                          std::chrono::milliseconds lease,
                                                          std::chrono::milliseconds attempt_wait);

}  // namespace lupaus::courier
