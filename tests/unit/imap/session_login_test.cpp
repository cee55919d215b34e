#include "tests/unit/imap/dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::imap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Session password_session() {
    return make_session();
}

Session token_session() {
    return make_session(Proof::xoauth2);
}

void expect_ready(Session& session) {
    EXPECT_EQ(session.need(), Session::Need::nothing);
    EXPECT_EQ(session.selected().uid_validity, 17U);
    EXPECT_EQ(session.selected().uid_next, 40U);
    EXPECT_EQ(session.selected().exists, 3U);
}

// What went wrong; whatever was tried, the secret is not in it.
Failure failure_of(const Session& session) {
    EXPECT_EQ(session.need(), Session::Need::over);
    const auto failure = session.failure().value_or(Failure{});
    EXPECT_FALSE(failure.detail.empty());
    EXPECT_THAT(failure.detail, Not(HasSubstr("s3cret")));
    return failure;
}

FailureKind kind_after(Line line, const Script& script, const std::function<Session()>& make = password_session) {
    std::optional<FailureKind> kind;
    play_sliced(make, line, script, [&kind](Session& session) { kind = failure_of(session).kind; });
    return kind.value_or(FailureKind::timeout);
}

const Turn kHello{"* OK ready\r\n", "L1 CAPABILITY\r\n"};
const Turn kUpgrade{"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n", "L1 STARTTLS\r\n"};

TEST(SessionLogin, ComesToItsFolder) {
    play_sliced(password_session, Line::secure, login_script("IMAP4rev1 IDLE"), [](Session& session) {
        expect_ready(session);
        EXPECT_TRUE(session.can_idle());
    });
}

TEST(SessionLogin, AsksAgainWhereTheServerDoesNotSayWhatItCanDoNow) {
    auto script = login_script("");
    script[2] = {"L2 OK hello\r\n", "L3 CAPABILITY\r\n"};
    script[3] = {"* CAPABILITY IMAP4rev1\r\nL3 OK\r\n", "L4 EXAMINE \"INBOX\"\r\n"};
    play_sliced(password_session, Line::secure, script, [](Session& session) { EXPECT_FALSE(session.can_idle()); });
}

TEST(SessionLogin, TakesStepsWhereTheServerWantsThem) {
    auto script = login_script("IMAP4rev1");
    script[1] = {"* CAPABILITY AUTH=PLAIN\r\nL1 OK\r\n", "L2 AUTHENTICATE PLAIN\r\n"};
    script.insert(script.begin() + 2, {"+\r\n", "AGFpbm8AczNjcmV0\r\n"});
    play_sliced(password_session, Line::secure, script, expect_ready);
}

TEST(SessionLogin, TellsATokenThatWasRefused) {
    const Script script{
        kHello,
        {"* CAPABILITY AUTH=XOAUTH2\r\nL1 OK\r\n", "L2 AUTHENTICATE XOAUTH2\r\n"},
        {"+ \r\n", "dXNlcj1haW5vAWF1dGg9QmVhcmVyIHMzY3JldAEB\r\n"},
        {"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", "\r\n"},
        {"L2 NO [AUTHENTICATIONFAILED] Invalid credentials\r\n", ""},
    };
    EXPECT_EQ(kind_after(Line::secure, script, token_session), FailureKind::login);
}

TEST(SessionLogin, TellsAPasswordThatWasRefusedFromAServerThatCannotTell) {
    const Turn asked{"* CAPABILITY AUTH=PLAIN SASL-IR\r\nL1 OK\r\n", "L2 AUTHENTICATE PLAIN AGFpbm8AczNjcmV0\r\n"};
    EXPECT_EQ(kind_after(Line::secure, {kHello, asked, {"L2 NO no\r\n", ""}}), FailureKind::login);
    EXPECT_EQ(kind_after(Line::secure, {kHello, asked, {"L2 NO [UNAVAILABLE] later\r\n", ""}}), FailureKind::refused);
    EXPECT_EQ(kind_after(Line::secure, {kHello, asked, {"* BYE too many\r\n", ""}}), FailureKind::refused);
    EXPECT_EQ(kind_after(Line::secure, {kHello, asked, {"+ more\r\n", ""}}), FailureKind::malformed);
}

TEST(SessionLogin, UpgradesBeforeAnythingElse) {
    auto script = login_script("IMAP4rev1");
    script[0] = kUpgrade;
    script.insert(script.begin() + 1, {{"L1 OK begin\r\n", ""}, {kTls, "L2 CAPABILITY\r\n"}});
    script[3] = {"* CAPABILITY AUTH=PLAIN SASL-IR\r\nL2 OK\r\n", "L3 AUTHENTICATE PLAIN AGFpbm8AczNjcmV0\r\n"};
    script[4] = {"L3 OK [CAPABILITY IMAP4rev1] hello\r\n", "L4 EXAMINE \"INBOX\"\r\n"};
    script[5] = {"* 3 EXISTS\r\n* OK [UIDVALIDITY 17]\r\n* OK [UIDNEXT 40]\r\nL4 OK\r\n", ""};
    play_sliced(password_session, Line::upgrade, script, expect_ready);
}

