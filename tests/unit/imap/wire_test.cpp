#include "common/imap/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::imap {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> offered(std::string_view names) {
    std::vector<std::string> list;
    while (!names.empty()) {
        list.emplace_back(names.substr(0, names.find(' ')));
        names.remove_prefix(std::min(list.back().size() + 1, names.size()));
    }
    return list;
}

TEST(FolderName, IsModifiedUtf7) {
    EXPECT_EQ(folder_name("INBOX").value(), "\"INBOX\"");
    EXPECT_EQ(folder_name("A \"B\\ & C").value(), "\"A \\\"B\\\\ &- C\"");
    // The examples of RFC 3501, section 5.1.3, and of RFC 2152.
    EXPECT_EQ(folder_name("~peter/mail/台北/日本語").value(), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
    EXPECT_EQ(folder_name("Geprüft").value(), "\"Gepr&APw-ft\"");
    EXPECT_EQ(folder_name("😀").value(), "\"&2D3eAA-\"");
    EXPECT_EQ(folder_name("a\tb").value(), "\"a&AAk-b\"");
    for (const auto* bad : {"", "a\r\nb", "\xFF"}) {
        EXPECT_FALSE(folder_name(bad)) << bad;
    }
    EXPECT_FALSE(folder_name(std::string_view("a\0b", 3)));
}

TEST(UidSet, JoinsNeighbours) {
    EXPECT_EQ(uid_set(std::vector<std::uint32_t>{4}), "4");
    EXPECT_EQ(uid_set(std::vector<std::uint32_t>{4, 5, 6, 9, 11, 12}), "4:6,9,11:12");
    EXPECT_EQ(uid_set(std::vector<std::uint32_t>{4294967294, 4294967295}), "4294967294:4294967295");
}

TEST(LoginCommand, PrefersPlain) {
    const Login login{.user = "aino", .secret = Secret("s3cret")};
    const auto encoded = "AGFpbm8AczNjcmV0";  // printf '\0aino\0s3cret' | base64
    EXPECT_THAT(login_command(login, offered("AUTH=PLAIN SASL-IR")).value(),
                ElementsAre(std::string("AUTHENTICATE PLAIN ") + encoded));
    EXPECT_THAT(login_command(login, offered("AUTH=PLAIN LOGINDISABLED")).value(),
                ElementsAre("AUTHENTICATE PLAIN", encoded));
    EXPECT_THAT(login_command(login, offered("AUTH=LOGIN")).value(), ElementsAre("LOGIN \"aino\" \"s3cret\""));
    EXPECT_FALSE(login_command(login, offered("AUTH=XOAUTH2 LOGINDISABLED")));
}

TEST(LoginCommand, SendsWhatQuotesCannotCarryAsLiterals) {
    const Login login{.user = "ai\"no", .secret = Secret("pässword\r\nx")};
    EXPECT_THAT(login_command(login, offered("")).value(), ElementsAre("LOGIN \"ai\\\"no\" {12}", "pässword\r\nx"));
    const Login both{.user = "ä", .secret = Secret("ö")};
    EXPECT_THAT(login_command(both, offered("")).value(), ElementsAre("LOGIN {2}", "ä {2}", "ö"));
}

TEST(LoginCommand, TakesTokens) {
    const Login login{.user = "a@b.c", .secret = Secret("token"), .proof = Proof::xoauth2};
    const auto encoded = "dXNlcj1hQGIuYwFhdXRoPUJlYXJlciB0b2tlbgEB";  // user=a@b.c^Aauth=Bearer token^A^A
    EXPECT_THAT(login_command(login, offered("AUTH=XOAUTH2 SASL-IR")).value(),
                ElementsAre(std::string("AUTHENTICATE XOAUTH2 ") + encoded));
    EXPECT_THAT(login_command(login, offered("AUTH=XOAUTH2")).value(), ElementsAre("AUTHENTICATE XOAUTH2", encoded));
    // A token is no password: a server without XOAUTH2 does not get it.
    EXPECT_FALSE(login_command(login, offered("AUTH=PLAIN")));
}

}  // namespace
}  // namespace lupaus::imap
