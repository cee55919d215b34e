#include "tests/unit/imap/dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::imap::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kAll = "IMAP4rev1 IDLE MOVE UIDPLUS";

// A session that is ready, in slices of a byte and as a whole.
class SessionTest : public ::testing::TestWithParam<std::size_t> {
protected:
    Session ready(const std::string& capabilities = kAll) {
        auto session = make_session();
        session.begin(Line::secure);
        play(session, login_script(capabilities), GetParam());
        EXPECT_EQ(session.need(), Session::Need::nothing);
        return session;
    }

    // What the session says by itself, and then the script.
    void go(Session& session, const std::string& said, const Script& script) {
        EXPECT_EQ(session.take_output(), said);
        EXPECT_EQ(session.need(), said.empty() ? Session::Need::nothing : Session::Need::bytes);
        play(session, script, GetParam());
    }
};

std::vector<std::uint32_t> uids_of(const std::vector<Listed>& listed) {
    std::vector<std::uint32_t> uids;
    for (const auto& one : listed) {
        uids.push_back(one.uid);
    }
    return uids;
}

std::string line_of(std::uint32_t uid) {
    return "* 1 FETCH (UID " + std::to_string(uid) + " RFC822.SIZE 1" + std::to_string(uid) + ")\r\n";
}

TEST_P(SessionTest, ListsTheOldestOfARange) {
    auto session = ready();
    session.list({.first = 5, .last = 12}, 3);
    std::string lines;
    for (const std::uint32_t uid : {9U, 4U, 8U, 5U, 7U, 6U, 5U, 10U, 12U, 11U, 13U}) {
        lines += line_of(uid);
    }
    go(session, "L4 UID FETCH 5:12 (UID RFC822.SIZE INTERNALDATE)\r\n",
       {{lines + "* 2 FETCH (FLAGS (\\Seen))\r\nL4 OK\r\n", ""}});
    EXPECT_EQ(session.need(), Session::Need::nothing);
    const auto listed = session.take_listed();
    EXPECT_THAT(uids_of(listed), ElementsAre(5U, 6U, 7U));
    EXPECT_EQ(listed[0].size, 15U);
}

TEST_P(SessionTest, LeavesOutTheOldMailThatAnOpenRangeBrings) {
    auto session = ready();
    session.list({.first = 40, .last = 0}, 100);
    go(session, "L4 UID FETCH 40:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{line_of(39) + "L4 OK\r\n", ""}});
    EXPECT_TRUE(session.take_listed().empty());
}

TEST_P(SessionTest, FetchesMailsEachOnItsOwn) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8, 9, 10}, 5);
    EXPECT_EQ(session.fetching(), 7U);
    go(session,
       "L4 UID FETCH 7 (UID BODY.PEEK[])\r\nL5 UID FETCH 8 (UID BODY.PEEK[])\r\nL6 UID FETCH 9 (UID BODY.PEEK[])\r\n"
       "L7 UID FETCH 10 (UID BODY.PEEK[])\r\n",
       {{"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nL4 OK\r\nL5 NO [SERVERBUG] broken\r\n", ""}});
    EXPECT_EQ(session.fetching(), 9U);
    play(session, {{"L6 OK\r\n* 4 FETCH (BODY[] {2}\r\nde)\r\nL7 OK\r\n", ""}}, GetParam());
    EXPECT_EQ(session.need(), Session::Need::nothing);
    EXPECT_EQ(session.fetching(), std::nullopt);
    const auto mails = session.take_mails();
    ASSERT_EQ(mails.size(), 4U);
    EXPECT_EQ(mails[0].bytes, "abc");
    EXPECT_EQ(mails[1].bytes, std::nullopt);
    EXPECT_THAT(mails[1].reason, HasSubstr("broken"));
    EXPECT_EQ(mails[2].bytes, std::nullopt);
    EXPECT_FALSE(mails[2].reason.empty());
    EXPECT_EQ(mails[3].bytes, "de");  // a server that does not say whose bytes these are means what it was asked for
}

