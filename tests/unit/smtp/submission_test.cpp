#include "common/smtp/submission.hpp"

#include "tests/unit/smtp/relay_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lupaus::smtp::test {
namespace {

using Said = std::vector<std::string>;

enum Place { greeting, hello, starttls, secure_hello, login, sender, recipient, data, ending };

TEST(SmtpSubmission, SaysWhatTheProtocolWants) {
    const auto course = talk_with(sample_job(), sample_answers());
    EXPECT_EQ(course.said,
              (Said{"EHLO shop.example\r\n", "STARTTLS\r\n", "<tls>", "EHLO shop.example\r\n",
                    "AUTH PLAIN AHNob3AAZ2VoZWlt\r\n", "MAIL FROM:<support@shop.example> SIZE=22\r\n",
                    "RCPT TO:<ada@example.org>\r\n", "DATA\r\n", "Subject: Hi\r\n\r\nHello\r\n", ".\r\n", "QUIT\r\n"}));
    EXPECT_EQ(course.outcome.fate, Fate::sent);
    EXPECT_EQ(course.outcome.code, 250);
    EXPECT_EQ(course.outcome.detail, "");
    EXPECT_EQ(course.outcome.recipients.at(0).fate, Fate::sent);
}

TEST(SmtpSubmission, UnderstandsAnswersThatComeAByteAtATime) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
        const auto course = talk(sample_job(), Course{.answers = sample_answers(), .piece = piece});
        EXPECT_EQ(course.outcome.fate, Fate::sent);
        EXPECT_EQ(course.said.size(), 11U);
    }
}

TEST(SmtpSubmission, GoesWithoutWhatIsNotThere) {
    auto job = sample_job();
    job.security = Security::tls;
    job.login.reset();
    job.from = "";
    const auto course =
        talk_with(job, {"220 hi\r\n", "250 relay.example\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n"});
    EXPECT_EQ(course.said, (Said{"EHLO shop.example\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<ada@example.org>\r\n",
                                 "DATA\r\n", job.message, ".\r\n", "QUIT\r\n"}));
    EXPECT_EQ(course.outcome.fate, Fate::sent) << "whether QUIT was answered says nothing";
}

TEST(SmtpSubmission, TellsNothingToARelayThatTakesStarttlsAway) {
    const std::string stripped = "250-relay.example\r\n250 AUTH PLAIN LOGIN\r\n";
    const auto course = talk_with(sample_job(), answers_with(hello, stripped));
    EXPECT_EQ(course.said, (Said{"EHLO shop.example\r\n", "QUIT\r\n"}));
    EXPECT_EQ(course.outcome.fate, Fate::unreachable);
    EXPECT_NE(course.outcome.detail.find("STARTTLS"), std::string::npos);
    for (const auto* answer : {"454 not now\r\n", "502 what\r\n", "334 hm\r\n"}) {
        const auto refused = talk_with(sample_job(), answers_with(starttls, answer));
        EXPECT_EQ(refused.said, (Said{"EHLO shop.example\r\n", "STARTTLS\r\n", "QUIT\r\n"})) << answer;
        EXPECT_EQ(refused.outcome.fate, Fate::unreachable);
    }
}

TEST(SmtpSubmission, HeedsNothingThatWasSaidBeforeTls) {
    const auto injected = talk_with(sample_job(), answers_with(starttls, "220 go\r\n250 AUTH PLAIN\r\n"));
    EXPECT_EQ(injected.said, (Said{"EHLO shop.example\r\n", "STARTTLS\r\n"}));
    EXPECT_EQ(injected.outcome.fate, Fate::unreachable);
    const auto answers = answers_with(secure_hello, "250 relay.example\r\n");  // no AUTH any more
    const auto changed = talk_with(sample_job(), answers);
    EXPECT_EQ(changed.said.back(), "QUIT\r\n");
    EXPECT_EQ(changed.outcome.fate, Fate::unreachable);
    EXPECT_NE(changed.outcome.detail.find("none at all"), std::string::npos) << changed.outcome.detail;
}

TEST(SmtpSubmission, WritesToAddressesBeyondAsciiWhereTheRelayTakesThem) {
    auto job = sample_job();
    job.recipients = {"ada@example.org", "päivä@example.org"};
    job.message = "To: päivä@example.org\r\n\r\nHello\r\n";
    auto answers = answers_with(secure_hello, "250-relay\r\n250-8BITMIME\r\n250-smtputf8\r\n250 AUTH PLAIN\r\n");
    answers.insert(answers.begin() + recipient, "250 ok\r\n");
    const auto course = talk_with(job, answers);
    EXPECT_EQ(course.outcome.fate, Fate::sent);
    EXPECT_EQ(course.said[5], "MAIL FROM:<support@shop.example> SMTPUTF8 BODY=8BITMIME\r\n");
    EXPECT_EQ(course.said[7], "RCPT TO:<päivä@example.org>\r\n");
}

