#include "common/imap/response_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lupaus::imap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr ReaderLimits kSmall{.line_bytes_max = 300, .literal_bytes_max = 100};

struct Reading {
    std::vector<Response> responses;
    std::optional<Error> error;
    bool is_between = false;
};

// Feeds the bytes in two pieces that meet at `split`, or in pieces of `step`.
Reading read(std::string_view bytes, std::size_t split, std::size_t step = 0) {
    ResponseReader reader(kSmall);
    Reading reading;
    while (!bytes.empty()) {
        const auto size = std::min(step == 0 ? split : step, bytes.size());
        reader.put(bytes.substr(0, size));
        bytes.remove_prefix(size);
        split = bytes.size();
        for (auto next = reader.next(); next && !reading.error; next = reader.next()) {
            if (*next) {
                reading.responses.push_back(**std::move(next));
            } else {
                reading.error = next->error();
            }
        }
    }
    reading.is_between = reader.is_between_responses();
    return reading;
}

Reading read(std::string_view bytes) {
    return read(bytes, bytes.size());
}

template <class T>
T only(std::string_view bytes) {
    const auto reading = read(bytes);
    EXPECT_FALSE(reading.error) << reading.error->detail;
    EXPECT_EQ(reading.responses.size(), 1U) << bytes;
    const auto* found = reading.responses.empty() ? nullptr : std::get_if<T>(&reading.responses.front());
    EXPECT_NE(found, nullptr) << bytes;
    return found == nullptr ? T{} : *found;
}

TEST(ResponseReader, ReadsStatuses) {
    const auto greeting = only<Status>("* OK [CAPABILITY IMAP4rev1 IDLE] Hello {5}\r\n");
    EXPECT_EQ(greeting.tag, "");
    EXPECT_EQ(greeting.condition, Condition::ok);
    EXPECT_EQ(greeting.code, "CAPABILITY");
    EXPECT_EQ(greeting.code_value, "IMAP4rev1 IDLE");
    EXPECT_EQ(greeting.text, "Hello {5}");  // free text announces no literal
    const auto refusal = only<Status>("L7 no [AuthenticationFailed] Go away.\r\n");
    EXPECT_EQ(refusal.tag, "L7");
    EXPECT_EQ(refusal.condition, Condition::no);
    EXPECT_EQ(refusal.code, "AUTHENTICATIONFAILED");
    EXPECT_EQ(refusal.text, "Go away.");
    EXPECT_EQ(only<Status>("* BYE\r\n").condition, Condition::bye);
    EXPECT_EQ(only<Status>("* PREAUTH hi\r\n").condition, Condition::preauth);
    EXPECT_EQ(only<Status>("L1 BAD [unfinished\r\n").text, "[unfinished");
    EXPECT_EQ(only<Continuation>("+ go on\r\n").text, "go on");
    EXPECT_EQ(only<Continuation>("+\r\n").text, "");
}

TEST(ResponseReader, ReadsNumbersAndWhatElseComes) {
    EXPECT_EQ(only<Exists>("* 23 EXISTS\r\n").count, 23U);
    EXPECT_EQ(only<Exists>("* 23 exists\n").count, 23U);  // a bare line feed does as well
    EXPECT_EQ(only<Expunged>("* 4 EXPUNGE\r\n").sequence, 4U);
    EXPECT_THAT(only<Capabilities>("* CAPABILITY IMAP4rev1 auth=PLAIN  idle\r\n").names,
                ElementsAre("IMAP4REV1", "AUTH=PLAIN", "IDLE"));
    for (const auto* line : {"* 3 RECENT\r\n", "* FLAGS (\\Seen)\r\n", "* LIST (\\X) \"/\" {3}\r\na\r\n\r\n",
                             "* ESEARCH (TAG \"a\") UID ALL 1:5\r\n", "* VANISHED 5\r\n", "* XSOMETHING\r\n"}) {
        only<Unknown>(line);
    }
}

