#include "common/smtp/reply.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lupaus::smtp {
namespace {

using Progress = ReplyReader::Progress;

TEST(SmtpReply, ReadsLinesInAnyPieces) {
    const std::string bytes = "250-first line\r\n250-5.7.1 second\r\n250\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        ReplyReader reader;
        auto progress = Progress::need_more;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            ASSERT_EQ(progress, Progress::need_more);
            progress = reader.put(bytes.substr(at, piece));
        }
        ASSERT_EQ(progress, Progress::complete);
        const auto reply = reader.take();
        EXPECT_EQ(reply.code, 250);
        EXPECT_EQ(reply.enhanced, "");  // 5.7.1 is not of the class of 250
        EXPECT_EQ(reply.lines, (std::vector<std::string>{"first line", "5.7.1 second", ""}));
        EXPECT_FALSE(reader.has_unread());
    }
}

TEST(SmtpReply, TakesEnhancedCodes) {
    ReplyReader reader;
    ASSERT_EQ(reader.put("550-5.1.1 No such\n550 5.1.1 user\n"), Progress::complete);
    const auto reply = reader.take();
    EXPECT_EQ(reply.enhanced, "5.1.1");
    EXPECT_EQ(to_string(reply), "550 5.1.1 No such user");
    EXPECT_TRUE(reply.is_permanent());
}

TEST(SmtpReply, LeavesTheNextReplyWhereItIs) {
    ReplyReader reader;
    ASSERT_EQ(reader.put("220 hi\r\n250 ok\r\n"), Progress::complete);
    EXPECT_EQ(reader.take().code, 220);
    EXPECT_TRUE(reader.has_unread());
    ASSERT_EQ(reader.put(""), Progress::complete);
    EXPECT_EQ(reader.take().code, 250);
    EXPECT_FALSE(reader.has_unread());
}

TEST(SmtpReply, RefusesWhatIsNone) {
    for (const auto* bytes : {"hello\r\n", "25 ok\r\n", "2500 ok\r\n", "150 ok\r\n", "650 ok\r\n", "\r\n", "250_ok\r\n",
                              "250-a\r\n251 b\r\n", "250-a\r\nb\r\n", "HTTP/1.1 400 Bad Request\r\n"}) {
        ReplyReader reader;
        EXPECT_EQ(reader.put(bytes), Progress::refused) << bytes;
        EXPECT_FALSE(reader.refusal().empty());
        EXPECT_EQ(reader.put("250 ok\r\n"), Progress::refused) << "once refused it stays so";
    }
}

TEST(SmtpReply, HasBounds) {
    const auto progress_of = [](const std::string& bytes) { return ReplyReader().put(bytes); };
    const auto line = [](std::size_t bytes) { return "250 " + std::string(bytes - 4, 'x'); };
    EXPECT_EQ(progress_of(line(ReplyReader::kLineBytesMax) + "\n"), Progress::complete);
    EXPECT_EQ(progress_of(line(ReplyReader::kLineBytesMax + 1) + "\n"), Progress::refused);
    EXPECT_EQ(progress_of(line(ReplyReader::kLineBytesMax)), Progress::need_more);
    EXPECT_EQ(progress_of(line(ReplyReader::kLineBytesMax + 1)), Progress::refused);
    const auto lines = [](std::size_t count) {
        std::string bytes;
        for (std::size_t i = 1; i < count; ++i) {
            bytes += "250-\r\n";
        }
        return bytes + "250 \r\n";
    };
    EXPECT_EQ(progress_of(lines(ReplyReader::kLinesMax)), Progress::complete);
    EXPECT_EQ(progress_of(lines(ReplyReader::kLinesMax + 1)), Progress::refused);
    std::string large;
    for (std::size_t i = 0; i * 1'000 <= ReplyReader::kBytesMax; ++i) {
        large += "250-" + std::string(996, 'x') + "\r\n";
    }
    EXPECT_EQ(progress_of(large), Progress::refused);
}

TEST(SmtpReply, CountsTheBytesOfEachReplyAlone) {
    ReplyReader reader;
    const auto line = "250 " + std::string(996, 'x') + "\r\n";
    for (std::size_t i = 0; i * 1'000 <= 2 * ReplyReader::kBytesMax; ++i) {
        ASSERT_EQ(reader.put(line), Progress::complete) << i;
        reader.take();
    }
}

TEST(SmtpReply, ShowsPeopleNothingThatHarms) {
    ReplyReader reader;
    ASSERT_EQ(reader.put(std::string("550 a\x1b[31m\0b\xff\x7f") + "\r\n"), Progress::complete);
    auto text = to_string(reader.take());
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    ASSERT_EQ(reader.put("550-" + std::string(1'500, 'x') + "\r\n550 end\r\n"), Progress::complete);
    EXPECT_LE(to_string(reader.take()).size(), 500U);
}

}  // namespace
}  // namespace lupaus::smtp
