#include "services/courier/file_answer.hpp"

#include "common/base/limits.hpp"
#include "services/courier/attempt.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::courier {

namespace {

using desk::delivery::Outcome;
using desk::delivery::Report;

constexpr std::size_t kMebibyte = 1024 * 1024;

Report impossible(std::string detail) {
    return {.outcome = Outcome::impossible, .retry_after = {}, .detail = std::move(detail)};
}

// Overload, trouble, and what asks for patience.
bool may_pass(int status) {
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

Report report_of_status(const net::ClientResponse& response, Timestamp now) {
    const auto answered = "The server answered " + std::to_string(response.status);
    if (may_pass(response.status)) {
        const auto wish = response.headers.find("Retry-After");
        return {.outcome = Outcome::refused,
                .retry_after = wish ? parse_retry_after(*wish, now) : std::nullopt,
                .detail = answered + "."};
    }
    const bool is_redirect = response.status >= 300 && response.status < 400;
    return impossible(answered + (is_redirect ? ": redirects are not followed." : "."));
}

}  // namespace

net::ClientRequest make_file_request(std::string url, std::chrono::milliseconds wait) {
    net::ClientRequest request;
    request.method = "GET";
    request.url = std::move(url);
    request.headers.add("User-Agent", "Lupaus");
    request.headers.add("Accept", "*/*");
    request.headers.add("Accept-Encoding", "identity");
    request.connect_wait = std::min<std::chrono::milliseconds>(limits::kConnectWait, wait);
    request.response_wait = wait;
    request.response_bytes_max = limits::kAttachmentBytesMax;
    return request;
}

Report report_of_file(const net::ClientResult& result, std::size_t received, Timestamp now) {
    if (result.stage != net::ClientStage::answered) {
        return report_of(result, now);
    }
    const auto& response = result.response;
    if (response.status != kWhole) {
        return report_of_status(response, now);
    }
    if (const auto coding = response.headers.value_or("Content-Encoding", "identity");
        !net::equals_ignoring_case(coding, "identity")) {
        return impossible("The server sent the file in a coding that was not asked for.");
    }
    if (response.is_body_cut && received >= limits::kAttachmentBytesMax) {
        return impossible("The file is larger than " + std::to_string(limits::kAttachmentBytesMax) + " bytes (" +
                          std::to_string(limits::kWebhookBodyBytesMax / kMebibyte) + " MiB in base64).");
    }
    if (response.is_body_cut) {
        return {
            .outcome = Outcome::unknown, .retry_after = {}, .detail = "The file did not come whole, or not in time."};
    }
    return {.outcome = Outcome::accepted, .retry_after = {}, .detail = {}};
}

std::optional<std::string> content_type_of(const net::ClientResponse& response) {
    const auto said = response.headers.find("Content-Type");
    const bool is_usable = said && !said->empty() && said->size() <= limits::kNameBytesMax &&
                           std::ranges::all_of(*said, [](char c) { return c >= ' ' && c <= '~'; });
    return is_usable ? std::optional(std::string(*said)) : std::nullopt;
}

}  // namespace lupaus::courier