TEST_P(SessionTest, KeepsWhatHadComeWhenTheConnectionEnds) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8}, 100);
    session.take_output();
    play(session, {{"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nL4 OK\r\n* 2 FETCH (UID 8 BODY[] {9}\r\nab", ""}},
         GetParam());
    session.fail({FailureKind::lost, "gone"});
    session.fail({FailureKind::timeout, "later"});
    EXPECT_EQ(session.failure()->kind, FailureKind::lost);
    EXPECT_EQ(session.fetching(), 8U);
    const auto mails = session.take_mails();
    EXPECT_TRUE(mails[0].is_answered);
    EXPECT_FALSE(mails[1].is_answered);
}

TEST_P(SessionTest, BlamesNoMailWhoseBytesAreThere) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8, 9}, 100);
    session.take_output();
    play(session, {{"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n* 2 FETCH (UID 8 BODY[] {12x}\r\n", ""}}, GetParam());
    EXPECT_EQ(session.failure()->kind, FailureKind::malformed);
    EXPECT_EQ(session.fetching(), 8U);
}

TEST_P(SessionTest, RefusesALiteralAboveItsLimit) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7}, 5000);
    session.take_output();
    play(session, {{"* 1 FETCH (UID 7 BODY[] {1001}\r\n", ""}}, GetParam());
    ASSERT_TRUE(session.failure());
    EXPECT_EQ(session.failure()->kind, FailureKind::too_large);
}

TEST_P(SessionTest, TakesNoMoreThanItWasToldTo) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8}, 4);
    session.take_output();
    play(session, {{"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nL4 OK\r\n* 2 FETCH (UID 8 BODY[] {2}\r\nab)\r\n", ""}},
         GetParam());
    ASSERT_TRUE(session.failure());
    EXPECT_EQ(session.failure()->kind, FailureKind::too_large);
    EXPECT_EQ(session.fetching(), 8U);
    EXPECT_EQ(session.take_mails()[0].bytes, "abc");
}

TEST_P(SessionTest, IdlesUntilThereIsNews) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 OK\r\n", ""}});
    session.idle();
    go(session, "L5 IDLE\r\n",
       {{"+ idling\r\n", ""},
        {"* OK still here\r\n* 2 EXPUNGE\r\n* 2 EXISTS\r\n* 3 EXISTS\r\n", "DONE\r\n"},
        {"* 4 EXISTS\r\nL5 OK\r\n", ""}});
    EXPECT_EQ(session.need(), Session::Need::nothing);
    EXPECT_TRUE(session.has_news());
    EXPECT_EQ(session.selected().exists, 4U);
    session.idle();  // there is something to do first
    EXPECT_EQ(session.need(), Session::Need::nothing);
}

TEST_P(SessionTest, EndsAnIdleInTime) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 OK\r\n", ""}});
    session.idle();
    go(session, "L5 IDLE\r\n", {{"+ idling\r\n", ""}});
    session.end_idle();
    session.end_idle();
    go(session, "DONE\r\n", {{"L5 OK\r\n", ""}});
    session.end_idle();
    EXPECT_EQ(session.take_output(), "");
    EXPECT_FALSE(session.has_news());
    session.idle();
    EXPECT_EQ(session.take_output(), "L6 IDLE\r\n");
    session.end_idle();  // the server has not agreed yet
    EXPECT_EQ(session.take_output(), "");
}

TEST_P(SessionTest, EndsAnIdleThatHasNotBegunOnceItHas) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 OK\r\n", ""}});
    session.idle();
    session.take_output();
    play(session, {{"* 9 EXISTS\r\n", ""}, {"+ idling\r\n", "DONE\r\n"}, {"L5 OK\r\n", ""}}, GetParam());
    EXPECT_EQ(session.need(), Session::Need::nothing);
}

TEST_P(SessionTest, PollsWhereIdleIsRefusedOrEndsByItself) {
    for (const auto* answer : {"L5 OK\r\n", "+ idling\r\nL5 OK\r\n", "L5 BAD unknown\r\n"}) {
        auto session = ready();
        session.list({}, 10);
        go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 OK\r\n", ""}});
        EXPECT_TRUE(session.can_idle());
        session.idle();
        go(session, "L5 IDLE\r\n", {{answer, ""}});
        EXPECT_FALSE(session.can_idle()) << answer;
    }
}

