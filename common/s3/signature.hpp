// AWS Signature Version 4 in request headers, as S3 wants it: a path is encoded once, a body is named by its SHA-256.
// Pure, any thread. Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
#pragma once

#include "common/base/clock.hpp"
#include "common/base/secret.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lupaus::s3 {

struct Key {
    std::string access_key;
    Secret secret_key;
    std::string region;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Unsigned {
    std::string method;
    std::string path;  // begins with a slash; not encoded
    Pairs query{};     // not encoded
    Pairs headers{};   // all that are signed, in any order; names in lower case, host and x-amz-date among them
    std::string payload_hash{};
};

std::string amz_date(Timestamp at);              // 20130524T000000Z, the value of x-amz-date
std::string encode_path(std::string_view path);  // all but A-Z a-z 0-9 - . _ ~ and the slash, as %XX
std::string canonical_request(const Unsigned& request);
std::string authorization(const Unsigned& request, const Key& key, Timestamp at);  // the value of Authorization

}  // namespace lupaus::s3
