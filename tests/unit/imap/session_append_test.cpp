#include "tests/unit/imap/dialogue.hpp"

#include <gtest/gtest.h>

namespace lupaus::imap::test {
namespace {

Session ready(const std::string& folder = "INBOX") {
    Login login{.user = "aino", .secret = Secret("s3cret")};
    Session session(std::move(login), Folder{.name = folder}, ReaderLimits{.literal_bytes_max = 1000});
    session.begin(Line::secure);
    auto script = login_script("IMAP4rev1 UIDPLUS");
    script[2].client = "L3 EXAMINE " + folder_name(folder).value() + "\r\n";
    play(session, script, 1);
    return session;
}

TEST(SessionAppend, SendsTheBytesWhenTheServerAsksForThem) {
    auto session = ready("Lähetetyt");
    session.append("Hei!\r\n{3}\r\n");
    EXPECT_EQ(session.take_output(), "L4 APPEND \"L&AOQ-hetetyt\" (\\Seen) {11}\r\n");
    play(session, {{"+ OK\r\n", "Hei!\r\n{3}\r\n\r\n"}, {"L4 OK [APPENDUID 17 40] done\r\n", ""}}, 1);
    EXPECT_EQ(session.need(), Session::Need::nothing);
    EXPECT_EQ(session.take_refusal(), "");
}

TEST(SessionAppend, ARefusalLeavesTheSessionAlive) {
    auto session = ready();
    session.append("Hei!\r\n");
    session.take_output();
    play(session, {{"L4 NO [OVERQUOTA] The mailbox is full\r\n", ""}}, 1);
    EXPECT_EQ(session.need(), Session::Need::nothing) << "and nothing of the mail was said";
    EXPECT_EQ(session.take_refusal(), "The mailbox is full");
    EXPECT_EQ(session.take_output(), "");
}

TEST(SessionAppend, LooksForAMailByItsMessageId) {
    for (const auto& [answer, is_found] : {std::pair{"* SEARCH\r\n", false}, std::pair{"* SEARCH 4 7\r\n", true},
                                           std::pair{"", false}, std::pair{"* SEARCH \r\n", false}}) {
        auto session = ready();
        session.find("a\"b@shop.example");
        EXPECT_EQ(session.take_output(), "L4 UID SEARCH HEADER Message-ID \"a\\\"b@shop.example\"\r\n");
        play(session, {{std::string(answer) + "L4 OK\r\n", ""}}, 1);
        EXPECT_EQ(session.is_found(), is_found) << answer;
    }
}

TEST(SessionAppend, ForgetsWhatTheLastSearchFound) {
    auto session = ready();
    session.find("a@b");
    session.take_output();
    play(session, {{"* SEARCH 4\r\n* SEARCH\r\nL4 OK\r\n", ""}}, 1);
    EXPECT_TRUE(session.is_found()) << "once said is said";
    session.find("c@d");
    session.take_output();
    play(session, {{"* SEARCH\r\nL5 OK\r\n", ""}}, 1);
    EXPECT_FALSE(session.is_found());
}

TEST(SessionAppend, AServerThatDoesNotLookIsNoServerThatFoundNothing) {
    auto session = ready();
    session.find("a@b");
    session.take_output();
    play(session, {{"L4 BAD what?\r\n", ""}}, 1);
    ASSERT_TRUE(session.failure());
    EXPECT_EQ(session.failure()->kind, FailureKind::refused);
}

}  // namespace
}  // namespace lupaus::imap::test