TEST_P(SessionTest, NoticesAFolderThatWasReplaced) {
    auto session = ready();
    session.select();
    go(session, "L4 EXAMINE \"INBOX\"\r\n", {{"* 1 EXISTS\r\n* OK [UIDVALIDITY 18]\r\nL4 OK\r\n", ""}});
    EXPECT_EQ(session.selected().uid_validity, 18U);
    EXPECT_EQ(session.selected().uid_next, 0U);
    EXPECT_EQ(session.selected().exists, 1U);
    EXPECT_TRUE(session.can_idle());
    session.select();
    go(session, "L5 EXAMINE \"INBOX\"\r\n", {{"L5 NO gone\r\n", ""}});
    ASSERT_TRUE(session.failure());
    EXPECT_EQ(session.failure()->kind, FailureKind::folder);
}

TEST_P(SessionTest, MarksAndMoves) {
    auto session = ready();
    const std::vector<std::uint32_t> uids{7, 8, 11};
    session.mark_seen(uids);
    go(session, "L4 UID STORE 7:8,11 +FLAGS.SILENT (\\Seen)\r\n", {{"L4 OK\r\n", ""}});
    EXPECT_EQ(session.take_refusal(), "");
    session.move(uids, "Geprüft");
    go(session, "L5 UID MOVE 7:8,11 \"Gepr&APw-ft\"\r\n", {{"L5 NO [TRYCREATE] no such folder\r\n", ""}});
    EXPECT_EQ(session.take_refusal(), "no such folder");
    EXPECT_EQ(session.need(), Session::Need::nothing);
}

TEST_P(SessionTest, MovesInStepsWhereMoveIsMissing) {
    const std::vector<std::uint32_t> uids{7};
    auto session = ready("IMAP4rev1 UIDPLUS");
    session.move(uids, "Done");
    go(session, "L4 UID COPY 7 \"Done\"\r\n",
       {{"L4 OK\r\n", "L5 UID STORE 7 +FLAGS.SILENT (\\Deleted)\r\n"},
        {"L5 OK\r\n", "L6 UID EXPUNGE 7\r\n"},
        {"* 1 EXPUNGE\r\nL6 OK\r\n", ""}});
    EXPECT_EQ(session.selected().exists, 2U);
    // Nothing is deleted that was not copied.
    session.move(uids, "Gone");
    go(session, "L7 UID COPY 7 \"Gone\"\r\n", {{"L7 NO over quota\r\n", ""}});
    EXPECT_EQ(session.take_refusal(), "over quota");
    // A plain EXPUNGE would delete what others have marked.
    auto plain = ready("IMAP4rev1");
    plain.move(uids, "Done");
    go(plain, "L4 UID COPY 7 \"Done\"\r\n",
       {{"L4 OK\r\n", "L5 UID STORE 7 +FLAGS.SILENT (\\Deleted)\r\n"}, {"L5 OK\r\n", ""}});
    EXPECT_EQ(plain.need(), Session::Need::nothing);
}

TEST_P(SessionTest, ListsNothingBeyondARangeAndNothingButMails) {
    auto session = ready();
    session.list({.first = 5, .last = 12}, 100);
    go(session, "L4 UID FETCH 5:12 (UID RFC822.SIZE INTERNALDATE)\r\n",
       {{"* 2 FETCH (UID 6 FLAGS (\\Seen))\r\n" + line_of(13) + line_of(5) + line_of(5) + "L4 OK\r\n", ""}});
    EXPECT_THAT(uids_of(session.take_listed()), ElementsAre(5U));
}

TEST_P(SessionTest, EndsWhereAFolderIsNotListed) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 NO [SERVERBUG] later\r\n", ""}});
    ASSERT_TRUE(session.failure()) << "or the mails of that range would count as none";
    EXPECT_EQ(session.failure()->kind, FailureKind::refused);
}

