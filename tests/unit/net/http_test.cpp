#include "common/net/http.hpp"
#include "common/net/response_head.hpp"
#include "common/net/target.hpp"

#include <gtest/gtest.h>

namespace lupaus::net {
namespace {

TEST(Headers, FindWithoutCaseAndKeepTheirOrder) {
    Headers headers;
    headers.add("Content-Type", "text/plain");
    headers.add("X-One", "1");
    headers.add("x-one", "2");
    EXPECT_EQ(headers.find("content-TYPE"), "text/plain");
    EXPECT_EQ(headers.find("X-ONE"), "1");
    EXPECT_EQ(headers.count("X-One"), 2U);
    EXPECT_EQ(headers.find("absent"), std::nullopt);
    EXPECT_EQ(headers.value_or("absent", "else"), "else");
    EXPECT_EQ(headers.name(2), "x-one");
}

TEST(Headers, SetReplacesEveryFieldOfTheName) {
    Headers headers;
    headers.add("A", "1");
    headers.add("B", "2");
    headers.add("a", "3");
    headers.set("a", "4");
    EXPECT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.find("A"), "4");
    EXPECT_EQ(headers.find("B"), "2");
}

TEST(Headers, RefuseWhatCouldSplitAResponse) {
    Headers headers;
    EXPECT_THROW(headers.add("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
    EXPECT_THROW(headers.add("X", "a\nb"), std::invalid_argument);
    EXPECT_THROW(headers.add("X", std::string_view("a\0b", 3)), std::invalid_argument);
    EXPECT_THROW(headers.add("X Y", "a"), std::invalid_argument);
    EXPECT_THROW(headers.add("", "a"), std::invalid_argument);
    EXPECT_EQ(headers.size(), 0U);
}

TEST(ListsToken, ReadsCommaLists) {
    EXPECT_TRUE(lists_token("keep-alive, Upgrade", "upgrade"));
    EXPECT_TRUE(lists_token("Upgrade", "upgrade"));
    EXPECT_FALSE(lists_token("upgraded", "upgrade"));
    EXPECT_FALSE(lists_token("", "upgrade"));
}

TEST(Method, UnknownOnesAreOther) {
    EXPECT_EQ(parse_method("GET"), Method::get);
    EXPECT_EQ(parse_method("DELETE"), Method::delete_);
    EXPECT_EQ(parse_method("get"), Method::other);
    EXPECT_EQ(parse_method("other"), Method::other);
    EXPECT_EQ(to_string(Method::patch), "PATCH");
}

TEST(PercentDecode, DecodesUtf8) {
    EXPECT_EQ(percent_decode("%C3%A4+b", false), "\xC3\xA4+b");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    EXPECT_EQ(percent_decode("%2F", false), "/");
}

TEST(PercentDecode, RefusesBrokenEscapesNulAndInvalidUtf8) {
    for (const auto* text : {"%", "%2", "%zz", "a%0g", "%00", "a%00b", "%ff", "%C3", "%ED%A0%80"}) {
        EXPECT_EQ(percent_decode(text, false), std::nullopt) << text;
    }
}

TEST(Query, KeepsOrderAndRepeats) {
    const auto query = parse_query("a=1&b&&a=%20x&=y");
    ASSERT_TRUE(query);
    ASSERT_EQ(query->size(), 4U);
    EXPECT_EQ((*query)[0].value, "1");
    EXPECT_EQ((*query)[1].name, "b");
    EXPECT_EQ((*query)[1].value, "");
    EXPECT_EQ((*query)[2].value, " x");
    EXPECT_EQ((*query)[3].name, "");
    EXPECT_EQ(parse_query("a=%zz"), std::nullopt);
    EXPECT_EQ(parse_query("%00=1"), std::nullopt);
}

TEST(OriginForm, AcceptsAbsoluteUrls) {
    EXPECT_EQ(origin_form("/a?b"), "/a?b");
    EXPECT_EQ(origin_form("http://host/a?b"), "/a?b");
    EXPECT_EQ(origin_form("HTTPS://host"), "/");
    EXPECT_EQ(origin_form("host:443"), std::nullopt);
    EXPECT_EQ(origin_form("*"), std::nullopt);
    EXPECT_EQ(origin_form("ftp://host/a"), std::nullopt);
    EXPECT_EQ(origin_form(""), std::nullopt);
}

TEST(Request, KnowsItsPartsAndUpgrades) {
    Request request{.target = "/v1/x?limit=5&limit=6"};
    request.query = parse_query("limit=5&limit=6").value();
    request.params = {{"id", "7"}};
    EXPECT_EQ(request.path(), "/v1/x");
    EXPECT_EQ(request.query_value("limit"), "5");
    EXPECT_EQ(request.query_value("none"), std::nullopt);
    EXPECT_EQ(request.param("id"), "7");
    EXPECT_EQ(request.param("none"), "");
    EXPECT_FALSE(request.wants_websocket());
    request.headers.add("Upgrade", "WebSocket");
    request.headers.add("Connection", "keep-alive, Upgrade");
    request.headers.add("Sec-WebSocket-Version", "13");
    request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_TRUE(request.wants_websocket());
    request.headers.set("Sec-WebSocket-Version", "8");
    EXPECT_FALSE(request.wants_websocket());
}

TEST(ResponseHead, DecidesLengthAndConnectionItself) {
    auto response = json_response(201, "{}");
    response.headers.add("Content-Length", "99");
    response.headers.add("Connection", "upgrade");
    response.headers.add("ETag", "\"1\"");
    std::string head;
    append_head(head, response, {.date = "today", .request_id = "r1"});
    EXPECT_EQ(head,
              "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nETag: \"1\"\r\nDate: today\r\n"
              "X-Request-Id: r1\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseHead, LeavesLengthOutWhereNoBodyMayBe) {
    for (const int status : {204, 304}) {
        std::string head;
        append_head(head, empty_response(status), {.date = "d", .request_id = "r"});
        EXPECT_EQ(head.find("Content-Length"), std::string::npos) << status;
    }
    std::string empty;
    append_head(empty, empty_response(200), {.date = "d", .request_id = "r", .keeps_alive = false});
    EXPECT_NE(empty.find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_NE(empty.find("Connection: close\r\n"), std::string::npos);
}

TEST(ResponseHead, StreamsAreChunkedInHttp11Only) {
    std::string head;
    append_head(head, Response{}, {.date = "d", .request_id = "r", .keeps_alive = false, .is_stream = true});
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    head.clear();
    append_head(head, Response{},
                {.date = "d", .request_id = "r", .keeps_alive = false, .is_http_1_1 = false, .is_stream = true});
    EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
}

TEST(HttpDate, IsImfFixdate) {
    using namespace std::chrono;
    EXPECT_EQ(http_date(sys_days(1994y / November / 6d) + 8h + 49min + 37s), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(sys_days(2024y / February / 29d)), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(FormatEvent, PrefixesEveryLineOfData) {
    EXPECT_EQ(format_event("7", "message", "{\n}"), "id: 7\nevent: message\ndata: {\ndata: }\n\n");
    EXPECT_EQ(format_event("", "", "x"), "data: x\n\n");
    EXPECT_EQ(format_event("", "", ""), "data: \n\n");
}

}  // namespace
}  // namespace lupaus::net
