#include "common/net/message_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lupaus::net {
namespace {

// Feeds `bytes` in pieces; `is_ended` says that the peer closed after them.
Progress feed(ResponseParser& parser, std::string_view bytes, std::size_t step, bool is_ended) {
    std::string pending;
    auto progress = Progress::need_more;
    while (progress == Progress::need_more || progress == Progress::header) {
        std::size_t used = 0;
        if (!pending.empty()) {
            progress = parser.put(pending, used);
            pending.erase(0, used);
        }
        if (used > 0 || progress == Progress::complete || progress == Progress::refused) {
            continue;
        }
        if (bytes.empty()) {
            return is_ended ? parser.put_end() : progress;
        }
        const auto size = std::min(step, bytes.size());
        pending.append(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return progress;
}

TEST(ResponseParser, ReadsLengthsChunksAndBodiesUntilTheEnd) {
    struct Case {
        const char* bytes;
        bool is_ended;
        bool keeps_alive;
    };

    const Case cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", false, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", false, true},
        {"HTTP/1.1 200 OK\r\n\r\nhello", true, false},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
         false, true},
    };
    for (const auto& item : cases) {
        for (std::size_t step = 1; step < 80; step += 3) {
            ResponseParser parser(1000, 1000);
            parser.start(false);
            ASSERT_EQ(feed(parser, item.bytes, step, item.is_ended), Progress::complete) << item.bytes << step;
            EXPECT_EQ(parser.status(), 200);
            EXPECT_EQ(parser.body, "hello");
            EXPECT_EQ(parser.keeps_alive(), item.keeps_alive) << item.bytes;
            EXPECT_EQ(parser.headers.find("Link"), std::nullopt);
        }
    }
}

TEST(ResponseParser, AnswersWithoutBody) {
    for (const auto* bytes :
         {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"}) {
        ResponseParser parser(1000, 1000);
        parser.start(false);
        EXPECT_EQ(feed(parser, bytes, 1, false), Progress::complete) << bytes;
    }
    ResponseParser to_head(1000, 1000);
    to_head.start(true);
    EXPECT_EQ(feed(to_head, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 1, false), Progress::complete);
}

TEST(ResponseParser, CutsLongBodies) {
    for (const auto* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n"}) {
        ResponseParser parser(1000, 5);
        parser.start(false);
        EXPECT_EQ(feed(parser, bytes, 1, false), Progress::complete);
        EXPECT_TRUE(parser.is_body_cut);
        EXPECT_FALSE(parser.keeps_alive());
        EXPECT_EQ(parser.body, "abcde");
    }
    ResponseParser fits(1000, 5);
    fits.start(false);
    EXPECT_EQ(feed(fits, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 1, false), Progress::complete);
    EXPECT_FALSE(fits.is_body_cut);
}

TEST(ResponseParser, RefusesWhatIsNoAnswer) {
    for (const auto* bytes :
         {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
        ResponseParser parser(1000, 1000);
        parser.start(false);
        EXPECT_EQ(feed(parser, bytes, 1000, false), Progress::refused) << bytes;
        EXPECT_FALSE(parser.refusal().empty());
    }
    ResponseParser early(1000, 1000);
    early.start(false);
    EXPECT_EQ(feed(early, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 1, true), Progress::refused);
    EXPECT_TRUE(early.has_header());
    ResponseParser silent(1000, 1000);
    silent.start(false);
    EXPECT_EQ(feed(silent, "", 1, true), Progress::refused);
    ResponseParser endless(1000, 1000);
    endless.start(false);
    EXPECT_EQ(feed(endless, "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'a'), 100, false), Progress::refused);
}

}  // namespace
}  // namespace lupaus::net
