#include "common/net/problem.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace lupaus::net {
namespace {

using Json = nlohmann::json;

TEST(Problem, SaysWhatRfc9457Asks) {
    const auto response = problem(Error{.code = Errc::not_found, .detail = "No such agent."}, "r-1");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.headers.find("Retry-After"), std::nullopt);
    EXPECT_EQ(Json::parse(response.body), Json({{"type", "/problems/not-found"},
                                                {"title", "Not found"},
                                                {"status", 404},
                                                {"detail", "No such agent."},
                                                {"request_id", "r-1"}}));
}

TEST(Problem, NamesWrongFields) {
    const auto document = Json::parse(problem(invalid_field("/text", "must not be empty"), "r").body);
    EXPECT_EQ(document["errors"], Json::parse(R"([{"field":"/text","detail":"must not be empty"}])"));
}

TEST(Problem, CarriesRetryAfterAndExtensions) {
    const auto response = problem(
        Error{.code = Errc::rate_limited, .detail = "Slow down.", .retry_after_s = 7, .extension = R"({"limit":5})"},
        "r");
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.headers.find("Retry-After"), "7");
    EXPECT_EQ(Json::parse(response.body)["limit"], 5);
}

TEST(Problem, ExtensionsCannotReplaceItsOwnMembers) {
    const auto response = problem(Error{.code = Errc::conflict, .detail = {}, .extension = R"({"status":200})"}, "r");
    EXPECT_EQ(Json::parse(response.body)["status"], 409);
}

TEST(Problem, SurvivesBytesThatAreNoUtf8) {
    const auto response = problem(Error{.code = Errc::invalid, .detail = "bad \xff byte"}, "r");
    EXPECT_EQ(Json::parse(response.body)["detail"], "bad \xEF\xBF\xBD byte");
}

TEST(Problem, ProtocolStatusesHaveTheReasonAsTitle) {
    const auto response = protocol_problem(408, "Too slow.", "r");
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(Json::parse(response.body)["title"], "Request Timeout");
    EXPECT_EQ(Json::parse(response.body)["type"], "about:blank");
}

}  // namespace
}  // namespace lupaus::net
