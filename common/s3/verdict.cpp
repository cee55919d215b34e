#include "common/s3/verdict.hpp"

#include <algorithm>
#include <cstdlib>

namespace lupaus::s3 {

namespace {

constexpr std::size_t kCodeBytesMax = 64;
constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kForbidden = 403;
constexpr int kTooManyRequests = 429;

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string clock_words(const std::optional<std::int64_t>& off) {
    if (!off) {
        return "this machine's clock is not the service's";
    }
    return "this machine's clock is " + std::to_string(std::abs(*off)) + " s " + (*off < 0 ? "behind" : "ahead of") +
           " the service's";
}

}  // namespace

std::string error_code(std::string_view document) {
    constexpr std::string_view kOpen = "<Code>";
    const auto open = document.find(kOpen);
    if (open == std::string_view::npos) {
        return {};
    }
    document.remove_prefix(open + kOpen.size());
    const auto code = document.substr(0, document.find('<'));
    const bool is_code = code.size() <= kCodeBytesMax && std::ranges::all_of(code, is_letter);
    return is_code ? std::string(code) : std::string();
}

Verdict judge(const Answer& answer) {
    if (answer.status == kOk) {
        return Verdict::done;
    }
    if (answer.status == kNotFound && answer.code != "NoSuchBucket") {
        return Verdict::missing;
    }
    if (answer.status == kForbidden) {
        return Verdict::denied;
    }
    const bool is_slow_body = answer.code == "RequestTimeout";  // a 400
    return answer.status >= 500 || answer.status == kTooManyRequests || is_slow_body ? Verdict::later
                                                                                     : Verdict::refused;
}

std::string explain(const Answer& answer, std::string_view bucket) {
    const std::string name(bucket);
    if (answer.code == "NoSuchBucket") {
        return "there is no bucket " + name;
    }
    if (answer.code == "InvalidAccessKeyId") {
        return "it does not know the access key";
    }
    if (answer.code == "SignatureDoesNotMatch") {
        return "the secret key does not belong to the access key";
    }
    if (answer.code == "RequestTimeTooSkewed") {
        return clock_words(answer.clock_off);
    }
    if (!answer.region.empty() && (answer.status / 100 == 3 || answer.code == "AuthorizationHeaderMalformed")) {
        return "the bucket " + name + " is in the region " + answer.region;
    }
    const auto shown = std::to_string(answer.status) + (answer.code.empty() ? "" : " " + answer.code);
    if (answer.status == kForbidden) {
        return "access to the bucket " + name + " is denied (" + shown +
               "): the key needs s3:GetObject, s3:PutObject and s3:ListBucket";
    }
    return "it answered " + shown;
}

}  // namespace lupaus::s3
