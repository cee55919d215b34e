#include "common/smtp/path.hpp"

#include <gtest/gtest.h>

namespace lupaus::smtp {
namespace {

struct Written {
    std::string_view argument;
    std::string_view address;
    std::string_view parameters;
};

TEST(Path, IsReadWithItsParameters) {
    for (const auto& [argument, address, parameters] : {
             Written{"FROM:<aino@example.com>", "aino@example.com", ""},
             Written{"from:<aino@example.com> SIZE=7  BODY=7BIT", "aino@example.com", "SIZE=7  BODY=7BIT"},
             Written{"FROM: <aino@example.com>", "aino@example.com", ""},
             Written{"FROM:<>", "", ""},
             Written{"FROM:<@a.example,@b.example:aino@example.com>", "aino@example.com", ""},
             Written{R"(FROM:<"a>b"@example.com> SIZE=1)", R"("a>b"@example.com)", "SIZE=1"},
             Written{R"(FROM:<"a\">b"@example.com>)", R"("a\">b"@example.com)", ""},
             Written{"FROM:<support+r.1a.x@example.com>", "support+r.1a.x@example.com", ""},
         }) {
        const auto path = read_path(argument, "FROM:");
        ASSERT_TRUE(path) << argument;
        EXPECT_EQ(path->address, address) << argument;
        EXPECT_EQ(path->parameters, parameters) << argument;
    }
}

TEST(Path, IsNoneWhereTheFormIsWrong) {
    for (const std::string_view argument : {"", "FROM", "FROM:", "TO:<a@b>", "FROM:a@b", "FROM:<a@b", "FROM:\"<a@b>",
                                            "FROM:<a@b>SIZE=1", R"(FROM:<"a@b>)", R"(FROM:<a\)"}) {
        EXPECT_FALSE(read_path(argument, "FROM:")) << argument;
    }
}

TEST(Address, NeedsSmtputf8OutsideOfAscii) {
    EXPECT_FALSE(judge_address("aino@example.com", false));
    EXPECT_FALSE(judge_address("äiti@example.com", true));
    EXPECT_EQ(judge_address("äiti@example.com", false)->status, "5.6.7");
    EXPECT_EQ(judge_address("\xE4iti@example.com", true)->status, "5.1.3");
}

TEST(Size, IsANumber) {
    EXPECT_EQ(read_size("0"), 0U);
    EXPECT_EQ(read_size("26214400"), 26'214'400U);
    EXPECT_EQ(read_size("99999999999999999999999999"), static_cast<std::size_t>(-1)) << "more than any limit";
    for (const std::string_view text : {"", "-1", "1k", " 1", "0x10"}) {
        EXPECT_FALSE(read_size(text)) << text;
    }
}

}  // namespace
}  // namespace lupaus::smtp
