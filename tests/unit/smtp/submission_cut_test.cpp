// The link is cut before every single event of a whole session, and what the machine says of the mail is held against
// what the relay can have had of it: uncertain exactly where the final dot may have left and no answer came.

#include "tests/unit/smtp/relay_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lupaus::smtp::test {
namespace {

std::size_t events_of(const Job& job, std::size_t piece) {
    for (std::size_t events = 0;; ++events) {
        const auto cut = talk(job, Course{.answers = sample_answers(), .events_max = events, .piece = piece});
        const auto& said = cut.said;
        if (!said.empty() && said.back() == "QUIT\r\n") {
            return events;
        }
    }
}

bool is_dot_said(const Talk& course) {
    return std::ranges::find(course.said, ".\r\n") != course.said.end();
}

TEST(SmtpCut, IsSafeToRepeatUntilTheFinalDot) {
    auto job = sample_job();
    job.message = "Subject: Hi\r\n\r\n" + std::string(3 * Submission::kMessagePart, 'x') + "\r\n";
    for (const std::size_t piece : {100'000U, 1U}) {
        std::size_t certain = 0, uncertain = 0;
        const auto all = events_of(job, piece);
        for (std::size_t events = 0; events < all; ++events) {
            const auto cut = talk(job, Course{.answers = sample_answers(), .events_max = events, .piece = piece});
            const bool is_over = events + 1 == all;  // the answer to the mail has come: only QUIT is missing
            const auto expected = is_over ? Fate::sent : is_dot_said(cut) ? Fate::uncertain : cut.outcome.fate;
            EXPECT_EQ(cut.outcome.fate, expected) << events;
            EXPECT_EQ(cut.outcome.recipients.at(0).fate, expected) << events;
            if (!is_dot_said(cut) && cut.outcome.step != Step::ending) {
                EXPECT_EQ(cut.outcome.fate, Fate::unreachable) << events;
                ++certain;
            } else if (cut.outcome.fate == Fate::uncertain) {
                ++uncertain;
            }
        }
        EXPECT_GT(certain, piece == 1 ? 250U : 18U);
        EXPECT_GE(uncertain, piece == 1 ? 20U : 2U);
    }
}

// The event that is cut away is the write of the dot itself.
TEST(SmtpCut, KnowsWhetherTheDotHasBegunToLeave) {
    const auto job = sample_job();
    for (std::size_t events = 0; events < events_of(job, 100'000); ++events) {
        const auto cut = talk(job, Course{.answers = sample_answers(), .events_max = events});
        if (cut.outcome.step != Step::ending || is_dot_said(cut)) {
            continue;
        }
        EXPECT_EQ(cut.outcome.fate, Fate::uncertain) << "it may have left";
        const auto kept =
            talk(job, Course{.answers = sample_answers(), .events_max = events, .is_last_write_begun = false});
        EXPECT_EQ(kept.outcome.fate, Fate::unreachable) << "not a byte of it left";
        return;
    }
    FAIL() << "the dot was never about to be written";
}

TEST(SmtpCut, SaysWhereAndWhy) {
    auto answers = sample_answers();
    answers.resize(8);
    const auto cut = talk_with(sample_job(), answers);
    EXPECT_EQ(cut.outcome.step, Step::ending);
    EXPECT_EQ(cut.outcome.detail,
              "The mail server closed the connection at the step ending: whether it took the mail is not known.");
    answers.resize(5);
    EXPECT_EQ(talk_with(sample_job(), answers).outcome.detail,
              "The mail server closed the connection at the step sender.");
}

TEST(SmtpCut, ReadsARefusalThatCameWhileTheMailWasWritten) {
    auto job = sample_job();
    Submission submission(job);
    auto action = submission.connected();
    const auto answers = sample_answers();
    for (std::size_t next = 0; submission.step() != Step::message;) {
        action = action.kind == Action::Kind::write    ? submission.written()
                 : action.kind == Action::Kind::secure ? submission.secured()
                                                       : submission.received(answers[next++]);
    }
    auto early = submission;
    EXPECT_EQ(submission.received("552 5.3.4 too big\r\n").bytes, "QUIT\r\n");
    EXPECT_EQ(submission.outcome().fate, Fate::refused);
    EXPECT_EQ(early.received("250 fine already\r\n").kind, Action::Kind::end);
    EXPECT_EQ(early.outcome().fate, Fate::unreachable);
}

}  // namespace
}  // namespace lupaus::smtp::test
