// What an answer of an S3-compatible service means, and how an operator is told. Pure.
// Source: Amazon S3 API Reference, "Error responses".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::s3 {

enum class Verdict {
    done,
    missing,  // there is no such object
    denied,   // 403; for what is not there, too, where the key may not list
    refused,  // and will be until somebody mends the configuration or the service
    later,    // worth another try
};

struct Answer {
    int status = 0;
    std::string code{};                       // of the error document; empty where none came, as after HEAD
    std::string region{};                     // x-amz-bucket-region
    std::optional<std::int64_t> clock_off{};  // seconds that this machine is ahead of the service
};

std::string error_code(std::string_view document);  // the text of <Code>, without what cannot be one
Verdict judge(const Answer& answer);
std::string explain(const Answer& answer, std::string_view bucket);  // a clause, without a full stop

}  // namespace lupaus::s3
