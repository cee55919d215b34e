#include "tests/integration/mailbox/mailbox_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace lupaus::email::mailbox::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST_F(MailboxTest, ReadsOldMailsOldestFirstAndLeavesThemAlone) {
    constexpr std::size_t kMails = limits::kImapBatchMax + 50;
    std::vector<std::string> wanted;
    for (std::size_t i = 0; i < kMails; ++i) {
        wanted.push_back("mail " + std::to_string(i));
        me_.append(mail_named(wanted.back()), "INBOX", i % 2 == 0 ? "\\Seen" : "");
    }
    auto& store = start(over_tls());
    const auto mails = store.wait_for_mails(kMails);
    EXPECT_EQ(subjects_of(mails), wanted);
    EXPECT_EQ(mails[1].bytes, mail_named("mail 1"));
    ASSERT_TRUE(mails[1].arrived);
    EXPECT_EQ(to_rfc3339(*mails[1].arrived), "2026-07-17T02:44:25.000Z");
    const auto health = store.wait_for_state(State::waiting);
    EXPECT_EQ(health.mails, kMails);
    EXPECT_TRUE(health.last_good);
    EXPECT_EQ(health.reason, "");
    EXPECT_EQ(store.kept().uid, kMails);
    EXPECT_GT(store.batches(), 1U);
    EXPECT_EQ(me_.count("INBOX", "UNSEEN"), kMails / 2);
    EXPECT_EQ(me_.count("INBOX", "DELETED"), 0U);
}

TEST_F(MailboxTest, HearsOfNewMailWithinTwoSeconds) {
    auto& store = start(over_tls());
    store.wait_for_state(State::waiting);
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        me_.append(mail_named("new"));
        store.wait_for_mails(i);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
        store.wait_for_state(State::waiting);
    }
    EXPECT_EQ(store.batches(), 3U);
}

TEST_F(MailboxTest, GoesOnFromItsCheckpointOverGapsInTheNumbers) {
    me_.append(mail_named("first"));
    me_.command("SELECT INBOX");
    for (int i = 0; i < 40; ++i) {
        me_.append(mail_named("deleted"), "INBOX", "\\Deleted");
    }
    me_.command("EXPUNGE");
    me_.append(mail_named("last"));
    auto& store = start(over_tls());
    EXPECT_THAT(subjects_of(store.wait_for_mails(2)), ElementsAre("first", "last"));
    EXPECT_EQ(store.kept().uid, 42U);
}

TEST_F(MailboxTest, SpeaksStartTls) {
    me_.append(mail_named("over STARTTLS"));
    auto settings = over_tls();
    settings.server.port = dovecot().imap;
    settings.server.security = imap::Security::starttls;
    EXPECT_THAT(subjects_of(start(settings).wait_for_mails(1)), ElementsAre("over STARTTLS"));
}

TEST_F(MailboxTest, SaysNothingToAServerThatCannotProveWhoItIs) {
    trust("");
    for (const auto security : {imap::Security::tls, imap::Security::starttls}) {
        auto settings = over_tls();
        settings.server.security = security;
        settings.server.port = security == imap::Security::tls ? dovecot().imaps : dovecot().imap;
        auto& store = start(settings);
        const auto health = store.wait_for_state(State::failing);
        EXPECT_THAT(health.reason, HasSubstr("TLS handshake failed"));
        EXPECT_FALSE(health.last_good);
    }
}

TEST_F(MailboxTest, TellsAWrongPasswordAndAMissingFolderInWords) {
    const auto refused = start(over_tls(), user_, "wrong").wait_for_state(State::failing);
    EXPECT_THAT(refused.reason, HasSubstr("refused the login"));
    auto settings = over_tls();
    settings.folder = "Päivi";
    EXPECT_THAT(start(settings).wait_for_state(State::failing).reason, HasSubstr("\"Päivi\" cannot be opened"));
    EXPECT_EQ(me_.count("INBOX", "ALL"), 0U);
}