TEST(SmtpSubmission, RefusesAddressesBeyondAsciiForARelayThatDoesNot) {
    auto job = sample_job();
    job.recipients = {"päivä@example.org"};
    job.message = "To: päivä@example.org\r\n\r\nHello\r\n";
    const auto course = talk_with(job, sample_answers());
    EXPECT_EQ(course.outcome.fate, Fate::refused) << "no later attempt would mend it";
    EXPECT_EQ(course.outcome.detail,
              "The mail server takes no address beyond ASCII (it offers no SMTPUTF8), as is päivä@example.org.");
    EXPECT_EQ(course.said.back(), "QUIT\r\n");
    job.recipients = {"p\xff@example.org"};
    EXPECT_NE(find_mistake(job), "");
}

TEST(SmtpSubmission, LogsInLineByLine) {
    auto answers = answers_with(secure_hello, "250-relay\r\n250 AUTH=LOGIN\r\n");
    answers.insert(answers.begin() + login, {"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"});
    const auto course = talk_with(sample_job(), answers);
    EXPECT_EQ(course.outcome.fate, Fate::sent);
    EXPECT_EQ(course.said[4], "AUTH LOGIN\r\n");
    EXPECT_EQ(course.said[5], "c2hvcA==\r\n");
    EXPECT_EQ(course.said[6], "Z2VoZWlt\r\n");
}

