#include "common/crypto/encoding.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

TEST(Cursor, ComesBackAsItWent) {
    const Cursor cursor{.key = "Äiti \"x\", y", .id = make_uuid_v7()};
    const auto decoded = decode_cursor("agents.name", encode_cursor("agents.name", cursor));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->key, cursor.key);
    EXPECT_EQ(decoded->id, cursor.id);
}

TEST(Cursor, TheLongestKeyStillFits) {
    const Cursor cursor{.key = std::string(200, '\x01'), .id = make_uuid_v7()};
    EXPECT_TRUE(decode_cursor("agents.name", encode_cursor("agents.name", cursor)));
}

TEST(Cursor, AnotherListsCursorIsRefused) {
    const auto text = encode_cursor("agents.name", {.key = "Aino", .id = make_uuid_v7()});
    EXPECT_TRUE(decode_cursor("teams.name", text).has_error());
}

TEST(Cursor, ABrokenOneIsRefusedByName) {
    const auto id = to_string(make_uuid_v7());
    for (const auto& text :
         {std::string(), std::string("x"), std::string("AAAA"), crypto::base64url_encode("[]"),
          crypto::base64url_encode("{\"a\":1}"), crypto::base64url_encode("[\"l\",\"k\"]"),
          crypto::base64url_encode("[\"l\",1,\"" + id + "\"]"), crypto::base64url_encode("[\"l\",\"k\",\"no id\"]"),
          crypto::base64url_encode("[\"l\",\"k\",\"" + id + "\",1]"), std::string(100'000, 'A')}) {
        const auto decoded = decode_cursor("l", text);
        ASSERT_TRUE(decoded.has_error()) << text.substr(0, 80);
        EXPECT_EQ(decoded.error().code, Errc::invalid);
        EXPECT_EQ(decoded.error().fields.at(0).field, "cursor");
    }
}

net::Request with_query(std::vector<net::Parameter> query) {
    net::Request request;
    request.query = std::move(query);
    return request;
}

TEST(Page, LimitsAreChecked) {
    EXPECT_EQ(read_page(with_query({}), "l")->limit, 25);
    EXPECT_EQ(read_page(with_query({{"limit", "1"}}), "l")->limit, 1);
    EXPECT_EQ(read_page(with_query({{"limit", "100"}}), "l")->limit, 100);
    for (const auto* bad : {"0", "101", "-1", "ten", "1.5", "", "99999999999999999999"}) {
        EXPECT_TRUE(read_page(with_query({{"limit", bad}}), "l").has_error()) << bad;
    }
}

TEST(Page, UnknownParametersAreRefused) {
    EXPECT_TRUE(read_page(with_query({{"state", "open"}}), "l").has_error());
    EXPECT_TRUE(read_page(with_query({{"state", "open"}}), "l", {"state"}));
}

net::Request with_if_match(std::string_view value) {
    net::Request request;
    request.headers.add("If-Match", value);
    return request;
}

TEST(IfMatch, TheCurrentVersionPasses) {
    EXPECT_TRUE(check_if_match({}, 7));
    for (const auto* good : {"*", " * ", "\"7\"", "\"6\", \"7\"", "W/\"7\", \"7\""}) {
        EXPECT_TRUE(check_if_match(with_if_match(good), 7)) << good;
    }
}

TEST(IfMatch, AnyOtherIsAPrecondition) {
    for (const auto* old : {"\"6\"", "\"6\",\"8\"", "W/\"7\""}) {
        const auto checked = check_if_match(with_if_match(old), 7);
        ASSERT_TRUE(checked.has_error()) << old;
        EXPECT_EQ(checked.error().code, Errc::precondition);
    }
}

TEST(IfMatch, NonsenseIsInvalid) {
    for (const auto* bad : {"7", "\"x\"", "\"\"", "W/7", ",", "\"7"}) {
        const auto checked = check_if_match(with_if_match(bad), 7);
        ASSERT_TRUE(checked.has_error()) << bad;
        EXPECT_EQ(checked.error().code, Errc::invalid);
    }
}

}  // namespace
}  // namespace lupaus::inbox