TEST(SessionLogin, CannotBeTalkedOutOfTls) {
    const auto expect_insecure = [](const Script& script) {
        EXPECT_EQ(kind_after(Line::upgrade, script), FailureKind::insecure) << script.back().server;
    };
    expect_insecure({{"* PREAUTH welcome\r\n", ""}});
    expect_insecure({kUpgrade, {"L1 NO not now\r\n", ""}});
    expect_insecure({kUpgrade, {"L1 BAD what?\r\n", ""}});
    // What somebody between had put into the clear part, to be taken for the server's own words later.
    for (const std::size_t step : {1U, 100U}) {
        auto session = make_session();
        session.begin(Line::upgrade);
        play(session, {kUpgrade, {"L1 OK begin\r\n* CAPABILITY AUTH=PLAIN\r\nL2 OK\r\n", ""}}, step);
        EXPECT_EQ(failure_of(session).kind, FailureKind::insecure);
    }
}

TEST(SessionLogin, ForgetsWhatWasOfferedBeforeTls) {
    const Script script{
        {"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n", "L1 STARTTLS\r\n"},
        {"L1 OK begin\r\n", ""},
        {kTls, "L2 CAPABILITY\r\n"},
        {"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nL2 OK\r\n", ""},
    };
    EXPECT_EQ(kind_after(Line::upgrade, script), FailureKind::login);
}

TEST(SessionLogin, SaysNothingInTheClearToAnotherMachine) {
    auto session = make_session();
    session.begin(Line::open);
    EXPECT_EQ(failure_of(session).kind, FailureKind::insecure);
    session.put("* OK ready\r\n");
    EXPECT_EQ(session.take_output(), "");
    play_sliced(password_session, Line::loopback, login_script("IMAP4rev1"), expect_ready);
}

TEST(SessionLogin, TakesAnsweredPreauthOverTls) {
    const Script script{
        {"* PREAUTH welcome aino\r\n", "L1 CAPABILITY\r\n"},
        {"* CAPABILITY IMAP4rev1\r\nL1 OK\r\n", "L2 EXAMINE \"INBOX\"\r\n"},
        {"* 3 EXISTS\r\n* OK [UIDVALIDITY 17]\r\n* OK [UIDNEXT 40]\r\nL2 OK\r\n", ""},
    };
    play_sliced(password_session, Line::secure, script, expect_ready);
}

TEST(SessionLogin, RefusesStrangeBeginnings) {
    EXPECT_EQ(kind_after(Line::secure, {{"* BYE busy\r\n", ""}}), FailureKind::refused);
    EXPECT_EQ(kind_after(Line::secure, {{"L1 OK hello\r\n", ""}}), FailureKind::malformed);
    EXPECT_EQ(kind_after(Line::secure, {{"220 mail ESMTP\r\n", ""}}), FailureKind::malformed);
    EXPECT_EQ(kind_after(Line::secure, {kHello, {"L9 OK\r\n", ""}}), FailureKind::malformed);
    EXPECT_EQ(kind_after(Line::secure, {kHello, {"L1 NO\r\n", ""}}), FailureKind::refused);
}

// A server that says nothing of what it can do offers nothing; what somebody between had said counts for nothing.
TEST(SessionLogin, TakesNoOfferFromBeforeTlsForOneOfTheServer) {
    const Script script{
        {"* OK ready\r\n", "L1 STARTTLS\r\n"},
        {"L1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] begin\r\n", ""},
        {kTls, "L2 CAPABILITY\r\n"},
        {"L2 OK\r\n", "L3 LOGIN \"aino\" \"s3cret\"\r\n"},
    };
    play_sliced(password_session, Line::upgrade, script,
                [](Session& session) { EXPECT_EQ(session.need(), Session::Need::bytes); });
}

TEST(SessionLogin, AnswersOneComplaintAboutATokenAndNoSecond) {
    const Script script{
        kHello,
        {"* CAPABILITY AUTH=XOAUTH2 SASL-IR\r\nL1 OK\r\n",
         "L2 AUTHENTICATE XOAUTH2 dXNlcj1haW5vAWF1dGg9QmVhcmVyIHMzY3JldAEB\r\n"},
        {"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", "\r\n"},
        {"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", ""},
    };
    EXPECT_EQ(kind_after(Line::secure, script, token_session), FailureKind::malformed);
}

TEST(SessionLogin, TellsAServerThatIsBusyFromALoginThatIsWrong) {
    const Turn asked{"* CAPABILITY AUTH=PLAIN SASL-IR\r\nL1 OK\r\n", "L2 AUTHENTICATE PLAIN AGFpbm8AczNjcmV0\r\n"};
    for (const auto* code : {"UNAVAILABLE", "INUSE", "LIMIT"}) {
        const Turn refused{"L2 NO [" + std::string(code) + "] later\r\n", ""};
        EXPECT_EQ(kind_after(Line::secure, {kHello, asked, refused}), FailureKind::refused) << code;
    }
}

TEST(SessionLogin, NeedsAFolderWithLastingNumbers) {
    auto script = login_script("IMAP4rev1");
    script[3] = {"* 3 EXISTS\r\nL3 OK\r\n", ""};
    EXPECT_EQ(kind_after(Line::secure, script), FailureKind::folder);
    script[3] = {"L3 NO [NONEXISTENT] no such folder\r\n", ""};
    EXPECT_EQ(kind_after(Line::secure, script), FailureKind::folder);
}

TEST(SessionLogin, OpensForWritingOnlyWhereItMayWrite) {
    auto script = login_script("IMAP4rev1");
    script[2].client = "L3 SELECT \"INBOX\"\r\n";
    const auto make = [] { return make_session(Proof::password, false); };
    play_sliced(make, Line::secure, script, expect_ready);
}

}  // namespace
}  // namespace lupaus::imap::test