TEST(SmtpSubmission, AnswersARefusedTokenWithAnEmptyLine) {
    auto job = sample_job();
    job.login->method = Login::Method::oauth;
    auto answers = answers_with(login, "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
    answers.insert(answers.begin() + login + 1, "535 5.7.8 expired\r\n");
    const auto course = talk_with(job, answers);
    EXPECT_EQ(course.said[5], "\r\n");
    EXPECT_EQ(course.said[6], "QUIT\r\n");
    EXPECT_EQ(course.outcome.fate, Fate::unreachable) << "a login that is wrong is no fault of the mail";
    EXPECT_EQ(course.outcome.step, Step::login);
    EXPECT_NE(course.outcome.detail.find("535 5.7.8 expired"), std::string::npos);
}

// Every step's bad answers, and what they mean for the mail.
TEST(SmtpSubmission, KnowsWhatEachAnswerMeans) {
    struct Case {
        Place place;
        const char* answer;
        Fate fate;
    };

    const Case cases[] = {{greeting, "554 go away\r\n", Fate::unreachable},
                          {greeting, "421 busy\r\n", Fate::unreachable},
                          {greeting, "I am no mail server\r\n", Fate::unreachable},
                          {hello, "550 no\r\n", Fate::unreachable},
                          {hello, "421 busy\r\n", Fate::unreachable},
                          {secure_hello, "500 what\r\n", Fate::unreachable},
                          {login, "454 4.7.0 later\r\n", Fate::unreachable},
                          {login, "535 5.7.8 wrong\r\n", Fate::unreachable},
                          {login, "334 and again\r\n", Fate::unreachable},
                          {sender, "451 later\r\n", Fate::try_later},
                          {sender, "421 closing\r\n", Fate::try_later},
                          {sender, "550 5.7.1 not you\r\n", Fate::refused},
                          {sender, "530 5.7.0 log in\r\n", Fate::unreachable},
                          {sender, "534 5.7.9 too weak\r\n", Fate::unreachable},
                          {sender, "535 5.7.8 wrong\r\n", Fate::unreachable},
                          {sender, "538 5.7.11 not in the clear\r\n", Fate::unreachable},
                          {sender, "354 what\r\n", Fate::unreachable},
                          {recipient, "450 4.2.1 full\r\n", Fate::try_later},
                          {recipient, "421 closing\r\n", Fate::try_later},
                          {recipient, "550 5.1.1 unknown\r\n", Fate::refused},
                          {recipient, "354 what\r\n", Fate::unreachable},
                          {data, "451 later\r\n", Fate::try_later},
                          {data, "554 5.5.1 no\r\n", Fate::refused},
                          {data, "250 what\r\n", Fate::unreachable},
                          {ending, "452 4.3.1 disk\r\n", Fate::try_later},
                          {ending, "421 closing\r\n", Fate::try_later},
                          {ending, "554 5.7.1 spam\r\n", Fate::refused},
                          {ending, "552 5.3.4 too big\r\n", Fate::refused},
                          {ending, "251 fine\r\n", Fate::sent},
                          {ending, "354 what\r\n", Fate::uncertain},
                          {ending, "what\r\n", Fate::uncertain},
                          {ending, "250 ok\r\n421 closing\r\n", Fate::sent},
                          {recipient, "250 ok\r\n354 before it was asked\r\n", Fate::unreachable},
                          {data, "354 go\r\n250 before it was there\r\n", Fate::unreachable}};
    for (const auto& one : cases) {
        const auto course = talk_with(sample_job(), answers_with(one.place, one.answer));
        EXPECT_EQ(to_string(course.outcome.fate), to_string(one.fate)) << one.place << " " << one.answer;
        EXPECT_EQ(course.outcome.recipients.at(0).fate, one.fate) << one.place << " " << one.answer;
        const bool is_dot_said = std::ranges::find(course.said, ".\r\n") != course.said.end();
        EXPECT_EQ(is_dot_said, one.place == ending) << one.place << " " << one.answer;
    }
}

TEST(SmtpSubmission, NoCodeOfSuccessIsThatOfAFailure) {
    EXPECT_EQ(talk_with(sample_job(), answers_with(data, "250 what\r\n")).outcome.code, std::nullopt);
}

TEST(SmtpSubmission, KeepsTheRelaysWordsForPeople) {
    const auto course = talk_with(sample_job(), answers_with(recipient, "550-5.1.1 No such\r\n550 5.1.1 user\r\n"));
    EXPECT_EQ(course.outcome.code, 550);
    EXPECT_EQ(course.outcome.detail, "The mail server answered for ada@example.org: 550 5.1.1 No such user.");
    EXPECT_EQ(course.outcome.recipients.at(0).detail, "550 5.1.1 No such user");
}

struct Recipients {
    std::vector<std::string> answers;  // for a@, b@ and c@
    Fate fate;
    std::vector<Fate> each;
};

TEST(SmtpSubmission, GoesToAllOrWaitsForTheOneThatIsToBeTriedLater) {
    const std::string ok = "250 ok\r\n", later = "450 4.2.0 greylisted\r\n", never = "550 5.1.1 unknown\r\n";
    const Recipients cases[] = {
        {{ok, ok, ok}, Fate::sent, {Fate::sent, Fate::sent, Fate::sent}},
        {{ok, never, ok}, Fate::sent, {Fate::sent, Fate::refused, Fate::sent}},
        {{ok, later, ok}, Fate::try_later, {Fate::unreachable, Fate::try_later, Fate::unreachable}},
        {{ok, later, never}, Fate::try_later, {Fate::unreachable, Fate::try_later, Fate::refused}},
        {{never, ok, later}, Fate::refused, {Fate::refused, Fate::unreachable, Fate::try_later}},
        {{later, ok, ok}, Fate::try_later, {Fate::try_later, Fate::unreachable, Fate::unreachable}},
        {{never, never, never}, Fate::refused, {Fate::refused, Fate::refused, Fate::refused}}};
    for (const auto& one : cases) {
        auto job = sample_job();
        job.recipients = {"a@example.org", "b@example.org", "c@example.org"};
        auto answers = sample_answers();
        answers.erase(answers.begin() + recipient);
        answers.insert(answers.begin() + recipient, one.answers.begin(), one.answers.end());
        const auto course = talk_with(job, answers);
        EXPECT_EQ(course.outcome.fate, one.fate);
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(course.outcome.recipients[i].fate, one.each[i]) << i;
        }
        const bool is_data_said = std::ranges::find(course.said, "DATA\r\n") != course.said.end();
        EXPECT_EQ(is_data_said, one.fate == Fate::sent);
    }
}

TEST(SmtpSubmission, NamesThoseWhomItWasNotSentTo) {
    auto job = sample_job();
    job.recipients.push_back("gone@example.org");
    auto answers = sample_answers();
    answers.insert(answers.begin() + recipient + 1, "550 5.1.1 unknown\r\n");
    const auto course = talk_with(job, answers);
    EXPECT_EQ(course.outcome.fate, Fate::sent);
    EXPECT_EQ(course.outcome.detail, "It was not sent to gone@example.org: 550 5.1.1 unknown");
}

