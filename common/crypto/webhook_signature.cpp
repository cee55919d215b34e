#include "common/crypto/webhook_signature.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/crypto/token.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace lupaus::crypto {

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::string_view kVersion = "v1,";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;

Error refusal(std::string detail) {
    return Error{.code = Errc::unauthenticated, .detail = std::move(detail)};
}

std::optional<Error> find_missing_header(const SignedWebhook& request) {
    std::string missing;
    const auto note = [&missing](std::string_view value, std::string_view name) {
        if (value.empty()) {
            missing += missing.empty() ? "" : ", ";
            missing += name;
        }
    };
    note(request.id, "webhook-id");
    note(request.timestamp, "webhook-timestamp");
    note(request.signature, "webhook-signature");
    return missing.empty() ? std::nullopt : std::optional(refusal("Missing header: " + missing + "."));
}

std::optional<Error> check_clock(const SignedWebhook& request) {
    std::int64_t sent = 0;
    const auto* end = request.timestamp.data() + request.timestamp.size();
    const auto [stop, status] = std::from_chars(request.timestamp.data(), end, sent);
    // A year beyond 9999 would only overflow the subtraction below.
    if (status != std::errc() || stop != end || sent < 0 || sent > 253'402'300'799) {
        return refusal("The header webhook-timestamp is not a number of seconds since 1970.");
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(request.now).time_since_epoch().count();
    const auto behind = now - sent;
    if (behind <= kWebhookTolerance.count() && behind >= -kWebhookTolerance.count()) {
        return std::nullopt;
    }
    return refusal("The clock is off: webhook-timestamp is " + std::to_string(behind < 0 ? -behind : behind) + " s " +
                   (behind < 0 ? "ahead of" : "behind") + " this server's clock; " +
                   std::to_string(kWebhookTolerance.count()) + " s are allowed.");
}

// Looks through the header's signatures; those of other versions are skipped.
bool is_among(std::string_view expected, std::string_view signatures) {
    bool found = false;
    while (!signatures.empty()) {
        const auto end = std::min(signatures.find(' '), signatures.size());
        found = constant_time_equal(expected, signatures.substr(0, end)) || found;
        signatures.remove_prefix(std::min(end + 1, signatures.size()));
    }
    return found;
}

std::string sign(std::string_view secret, std::string_view id, std::string_view timestamp, std::string_view body) {
    const auto digest = hmac_sha256(secret, {id, ".", timestamp, ".", body});
    return std::string(kVersion) + base64_encode(as_bytes(digest));
}

}  // namespace

std::string make_webhook_secret() {
    return std::string(kSecretPrefix) + base64_encode(random_bytes(kSecretBytes));
}

Result<std::string> parse_webhook_secret(std::string_view text) {
    if (!text.starts_with(kSecretPrefix)) {
        return Error{.code = Errc::invalid, .detail = "a webhook secret begins with whsec_"};
    }
    auto bytes = base64_decode(text.substr(kSecretPrefix.size()));
    if (bytes && (bytes->size() < kSecretBytesMin || bytes->size() > kSecretBytesMax)) {
        return Error{.code = Errc::invalid, .detail = "a webhook secret has 24 to 64 bytes"};
    }
    return bytes;
}

std::string sign_webhook(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                         std::string_view body) {
    return sign(secret, id, std::to_string(unix_seconds), body);
}

Result<void> verify_webhook(const SignedWebhook& request) {
    if (auto error = find_missing_header(request)) {
        return *std::move(error);
    }
    if (auto error = check_clock(request)) {
        return *std::move(error);
    }
    bool matched = false;
    for (const auto& secret : request.secrets) {
        // The timestamp is signed as it was written, so it is not formatted anew.
        matched = is_among(sign(secret, request.id, request.timestamp, request.body), request.signature) || matched;
    }
    if (!matched) {
        return refusal("No secret of this channel matches webhook-signature.");
    }
    return {};
}

}  // namespace lupaus::crypto