constexpr std::string_view kFetch =
    "* 12 FETCH (FLAGS (\\Seen $X) UID 4711 INTERNALDATE \" 7-Jul-2026 02:44:25 -0130\" X-GM-LABELS (\"\\\\Sent\" (a "
    "{3}\r\n) ( b)) RFC822.SIZE 44827 BODY[HEADER.FIELDS (TO CC)]<0> NIL MODSEQ (17) BODY[] "
    "{12}\r\nhello\r\n{3}\r\n)\r\n";

TEST(ResponseReader, ReadsWhatAFetchSays) {
    const auto fetched = only<Fetched>(kFetch);
    EXPECT_EQ(fetched.sequence, 12U);
    EXPECT_EQ(fetched.uid, 4711U);
    EXPECT_EQ(fetched.size, 44827U);
    EXPECT_EQ(fetched.body, "hello\r\n{3}\r\n");
    ASSERT_TRUE(fetched.arrived);
    EXPECT_EQ(to_rfc3339(*fetched.arrived), "2026-07-07T04:14:25.000Z");
    EXPECT_EQ(only<Fetched>("* 1 FETCH (UID 1 BODY[] \"a \\\"b\\\" \\\\\")\r\n").body, "a \"b\" \\");
    EXPECT_EQ(only<Fetched>("* 1 FETCH (UID 1 BODY[] ~{2}\r\n\r\n)\r\n").body, "\r\n");
    EXPECT_EQ(only<Fetched>("* 1 FETCH (UID 1 BODY[] {0}\r\n)\r\n").body, "");
    EXPECT_EQ(only<Fetched>("* 1 FETCH (UID 1 BODY[] NIL)\r\n").body, std::nullopt);
    EXPECT_EQ(only<Fetched>("* 1 FETCH (INTERNALDATE \"31-Feb-2026 00:00:00 +0000\")\r\n").arrived, std::nullopt);
    EXPECT_EQ(only<Fetched>("* 1 FETCH (INTERNALDATE NIL)\r\n").arrived, std::nullopt);
    const auto leap = only<Fetched>("* 1 FETCH (INTERNALDATE \"31-Dec-2016 23:59:60 +0000\")\r\n").arrived;
    ASSERT_TRUE(leap) << "the second that was put in";
    EXPECT_EQ(to_rfc3339(*leap), "2017-01-01T00:00:00.000Z");
    EXPECT_EQ(only<Fetched>("* 1 FETCH (INTERNALDATE \"31-Dec-2016 23:59:61 +0000\")\r\n").arrived, std::nullopt);
    EXPECT_EQ(only<Fetched>("* 1 FETCH ()\r\n").uid, 0U);
}

TEST(ResponseReader, KeepsZeroBytesOfLiteralsAndNowhereElse) {
    const std::string literal("* 1 FETCH (BODY[] {3}\r\na\0b)\r\n", 29);
    EXPECT_EQ(only<Fetched>(literal).body, std::string("a\0b", 3));
    EXPECT_TRUE(read(std::string("* OK a\0b\r\n", 10)).error);
}

TEST(ResponseReader, ReadsTheSameWhereverTheNetworkCuts) {
    const std::string bytes = "* OK hello\r\n" + std::string(kFetch) + "* 5 EXISTS\r\nL1 OK done\r\n+ x\r\n";
    const auto whole = read(bytes);
    ASSERT_EQ(whole.responses.size(), 5U);
    EXPECT_TRUE(whole.is_between);
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        for (const auto& reading : {read(bytes, i), read(bytes, 0, i)}) {
            ASSERT_FALSE(reading.error) << i;
            ASSERT_EQ(reading.responses.size(), 5U) << i;
            EXPECT_EQ(std::get<Fetched>(reading.responses[1]).body, std::get<Fetched>(whole.responses[1]).body) << i;
            EXPECT_EQ(std::get<Fetched>(reading.responses[1]).uid, 4711U);
            EXPECT_EQ(std::get<Status>(reading.responses[3]).tag, "L1");
        }
    }
}

TEST(ResponseReader, SaysWhetherSomethingIsLeft) {
    EXPECT_TRUE(read("* OK hi\r\n").is_between);
    for (const auto* bytes :
         {"*", "* OK hi\r\n*", "* OK hi\r\n* 1 FETCH (BODY[] {3}\r\n", "* 1 FETCH (BODY[] {3}\r\nabc"}) {
        EXPECT_FALSE(read(bytes).is_between) << bytes;
    }
}

