#include "common/mail/date.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view written;
    std::string_view time;
};

TEST(MailDate, ReadsEveryForm) {
    const Case cases[] = {
        {"Thu, 26 Nov 2026 06:43:40 +0200", "2026-11-26T04:43:40.000Z"},
        {" Thu, 26 Nov 2026 06:43:40 +0200 (EET)\r\n", "2026-11-26T04:43:40.000Z"},
        {"26 Nov 2026 06:43 +0200", "2026-11-26T04:43:00.000Z"},
        {"Thu,26 nov 2026 06:43:40 -0330", "2026-11-26T10:13:40.000Z"},
        {"Thursday, 26 November 2026 06:43:40 GMT", "2026-11-26T06:43:40.000Z"},
        {"26 Nov 26 06:43:40 EST", "2026-11-26T11:43:40.000Z"},
        {"26 Nov 98 06:43:40 PDT", "1998-11-26T13:43:40.000Z"},
        {"26 Nov 126 06:43:40 Z", "2026-11-26T06:43:40.000Z"},
        {"Thu, 26\r\n Nov (a (b)) 2026 06:43:40", "2026-11-26T06:43:40.000Z"},
        {"26 Nov 2026 06:43:40 XYZ", "2026-11-26T06:43:40.000Z"},
        {"29 Feb 2028 23:59:60 +0000", "2028-03-01T00:00:00.000Z"},
        {"31 Dec 2261 23:59:59 +0000", "2261-12-31T23:59:59.000Z"},
        {"1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00.000Z"},
    };
    for (const auto& one : cases) {
        const auto time = parse_date(one.written);
        ASSERT_TRUE(time) << one.written;
        EXPECT_EQ(to_rfc3339(*time), one.time) << one.written;
    }
}

TEST(MailDate, IsNoneWhereItMakesNoSense) {
    for (const std::string_view written : {"",
                                           "Thu",
                                           "yesterday",
                                           "Thu, 26 Nov 2026",
                                           "31 Feb 2026 00:00:00 +0000",
                                           "29 Feb 2026 00:00:00 +0000",
                                           "0 Jan 2026 00:00:00 +0000",
                                           "257 Jan 2026 00:00:00 +0000",
                                           "1 Foo 2026 00:00:00 +0000",
                                           "1 Jan 2026 24:00:00 +0000",
                                           "1 Jan 2026 12:60:00 +0000",
                                           "1 Jan 2026 12 +0000",
                                           "1 Jan 2026 :: +0000",
                                           "1 Jan 1970 00:00:00 +0001",
                                           "1 Jan 2262 00:00:00 +0000",
                                           "1 Jan 67562 00:00:00 +0000",
                                           "1 Jan 99999999999 00:00:00 +0000",
                                           "1 Jan -2026 00:00:00 +0000",
                                           "-1 Jan 2026 00:00:00 +0000",
                                           "(1 Jan 2026 00:00:00 +0000"}) {
        EXPECT_FALSE(parse_date(written)) << written;
    }
}

}  // namespace
}  // namespace lupaus::mail
