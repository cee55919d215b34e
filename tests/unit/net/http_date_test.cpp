#include "common/net/http_date.hpp"

#include <gtest/gtest.h>

namespace lupaus::net {
namespace {

TEST(HttpDate, IsReadInTheOneFormThatMayBeSent) {
    using namespace std::chrono_literals;
    const auto day = std::chrono::sys_days(1994y / std::chrono::November / 6);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Timestamp(day + 8h + 49min + 37s));
    for (const auto* wrong :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Xov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 EST"}) {
        EXPECT_EQ(parse_http_date(wrong), std::nullopt) << wrong;
    }
}

}  // namespace
}  // namespace lupaus::net