TEST(ResponseReader, RefusesWhatIsNoImap) {
    for (const auto* bytes : {
             "\r\n",
             "HTTP/1.1 200 OK\r\n",
             "* \r\n",
             "*\r\n",
             "*OK hi\r\n",
             "L1 PREAUTH hi\r\n",
             "L1 BYE\r\n",
             "L1 FETCH\r\n",
             "l.1 OK\r\n",
             "* 99999999999 EXISTS\r\n",
             "* 1\r\n",
             "* 1 FETCH\r\n",
             "* 1 FETCH (\r\n",
             "* 1 FETCH (UID)\r\n",
             "* 1 FETCH (UID x)\r\n",
             "* 1 FETCH (UID 0)\r\n",
             "* 1 FETCH (UID 4294967296)\r\n",
             "* 1 FETCH (BODY[] hello)\r\n",
             "* 1 FETCH (BODY[] \"open)\r\n",
             "* 1 FETCH (BODY[] \"open\\\r\n",
             "* 1 FETCH (BODY[ {1}\r\nx)\r\n",
             "* 1 FETCH (BODY[] {x}\r\n",
             "* 1 FETCH (BODY[] {-1}\r\n",
             "* 1 FETCH (X ((a)\r\n",
             "* 1 FETCH (X ))\r\n",
             "* 1 FETCH (X {3} y)\r\n",
             "* 1 FETCH (BODY[{1}\r\nx] NIL)\r\n",
         }) {
        const auto reading = read(bytes);
        ASSERT_TRUE(reading.error) << bytes;
        EXPECT_EQ(reading.error->code, Errc::invalid) << bytes;
        EXPECT_FALSE(reading.error->detail.empty());
    }
}

TEST(ResponseReader, RefusesALiteralByItsLength) {
    EXPECT_EQ(only<Fetched>("* 1 FETCH (BODY[] {100}\r\n" + std::string(100, 'x') + ")\r\n").body->size(), 100U);
    for (const auto* length : {"101", "4294967296", "18446744073709551616", "99999999999999999999999999"}) {
        const auto reading = read("* 1 FETCH (BODY[] {" + std::string(length) + "}\r\n");
        ASSERT_TRUE(reading.error) << length;
        EXPECT_EQ(reading.error->code, Errc::too_large) << length;
    }
    // Those of one response together.
    const auto sum = read("* 1 FETCH (X {60}\r\n" + std::string(60, 'x') + " Y {41}\r\n");
    ASSERT_TRUE(sum.error);
    EXPECT_EQ(sum.error->code, Errc::too_large);
}

TEST(ResponseReader, RefusesALineWithoutAnEnd) {
    EXPECT_FALSE(read("* OK " + std::string(295, 'x') + "\n").error);
    const auto reading = read("* OK " + std::string(296, 'x'), 0, 1);
    ASSERT_TRUE(reading.error);
    EXPECT_THAT(reading.error->detail, HasSubstr("too long"));
    // Neither do literals without content make a line endless.
    std::string literals = "* 1 FETCH (X (";
    for (int i = 0; i < 100; ++i) {
        literals += "{0}\r\n";
    }
    EXPECT_TRUE(read(literals).error);
}

TEST(ResponseReader, ReadsListsHoweverDeep) {
    constexpr std::size_t kDepth = limits::kImapLineBytesMax / 2 - 100;
    ResponseReader reader;
    reader.put("* 1 FETCH (X " + std::string(kDepth, '(') + std::string(kDepth, ')') + " UID 7)\r\n");
    const auto next = reader.next();
    ASSERT_TRUE(next && *next);
    EXPECT_EQ(std::get<Fetched>(**next).uid, 7U);
}

TEST(ResponseReader, SaysNothingMoreAfterAnError) {
    ResponseReader reader(kSmall);
    reader.put("nonsense\r\n* 1 EXISTS\r\n");
    ASSERT_FALSE(*reader.next());
    reader.put("* 2 EXISTS\r\n");
    const auto again = reader.next();
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again);
}

}  // namespace
}  // namespace lupaus::imap