TEST(SmtpSubmission, DoublesDotsAndEndsTheLastLine) {
    auto job = sample_job();
    job.message = ".\r\n..\r\n.a\r\nb.\r\n\r\n.";
    const auto course = talk_with(job, sample_answers());
    std::string data;
    for (std::size_t i = 8; i + 1 < course.said.size(); ++i) {
        data += course.said[i];
    }
    EXPECT_EQ(data, "..\r\n...\r\n..a\r\nb.\r\n\r\n..\r\n.\r\n");
}

TEST(SmtpSubmission, WritesALargeMailInParts) {
    auto job = sample_job();
    job.message.clear();
    std::string expected;
    for (int i = 0; i < 20'000; ++i) {
        job.message += ".line\r\n";
        expected += "..line\r\n";
    }
    job.message += std::string(200'000, 'x') + "\r\n";  // no line end in sight
    expected += std::string(200'000, 'x') + "\r\n";
    const auto course = talk_with(job, sample_answers());
    std::string data;
    for (std::size_t i = 8; i + 2 < course.said.size(); ++i) {
        EXPECT_LE(course.said[i].size(), 2 * Submission::kMessagePart);
        data += course.said[i];
    }
    EXPECT_EQ(data, expected);
    EXPECT_EQ(course.said[course.said.size() - 2], ".\r\n") << "alone: before it nothing can have been accepted";
}

TEST(SmtpSubmission, KnowsTheSizeThatTheRelayTakes) {
    const auto size = sample_job().message.size();
    const auto hello_with = [](std::size_t bytes) {
        return "250-relay\r\n250-SIZE " + std::to_string(bytes) + "\r\n250 AUTH PLAIN\r\n";
    };
    EXPECT_EQ(talk_with(sample_job(), answers_with(secure_hello, hello_with(size))).outcome.fate, Fate::sent);
    const auto course = talk_with(sample_job(), answers_with(secure_hello, hello_with(size - 1)));
    EXPECT_EQ(course.outcome.fate, Fate::refused);
    EXPECT_EQ(course.said.back(), "QUIT\r\n");
    EXPECT_EQ(course.said.size(), 6U);
    for (const auto* line : {"SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999999"}) {
        const auto hello_line = std::string("250-relay\r\n250-") + line + "\r\n250 AUTH PLAIN\r\n";
        EXPECT_EQ(talk_with(sample_job(), answers_with(secure_hello, hello_line)).outcome.fate, Fate::sent) << line;
    }
}

TEST(SmtpSubmission, SendsEightBitsOnlyWhereTheyAreTaken) {
    auto job = sample_job();
    job.message = "Subject: x\r\n\r\n\xC3\xA4\r\n";
    EXPECT_EQ(talk_with(job, sample_answers()).outcome.fate, Fate::refused);
    const auto course = talk_with(job, answers_with(secure_hello, "250-relay\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"));
    EXPECT_EQ(course.said[5], "MAIL FROM:<support@shop.example> BODY=8BITMIME\r\n");
}

TEST(SmtpSubmission, CarriesNoSecondCommandAndNoSecondMail) {
    const auto refused = [](auto change) {
        auto job = sample_job();
        change(job);
        const auto course = talk_with(job, sample_answers());
        return course.said.empty() && course.outcome.fate == Fate::refused && !course.outcome.detail.empty();
    };
    for (const auto* address : {"a@b.c>\r\nRCPT TO:<d@e.f", "a@b.c\n", "a b@c.d", "<a@b.c>"}) {
        EXPECT_TRUE(refused([&](Job& job) { job.recipients = {"ok@b.c", address}; })) << address;
        EXPECT_TRUE(refused([&](Job& job) { job.from = address; })) << address;
        EXPECT_TRUE(refused([&](Job& job) { job.hello = address; })) << address;
    }
    EXPECT_TRUE(refused([](Job& job) { job.from = "\xC3\xA4@b.c"; }));
    EXPECT_TRUE(refused([](Job& job) { job.hello = ""; }));
    EXPECT_TRUE(refused([](Job& job) { job.recipients = {}; }));
    EXPECT_TRUE(refused([](Job& job) { job.recipients = {""}; }));
    for (const auto* message : {"a\n.\nMAIL FROM:<x@y.z>\r\n", "a\r.\r\r\n", "a\r\n.\n", "a\r"}) {
        EXPECT_TRUE(refused([&](Job& job) { job.message = message; })) << message;
    }
    EXPECT_TRUE(refused([](Job& job) { job.message = std::string("a\0\r\n", 4); }));
    for (const auto* part : {"a\r\n", "a\x01"}) {
        EXPECT_TRUE(refused([&](Job& job) { job.login->username = part; }));
        EXPECT_TRUE(refused([&](Job& job) { job.login->secret = Secret(part); }));
    }
    EXPECT_TRUE(refused([](Job& job) { job.login->secret = Secret(std::string("a\0b", 3)); }));
}

TEST(SmtpSubmission, TellsTheFirstOfSeveralRefusals) {
    auto job = sample_job();
    job.recipients = {"a@example.org", "b@example.org"};
    auto answers = answers_with(recipient, "550 5.1.1 unknown\r\n");
    answers.insert(answers.begin() + recipient + 1, "451 later\r\n");
    EXPECT_EQ(talk_with(job, answers).outcome.code, 550);
}

TEST(SmtpSubmission, TakesAGreetingForNoOffer) {
    const auto course = talk_with(sample_job(), answers_with(hello, "250 STARTTLS\r\n"));
    EXPECT_EQ(course.said, (Said{"EHLO shop.example\r\n", "QUIT\r\n"})) << "a host may be called so";
}

// A part of the mail may begin in the midst of a line.
TEST(SmtpSubmission, DoublesNoDotInTheMidstOfALine) {
    auto job = sample_job();
    job.message = std::string(3 * Submission::kMessagePart, '.') + "\r\n";
    const auto course = talk_with(job, sample_answers());
    std::string data;
    for (std::size_t i = 8; i + 2 < course.said.size(); ++i) {
        data += course.said[i];
    }
    EXPECT_EQ(data.size(), job.message.size() + 1);
}

TEST(SmtpSubmission, TakesTheLongestAddress) {
    const std::string domain = "@example.org";
    auto job = sample_job();
    job.recipients = {std::string(254 - domain.size(), 'a') + domain};
    EXPECT_EQ(talk_with(job, sample_answers()).outcome.fate, Fate::sent);
    job.recipients.front().insert(0, "a");
    EXPECT_EQ(talk_with(job, sample_answers()).outcome.fate, Fate::refused);
}

TEST(SmtpSubmission, WhenARecipientIsToldToLogInNobodyIsRefused) {
    const auto course = talk_with(sample_job(), answers_with(recipient, "530 5.7.0 log in\r\n"));
    EXPECT_EQ(course.outcome.fate, Fate::unreachable);
    EXPECT_EQ(course.outcome.recipients.at(0).fate, Fate::unreachable);
}

// The relay is going: what it said of the others decides nothing.
TEST(SmtpSubmission, LeavesARelayThatClosesAtARecipient) {
    auto job = sample_job();
    job.recipients = {"a@example.org", "b@example.org"};
    auto answers = answers_with(recipient, "250 ok\r\n");
    answers.insert(answers.begin() + recipient + 1, "421 closing\r\n");
    const auto course = talk_with(job, answers);
    EXPECT_EQ(course.outcome.fate, Fate::try_later);
    EXPECT_EQ(course.outcome.recipients[0].fate, Fate::try_later);
    EXPECT_EQ(course.outcome.recipients[1].fate, Fate::try_later);
}

// Whom it was refused for stays refused, however the rest of the talk ends.
TEST(SmtpSubmission, KeepsARefusalWhereTheRestFails) {
    auto job = sample_job();
    job.recipients = {"a@example.org", "b@example.org"};
    auto answers = answers_with(data, "451 later\r\n");
    answers.insert(answers.begin() + recipient + 1, "550 5.1.1 unknown\r\n");
    const auto course = talk_with(job, answers);
    EXPECT_EQ(course.outcome.fate, Fate::try_later);
    EXPECT_EQ(course.outcome.recipients[0].fate, Fate::try_later);
    EXPECT_EQ(course.outcome.recipients[1].fate, Fate::refused);
}

TEST(SmtpSubmission, SaysNoMoreOfALoginThanTheRelayWants) {
    const auto course = talk_with(sample_job(), answers_with(secure_hello, "250-relay\r\n250 AUTH=LOGIN\r\n"));
    EXPECT_EQ(course.said[4], "AUTH LOGIN\r\n");
    EXPECT_EQ(course.said[5], "MAIL FROM:<support@shop.example>\r\n");
    EXPECT_EQ(course.outcome.fate, Fate::sent);
}

TEST(SmtpSubmission, TellsNoSecretInItsWords) {
    for (std::size_t place = 0; place < sample_answers().size(); ++place) {
        const auto course = talk_with(sample_job(), answers_with(place, "535 5.7.8 no\r\n"));
        EXPECT_EQ(course.outcome.detail.find("geheim"), std::string::npos);
        EXPECT_EQ(course.outcome.detail.find("AHNob3AAZ2VoZWlt"), std::string::npos);
    }
}

}  // namespace
}  // namespace lupaus::smtp::test
