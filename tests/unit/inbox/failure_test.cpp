#include "services/inbox/failure.hpp"

#include "common/postgres/database.hpp"
#include "common/telemetry/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

namespace lupaus::inbox {
namespace {

class FailureTest : public ::testing::Test {
protected:
    FailureTest() {
        log::redirect([this](std::string_view line) { lines_.emplace_back(line); });
    }

    ~FailureTest() override { log::redirect({}); }

    template <class Failure>
    Error map(const Failure& failure) {
        return map_exception(std::make_exception_ptr(failure), "r-1");
    }

    Error map_sql(const char* state) { return map(pqxx::sql_error("secret detail", "SELECT secret", state)); }

    Error map_disk(int code) { return map(std::system_error(code, std::generic_category(), "secret path")); }

    std::vector<std::string> lines_;
};

TEST_F(FailureTest, WhatPassesIsUnavailable) {
    for (const auto& error :
         {map(Overloaded()), map(pqxx::broken_connection("gone")), map_sql("55P03"), map_sql("57014"), map_sql("40P01"),
          map_sql("40001"), map_sql("57P01"), map_sql("53300"), map_sql("25006"), map_sql("53100"), map_sql("58030"),
          map_disk(ENOSPC), map_disk(EDQUOT), map_disk(EROFS), map_disk(EIO)}) {
        EXPECT_EQ(error.code, Errc::unavailable);
        EXPECT_GT(error.retry_after_s, 0);
        EXPECT_EQ(error.detail.find("secret"), std::string::npos);
        EXPECT_NE(error.detail.find("Nothing was changed"), std::string::npos) << error.detail;
    }
}

TEST_F(FailureTest, ACommitInDoubtSaysSo) {
    const auto error = map(pqxx::in_doubt_error("who knows"));
    EXPECT_EQ(error.code, Errc::unavailable);
    EXPECT_EQ(error.detail.find("Nothing was changed"), std::string::npos);
    EXPECT_NE(error.detail.find("Idempotency-Key"), std::string::npos);
}

TEST_F(FailureTest, ABugIsInternalAndTellsNothing) {
    for (const auto& error : {map_sql("42601"), map_sql("23505"), map(std::logic_error("oops")), map_disk(ENOENT)}) {
        EXPECT_EQ(error.code, Errc::internal);
        EXPECT_TRUE(error.detail.empty());
    }
    EXPECT_EQ(map_exception(std::make_exception_ptr(7), "r-1").code, Errc::internal);
}

TEST_F(FailureTest, StoppingIsNoBug) {
    const boost::system::system_error stop(boost::asio::error::operation_aborted);
    EXPECT_EQ(map(stop).code, Errc::unavailable);
    EXPECT_EQ(map(std::runtime_error("operation_aborted")).code, Errc::internal);
}

TEST_F(FailureTest, IsLoggedOnceWithItsRequest) {
    map(std::logic_error("oops"));
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_NE(lines_[0].find("r-1"), std::string::npos);
    EXPECT_NE(lines_[0].find("oops"), std::string::npos);
}

}  // namespace
}  // namespace lupaus::inbox
