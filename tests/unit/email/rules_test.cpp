#include "services/email/rules.hpp"

#include <gmock/gmock.h>

namespace lupaus::email {
namespace {

using ::testing::ElementsAre;

TEST(Recipient, IsLookedForWithAndWithoutItsTag) {
    EXPECT_THAT(names_of("support@desk.example"), ElementsAre("support@desk.example"));
    EXPECT_THAT(names_of("support+r.1a.f00@desk.example"),
                ElementsAre("support+r.1a.f00@desk.example", "support@desk.example"));
    EXPECT_THAT(names_of("a+b+c@desk.example"), ElementsAre("a+b+c@desk.example", "a@desk.example"));
    EXPECT_THAT(names_of("+a@desk.example"), ElementsAre("+a@desk.example")) << "no name would be left";
    EXPECT_THAT(names_of("support@desk+x.example"), ElementsAre("support@desk+x.example"));
    EXPECT_THAT(names_of("postmaster"), ElementsAre("postmaster"));
}

TEST(Verdict, IsPermanentOnlyWhereAnotherTryCannotHelp) {
    EXPECT_EQ(verdict_of(Errc::not_found).code, 550);
    EXPECT_EQ(verdict_of(Errc::invalid).code, 554);
    EXPECT_EQ(verdict_of(Errc::unavailable).code, 452);
    EXPECT_EQ(verdict_of(Errc::unavailable).status, "4.3.1");
    for (const auto code : {Errc::rate_limited, Errc::timeout, Errc::internal, Errc::conflict}) {
        EXPECT_EQ(verdict_of(code).code, 451) << label(code);
    }
}

TEST(Trace, SaysWhoSentItAndForWhomItWas) {
    EXPECT_EQ(trace_of({.sender = "aino@example.com",
                        .recipients = {"support@desk.example", "help+r.1.x@desk.example"},
                        .host = "desk",
                        .date = "Thu, 26 Nov 2026 05:00:00 +0000"}),
              "Return-Path: <aino@example.com>\r\nDelivered-To: support@desk.example\r\n"
              "Delivered-To: help+r.1.x@desk.example\r\n"
              "Received: by desk with LMTP; Thu, 26 Nov 2026 05:00:00 +0000\r\n");
    EXPECT_TRUE(trace_of({.sender = "", .recipients = {}, .host = "", .date = ""}).starts_with("Return-Path: <>\r\n"));
}

TEST(Unrelated, EndsInFrontOfAMailThatAnswersAnEarlierOne) {
    const MailIds question{.id = "q@x", .references = {"older@x"}};
    const MailIds answer{.id = "a@x", .references = {"other@x", "q@x"}};
    const MailIds nameless{};
    EXPECT_EQ(count_unrelated(std::vector{question, nameless, answer, question}), 2U);
    EXPECT_EQ(count_unrelated(std::vector{answer, question}), 2U) << "it answers what comes later";
    EXPECT_EQ(count_unrelated(std::vector{nameless, nameless}), 2U);
    EXPECT_EQ(count_unrelated(std::vector{nameless, MailIds{.id = "b@x", .references = {""}}}), 2U);
    EXPECT_EQ(count_unrelated(std::vector{MailIds{.id = "self@x", .references = {"self@x"}}}), 1U);
    EXPECT_EQ(count_unrelated({}), 0U);
}

TEST(ReceivedAt, IsTheEndOfTheSecondAndNeverLaterThanNow) {
    const Timestamp now{std::chrono::hours{1}};
    const Timestamp earlier{std::chrono::minutes{1}};
    EXPECT_EQ(received_at(earlier, now), earlier + std::chrono::milliseconds{999});
    EXPECT_EQ(received_at(now, now), now);
    EXPECT_EQ(received_at(Timestamp{-std::chrono::hours{1}}, now), Timestamp{});
    EXPECT_EQ(received_at(std::nullopt, now), now);
}

}  // namespace
}  // namespace lupaus::email