TEST_F(MailboxTest, ReadsAMailboxAgainThatWasNumberedAnew) {
    me_.command("CREATE Support");
    me_.append(mail_named("a"), "Support");
    me_.append(mail_named("b"), "Support");
    auto settings = over_tls();
    settings.folder = "Support";
    settings.waits.idle = std::chrono::milliseconds(300);  // nobody who idles is told by Dovecot
    auto& store = start(settings);
    store.wait_for_mails(2);
    const auto before = store.kept();
    me_.command("DELETE Support");
    me_.command("CREATE Support");
    me_.append(mail_named("a"), "Support");
    me_.append(mail_named("b"), "Support");
    me_.append(mail_named("c"), "Support");
    const auto mails = subjects_of(store.wait_for_mails(5));
    EXPECT_THAT(std::vector(mails.begin() + 2, mails.end()), UnorderedElementsAre("a", "b", "c"))
        << "in which order Dovecot numbers them depends on who has the folder open";
    EXPECT_NE(store.kept().uid_validity, before.uid_validity);
}

TEST_F(MailboxTest, MarksOnlyWhatIsCommitted) {
    me_.append(mail_named("a"));
    auto settings = over_tls();
    settings.disposition = Disposition::mark_seen;
    refusals_.batches = 1;
    auto& store = start(settings);
    EXPECT_THAT(store.wait_for_state(State::failing).reason, HasSubstr("takes no more"));
    store.wait_for_mails(1);
    store.wait_for_state(State::waiting);
    EXPECT_EQ(me_.count("INBOX", "SEEN"), 1U);
}

TEST_F(MailboxTest, MovesWhatIsCommittedAndSaysWhereItCannot) {
    auto settings = over_tls();
    settings.disposition = Disposition::move;
    settings.move_to = "Käsitelty";
    auto& store = start(settings);
    store.wait_for_state(State::waiting);
    me_.append(mail_named("a"));
    const auto health = store.wait_for_health([](const Health& told) { return !told.reason.empty(); }, "a reason");
    EXPECT_THAT(health.reason, HasSubstr("could not be moved"));
    me_.command("CREATE \"K&AOQ-sitelty\"");
    me_.append(mail_named("b"));
    store.wait_for_health([](const Health& told) { return told.reason.empty(); }, "the end of the trouble");
    EXPECT_EQ(me_.count("\"K&AOQ-sitelty\"", "ALL"), 1U);
    EXPECT_EQ(me_.count("INBOX", "ALL"), 1U);
}

TEST_F(MailboxTest, EndsItsIdlingForAMailThatIsAskedForAgain) {
    me_.append(mail_named("a"));
    auto settings = over_tls();
    settings.disposition = Disposition::mark_seen;
    auto& store = start(settings);
    const auto arrived = store.wait_for_mails(1).front().arrived;
    store.wait_for_state(State::waiting);
    me_.command("SELECT INBOX");
    me_.command("STORE 1 -FLAGS (\\Seen)");
    ask_again({{.uid = 1, .arrived = arrived}, {.uid = 1, .arrived = Timestamp{}}, {.uid = 9, .arrived = arrived}});
    const auto settled = store.wait_for_settled(3);
    EXPECT_EQ(subjects_of(settled), (std::vector<std::string>{"a", "trouble", "trouble"}));
    EXPECT_EQ(settled[1].trouble, "The mail is no longer in the mailbox.") << "another one has its number";
    EXPECT_EQ(settled[2].trouble, "The mail is no longer in the mailbox.");
    me_.append(mail_named("b"));
    EXPECT_EQ(subjects_of(store.wait_for_mails(2)), (std::vector<std::string>{"a", "b"})) << "and it goes on";
    const auto is_done = [](const Health& told) { return told.state == State::waiting && told.mails == 2; };
    store.wait_for_health(is_done, "the end of the look at both");
    EXPECT_EQ(me_.count("INBOX", "SEEN"), 2U) << "as after any fetch";
}

}  // namespace
}  // namespace lupaus::email::mailbox::test
