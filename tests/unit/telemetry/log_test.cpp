#include "common/telemetry/log.hpp"

#include "common/text/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <mutex>
#include <thread>
#include <type_traits>

namespace lupaus::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct AccountTag;

class Log : public ::testing::Test {
protected:
    Log() {
        redirect([this](std::string_view line) { lines_.emplace_back(line); });
    }

    ~Log() override {
        redirect({});
        set_level(Level::info);
    }

    text::Json only_line() {
        EXPECT_EQ(lines_.size(), 1U);
        return lines_.empty() ? text::Json::object() : text::parse_json(lines_.back()).value();
    }

    std::vector<std::string> lines_;
};

TEST_F(Log, WritesOneJsonObjectALine) {
    const auto id = *parse_uuid("018f4e1a-0000-7000-8000-0123456789ab");
    const std::string owned = "owned";
    info("message accepted", {{"account", StrongId<AccountTag>{id}},
                              {"id", id},
                              {"literal", "text"},
                              {"string", owned},
                              {"count", 3},
                              {"big", std::numeric_limits<std::uint64_t>::max()},
                              {"small", std::int64_t{-5}},
                              {"size", std::size_t{7}},
                              {"share", 0.5},
                              {"flag", true},
                              {"request_id", "r-1"}});
    const auto line = only_line();
    EXPECT_TRUE(parse_rfc3339(line["time"].get<std::string>()).has_value());
    EXPECT_EQ(line["level"], "info");
    EXPECT_EQ(line["message"], "message accepted");
    EXPECT_EQ(line["account"], "018f4e1a-0000-7000-8000-0123456789ab");
    EXPECT_EQ(line["literal"], "text");
    EXPECT_EQ(line["string"], "owned");
    EXPECT_EQ(line["count"], 3);
    EXPECT_EQ(line["big"], std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(line["small"], -5);
    EXPECT_EQ(line["share"], 0.5);
    EXPECT_EQ(line["flag"], true);
    EXPECT_EQ(line["request_id"], "r-1");
    EXPECT_TRUE(lines_[0].starts_with(R"({"time":")"));
}

TEST_F(Log, CannotBeMadeToForgeALine) {
    warn("refused", {{"name", "x\r\n{\"level\":\"error\"}\n"}, {"broken", "a\xFFz"}});
    EXPECT_THAT(lines_.at(0), Not(HasSubstr("\n")));
    EXPECT_THAT(lines_.at(0), Not(HasSubstr("\r")));
    EXPECT_EQ(only_line()["level"], "warn");
    EXPECT_EQ(only_line()["broken"], "a\xEF\xBF\xBDz");
}

TEST_F(Log, CutsLongValues) {
    std::string name;
    while (name.size() < 3 * kValueBytesMax) {
        name += "ä";
    }
    error("long", {{"name", name}});
    EXPECT_LT(lines_.at(0).size(), kValueBytesMax + 200);
    EXPECT_TRUE(only_line()["name"].get<std::string>().ends_with("ä…"));
}

TEST_F(Log, HoldsItsLevel) {
    debug("quiet");
    EXPECT_TRUE(lines_.empty());
    EXPECT_FALSE(enabled(Level::debug));
    set_level(Level::debug);
    debug("heard");
    EXPECT_EQ(lines_.size(), 1U);
    set_level(Level::error);
    warn("quiet");
    error("heard");
    EXPECT_EQ(lines_.size(), 2U);
}

TEST_F(Log, KeepsLinesOfThreadsApart) {
    constexpr int kEach = 500;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([thread] {
                for (int i = 0; i < kEach; ++i) {
                    info("line", {{"thread", thread}, {"number", i}});
                }
            });
        }
    }
    ASSERT_EQ(lines_.size(), 4U * kEach);
    for (const auto& line : lines_) {
        EXPECT_TRUE(text::parse_json(line).has_value()) << line;
    }
}

TEST_F(Log, TakesNoSecret) {
    static_assert(!std::is_constructible_v<Field, std::string_view, Secret>);
    static_assert(!std::is_constructible_v<Field, std::string_view, const Secret&>);
    static_assert(!std::is_constructible_v<Field, std::string_view, void*>, "a pointer is no flag");
}

TEST(LogLevel, HasWords) {
    EXPECT_EQ(parse_level("debug"), Level::debug);
    EXPECT_EQ(parse_level("info"), Level::info);
    EXPECT_EQ(parse_level("warn"), Level::warn);
    EXPECT_EQ(parse_level("error"), Level::error);
    EXPECT_EQ(parse_level("loud"), std::nullopt);
}

TEST(LogDescribe, NamesAnyException) {
    EXPECT_EQ(describe(std::make_exception_ptr(std::runtime_error("gone"))), "gone");
    EXPECT_EQ(describe(std::make_exception_ptr(7)), "an exception of an unknown type");
    EXPECT_EQ(describe(nullptr), "no exception");
}

TEST(LogOutput, IsStderr) {
    ::testing::internal::CaptureStderr();
    info("to stderr", {{"n", 1}});
    const auto written = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(written, HasSubstr(R"("message":"to stderr","n":1})"));
    EXPECT_TRUE(written.ends_with("\n"));
}

}  // namespace
}  // namespace lupaus::log