TEST_P(SessionTest, GivesBytesToTheMailThatTheyName) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8}, 100);
    session.take_output();
    play(session,
         {{"* 2 FETCH (UID 8 BODY[] {3}\r\nabc)\r\n* 1 FETCH (UID 7 BODY[] {2}\r\nde)\r\nL4 OK\r\nL5 OK\r\n", ""}},
         GetParam());
    const auto mails = session.take_mails();
    EXPECT_EQ(mails[0].bytes, "de");
    EXPECT_EQ(mails[1].bytes, "abc");
}

TEST_P(SessionTest, KeepsNoBytesOfAMailThatWasRefusedAfterAll) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7}, 100);
    session.take_output();
    play(session, {{"* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nL4 NO [SERVERBUG] cut short\r\n", ""}}, GetParam());
    const auto mails = session.take_mails();
    EXPECT_EQ(mails[0].bytes, std::nullopt);
    EXPECT_THAT(mails[0].reason, HasSubstr("cut short"));
}

TEST_P(SessionTest, BoundsEachMailAlone) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7, 8}, 5000);
    session.take_output();
    const std::string mail(600, 'x');
    play(session,
         {{"* 1 FETCH (UID 7 BODY[] {600}\r\n" + mail + ")\r\nL4 OK\r\n* 2 FETCH (UID 8 BODY[] {600}\r\n" + mail +
               ")\r\nL5 OK\r\n",
           ""}},
         GetParam());
    EXPECT_FALSE(session.failure());
}

TEST_P(SessionTest, SaysNothingMoreOnceItHasFailed) {
    auto session = ready();
    session.fetch(std::vector<std::uint32_t>{7}, 100);
    session.fail({FailureKind::lost, "gone"});
    EXPECT_EQ(session.take_output(), "");
}

TEST_P(SessionTest, TakesOnlyMoreMailsForNewsAndKeepsThem) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n",
       {{"* 3 EXISTS\r\n* 2 EXPUNGE\r\n* 2 EXISTS\r\nL4 OK\r\n", ""}});
    EXPECT_FALSE(session.has_news());
    play(session, {{"* 3 EXISTS\r\n* 3 EXISTS\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n", ""}}, GetParam());
    EXPECT_TRUE(session.has_news());
    play(session, {{"* 0 EXISTS\r\n* 1 EXPUNGE\r\n", ""}}, GetParam());
    EXPECT_EQ(session.selected().exists, 0U) << "a server that miscounts";
}

TEST_P(SessionTest, IdlesAnewAfterAnIdleThatWasEnded) {
    auto session = ready();
    session.list({}, 10);
    go(session, "L4 UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)\r\n", {{"L4 OK\r\n", ""}});
    session.idle();
    go(session, "L5 IDLE\r\n", {{"+ idling\r\n", ""}});
    session.end_idle();
    go(session, "DONE\r\n", {{"L5 OK\r\n", ""}});
    session.idle();
    go(session, "L6 IDLE\r\n", {{"+ idling\r\n", ""}});
    session.end_idle();
    go(session, "DONE\r\n", {{"L6 NO gone wrong\r\n", ""}});
    EXPECT_FALSE(session.can_idle()) << "it polls where the end of one is refused";
}

TEST_P(SessionTest, ForgetsARefusalWithTheNextChange) {
    auto session = ready();
    session.move(std::vector<std::uint32_t>{7}, "");
    EXPECT_EQ(session.need(), Session::Need::nothing);
    session.mark_seen(std::vector<std::uint32_t>{7});
    go(session, "L4 UID STORE 7 +FLAGS.SILENT (\\Seen)\r\n", {{"L4 OK\r\n", ""}});
    EXPECT_EQ(session.take_refusal(), "");
}

TEST_P(SessionTest, EndsWithTheServer) {
    auto session = ready();
    play(session,
         {{"* BYE \xFF"
           "closing\r\n",
           ""}},
         GetParam());
    ASSERT_TRUE(session.failure());
    EXPECT_EQ(session.failure()->kind, FailureKind::refused);
    EXPECT_THAT(session.failure()->detail, HasSubstr("\xEF\xBF\xBD"
                                                     "closing"));
}

INSTANTIATE_TEST_SUITE_P(Slices, SessionTest, ::testing::Values(1, 2, 3, 7, 1000));

}  // namespace
}  // namespace lupaus::imap::test
