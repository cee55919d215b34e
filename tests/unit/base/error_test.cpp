#include "common/base/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lupaus {
namespace {

// `internal` is the last one: a code added behind it fails here until the list below knows it.
std::vector<Errc> all_codes() {
    std::vector<Errc> codes;
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
        codes.push_back(static_cast<Errc>(code));
    }
    return codes;
}

TEST(Error, HasARowForEveryCode) {
    std::set<std::string_view> labels;
    for (const auto code : all_codes()) {
        EXPECT_GE(http_status(code), 400);
        EXPECT_LT(http_status(code), 600);
        EXPECT_TRUE(labels.insert(label(code)).second) << label(code) << " stands for two codes";
    }
    EXPECT_EQ(labels.size(), 13U);
    EXPECT_THROW(http_status(static_cast<Errc>(static_cast<int>(Errc::internal) + 1)), std::logic_error);
}

TEST(Error, MapsToTheStatusThatTheHeaderPromises) {
    EXPECT_EQ(http_status(Errc::invalid), 400);
    EXPECT_EQ(http_status(Errc::unauthenticated), 401);
    EXPECT_EQ(http_status(Errc::forbidden), 403);
    EXPECT_EQ(http_status(Errc::not_found), 404);
    EXPECT_EQ(http_status(Errc::method_not_allowed), 405);
    EXPECT_EQ(http_status(Errc::conflict), 409);
    EXPECT_EQ(http_status(Errc::precondition), 412);
    EXPECT_EQ(http_status(Errc::too_large), 413);
    EXPECT_EQ(http_status(Errc::unprocessable), 422);
    EXPECT_EQ(http_status(Errc::rate_limited), 429);
    EXPECT_EQ(http_status(Errc::internal), 500);
    EXPECT_EQ(http_status(Errc::unavailable), 503);
    EXPECT_EQ(http_status(Errc::timeout), 504);
}

TEST(Error, NamesTheField) {
    const auto error = invalid_field("/text", "must not be empty");
    EXPECT_EQ(error.code, Errc::invalid);
    EXPECT_EQ(error.detail, "/text: must not be empty");
    ASSERT_EQ(error.fields.size(), 1U);
    EXPECT_EQ(error.fields[0].field, "/text");
    EXPECT_EQ(error.fields[0].detail, "must not be empty");
    EXPECT_EQ(not_found("conversation").detail, "No such conversation.");
}

TEST(Result, ThrowsWhenAFailureIsReadAsAValue) {
    const Result<int> failed = not_found("thing");
    EXPECT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, Errc::not_found);
    EXPECT_THROW(static_cast<void>(failed.value()), std::logic_error);
    const Result<int> good = 7;
    EXPECT_EQ(good.value(), 7);
}

}  // namespace
}  // namespace lupaus
