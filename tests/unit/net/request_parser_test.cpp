#include "common/net/message_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lupaus::net {
namespace {

struct Outcome {
    Progress progress = Progress::need_more;
    int status = 0;
    std::size_t left = 0;  // bytes behind the message
    Request request{};
};

// Feeds `bytes` in pieces of `step`, as a socket would, keeping what was not used.
Outcome parse(std::string_view bytes, std::size_t step = std::string_view::npos, std::size_t body_max = 1000,
              std::size_t header_max = 1000) {
    Outcome outcome;
    RequestParser parser(header_max);
    parser.start(outcome.request);
    std::string pending;
    while (outcome.progress == Progress::need_more || outcome.progress == Progress::header) {
        std::size_t used = 0;
        if (!pending.empty() || outcome.progress == Progress::header) {
            outcome.progress = parser.put(pending, used);
            pending.erase(0, used);
        }
        if (outcome.progress == Progress::header) {
            parser.limit_body(body_max);
            if (!parser.has_body()) {
                outcome.progress = Progress::complete;
            }
            continue;
        }
        if (outcome.progress == Progress::need_more && used == 0) {
            if (bytes.empty()) {
                break;
            }
            const auto size = std::min(step, bytes.size());
            pending.append(bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
    }
    outcome.status = outcome.progress == Progress::refused ? parser.refusal().status : 0;
    outcome.left = pending.size() + bytes.size();
    return outcome;
}

TEST(RequestParser, ReadsARequestInPiecesOfAnySize) {
    const std::string bytes =
        "POST /v1/x?a=%C3%A4 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhelloGET / HTTP/1.1\r\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        const auto outcome = parse(bytes, step);
        ASSERT_EQ(outcome.progress, Progress::complete) << step;
        EXPECT_EQ(outcome.request.method, Method::post);
        EXPECT_EQ(outcome.request.path(), "/v1/x");
        EXPECT_EQ(outcome.request.query_value("a"), "\xC3\xA4");
        EXPECT_EQ(outcome.request.headers.find("x-a"), "b");
        EXPECT_EQ(outcome.request.body, "hello");
        EXPECT_EQ(outcome.left, std::string_view("GET / HTTP/1.1\r\n").size()) << step;
    }
}

TEST(RequestParser, ForgivesEmptyLinesInFrontInPiecesOfAnySize) {
    const std::string bytes = "\r\n\r\nGET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        const auto outcome = parse(bytes, step);
        ASSERT_EQ(outcome.progress, Progress::complete) << step;
        EXPECT_EQ(outcome.request.path(), "/v1/x") << step;
        EXPECT_EQ(outcome.left, 0U) << step;
    }
    EXPECT_EQ(parse("\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", 1).status, 400);
}

TEST(RequestParser, ReadsChunksAndDropsTrailers) {
    const std::string bytes =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nAuthorization: stolen\r\n\r\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        const auto outcome = parse(bytes, step);
        ASSERT_EQ(outcome.progress, Progress::complete) << step;
        EXPECT_EQ(outcome.request.body, "hello world") << step;
        EXPECT_EQ(outcome.request.headers.find("Authorization"), std::nullopt) << step;
    }
}

struct Bad {
    const char* name;
    std::string bytes;
    int status;
};

std::vector<Bad> bad_requests() {
    const std::string host = "Host: h\r\n";
    return {
        {"garbage", "\x16\x03\x01\x02\r\n\r\n", 400},
        {"no version", "GET /\r\n\r\n", 400},
        {"http/2", "PRI * HTTP/2.0\r\n\r\n", 505},
        {"http/0.9", "GET / HTTP/0.9\r\n\r\n", 505},
        {"lower case version", "GET / http/1.1\r\n\r\n", 400},
        {"bare line feeds", "GET / HTTP/1.1\nHost: h\n\n", 400},
        {"space before colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
        {"space in name", "GET / HTTP/1.1\r\nHo st: h\r\n\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
        {"empty name", "GET / HTTP/1.1\r\n: x\r\n\r\n", 400},
        {"folded field", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400},
        {"folded with a tab", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n", 400},
        {"folded coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
        {"nul in value", std::string("GET / HTTP/1.1\r\nHost: h\0x\r\n\r\n", 29), 400},
        {"carriage return in value", "GET / HTTP/1.1\r\nHost: h\rx\r\n\r\n", 400},
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
        {"space in target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
        {"authority target", "GET h:80 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"nul in query", "GET /?a=%00 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"broken query escape", "GET /?a=%x HTTP/1.1\r\n" + host + "\r\n", 400},
        {"invalid utf-8 in query", "GET /?a=%ff HTTP/1.1\r\n" + host + "\r\n", 400},
        {"no version", "GET / \r\n\r\n", 400},
        {"both lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"both lengths, other order",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
        {"one length twice", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"list of equal lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 5\r\n\r\nhello", 400},
        {"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 6\r\n\r\nhello", 400},
        {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -5\r\n\r\n", 400},
        {"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\n", 400},
        {"hex length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\n", 400},
        {"huge length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {"empty length", "POST / HTTP/1.1\r\n" + host + "Content-Length: \r\n\r\n", 400},
        {"unknown coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"hidden coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {"coding list", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"chunked not last", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
        {"two codings", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"chunked in 1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400},
        {"bad chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"huge chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
         400},
        {"chunk without end", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
         400},
        {"chunk over the limit", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413},
    };
}

TEST(RequestParser, RefusesWhatOthersCouldReadDifferently) {
    for (const auto& bad : bad_requests()) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bad.bytes.size()}) {
            const auto outcome = parse(bad.bytes, step);
            EXPECT_EQ(outcome.progress, Progress::refused) << bad.name << " in steps of " << step;
            EXPECT_EQ(outcome.status, bad.status) << bad.name << " in steps of " << step;
        }
    }
}

TEST(RequestParser, CountsTheWholeHeader) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    for (const std::size_t step : {std::size_t{1}, std::size_t{100}, std::size_t{2000}}) {
        const auto fits = start + std::string(1000 - start.size() - 4, 'a') + "\r\n\r\n";
        const auto longer = start + std::string(1001 - start.size() - 4, 'a') + "\r\n\r\n";
        EXPECT_EQ(parse(fits, step).progress, Progress::complete) << step;
        EXPECT_EQ(parse(longer, step).status, 431) << step;
    }
}

TEST(RequestParser, CountsHeadersMadeOfManyFields) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
    while (bytes.size() < 1200) {
        bytes += "X-" + std::to_string(bytes.size()) + ": y\r\n";
    }
    bytes += "\r\n";
    for (const std::size_t step : {std::size_t{1}, std::size_t{50}, bytes.size()}) {
        EXPECT_EQ(parse(bytes, step).status, 431) << step;
    }
}

TEST(RequestParser, LimitsChunkedBodiesInAll) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(parse(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 1, 5).progress, Progress::complete);
    EXPECT_EQ(parse(head + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 1, 5).status, 413);
}

TEST(RequestParser, OldHttpNeedsNoHost) {
    EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n").progress, Progress::complete);
}

TEST(RequestParser, AbsoluteTargetsBecomePaths) {
    EXPECT_EQ(parse("GET http://other/x?y=1 HTTP/1.1\r\nHost: h\r\n\r\n").request.target, "/x?y=1");
}

}  // namespace
}  // namespace lupaus::net
