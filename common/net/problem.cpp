#include "common/net/problem.hpp"

#include "common/text/json.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace lupaus::net {

namespace {

using text::Json;

std::string_view title(Errc code) {
    switch (code) {
        case Errc::invalid:
            return "The request is not valid";
        case Errc::unauthenticated:
            return "Credentials are missing or wrong";
        case Errc::forbidden:
            return "Not allowed";
        case Errc::not_found:
            return "Not found";
        case Errc::method_not_allowed:
            return "Method not allowed";
        case Errc::conflict:
            return "Conflict with the current state";
        case Errc::precondition:
            return "The version has changed";
        case Errc::too_large:
            return "Too large";
        case Errc::unprocessable:
            return "The request cannot be processed";
        case Errc::rate_limited:
            return "Too many requests";
        case Errc::unavailable:
            return "Not available right now";
        case Errc::timeout:
            return "A wait ran out";
        case Errc::internal:
            break;
    }
    return "Something went wrong here";
}

Response as_response(int status, const Json& document) {
    auto response = text_response(status, text::dump(document), "application/problem+json");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace

Response problem(const Error& error, std::string_view request_id) {
    Json document = error.extension.empty() ? Json::object() : Json::parse(error.extension);
    const int status = http_status(error.code);
    document["type"] = "/problems/" + std::string(label(error.code));
    document["title"] = title(error.code);
    document["status"] = status;
    document["request_id"] = request_id;
    if (!error.detail.empty()) {
        document["detail"] = error.detail;
    }
    for (const auto& field : error.fields) {
        document["errors"].push_back({{"field", field.field}, {"detail", field.detail}});
    }
    auto response = as_response(status, document);
    if (error.retry_after_s > 0) {
        response.headers.add("Retry-After", std::to_string(error.retry_after_s));
    }
    return response;
}

Response protocol_problem(int status, std::string_view detail, std::string_view request_id) {
    Json document = Json::object();
    document["type"] = "about:blank";
    document["title"] = reason_phrase(status);
    document["status"] = status;
    document["detail"] = detail;
    document["request_id"] = request_id;
    return as_response(status, document);
}

}  // namespace lupaus::net
