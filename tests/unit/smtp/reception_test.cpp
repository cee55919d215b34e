// The server's side of LMTP as a table of dialogues. Whoever answers for the desk here knows one address.

#include "common/smtp/reception.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace lupaus::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Asks = Reception::Asks;

constexpr std::size_t kMailMax = 1'000;

const std::string kHello = "LHLO relay.example\r\n";
const std::string kEnvelope =
    "MAIL FROM:<aino@example.com> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<support@desk.example>\r\nDATA\r\n";

const Answer kStored{.code = 250, .status = "2.0.0", .text = "Stored"};

// A peer and a desk around the machine: what was said and what was taken.
class Dialogue {
public:
    void say(std::string_view bytes) {
        while (!bytes.empty() && reception.asks() != Asks::end) {
            bytes.remove_prefix(reception.put(bytes));
            decide();
        }
    }

    void say_sliced(std::string_view bytes, std::size_t slice) {
        while (!bytes.empty() && reception.asks() != Asks::end) {
            say(bytes.substr(0, slice));
            bytes.remove_prefix(std::min(slice, bytes.size()));
        }
    }

    // What was answered since the last look, "250 2.1.0" or "354" a line.
    std::vector<std::string> codes() {
        std::vector<std::string> found;
        auto text = reception.take_output();
        said += text;
        while (!text.empty()) {
            const auto line = text.substr(0, text.find("\r\n"));
            const auto end = line.find(' ', 4);
            const bool has_status = line.size() > 5 && line[5] == '.';
            found.push_back(line.substr(0, has_status ? end : 3));
            text.erase(0, line.size() + 2);
        }
        return found;
    }

    std::vector<std::string> addresses() const {  // of the first mail
        std::vector<std::string> found;
        for (const auto& recipient : mails.at(0).recipients) {
            found.push_back(recipient.address);
        }
        return found;
    }

    void greet() {
        say(kHello);
        codes();
    }

    Reception reception{ReceptionOptions{.host = "desk.example", .mail_bytes_max = kMailMax, .recipients_max = 3}};
    std::vector<ReceivedMail> mails;
    std::vector<Answer> verdicts;  // for the recipients of the next mail; short: the last, empty: stored
    std::string said;

private:
    void decide() {
        if (reception.asks() == Asks::recipient) {
            const bool is_known = reception.recipient().ends_with("@desk.example");
            reception.answer_recipient(is_known ? Answer{.code = 250, .status = "2.1.5", .text = "Known"}
                                                : Answer{.code = 550, .status = "5.1.1", .text = "Unknown"},
                                       "box of " + reception.recipient());
        } else if (reception.asks() == Asks::mail) {
            mails.push_back(reception.take_mail());
            auto replies = verdicts;
            replies.resize(mails.back().recipients.size(), kStored);
            reception.answer_mail(replies);
        }
    }
};

std::string take_one(const std::string& wire) {
    Dialogue dialogue;
    dialogue.say(kHello + kEnvelope + wire);
    return dialogue.mails.size() == 1 ? dialogue.mails.front().bytes : "not one mail";
}

TEST(Reception, GreetsAndAnnouncesWhatItCan) {
    Dialogue dialogue;
    EXPECT_THAT(dialogue.reception.take_output(), StartsWith("220 desk.example LMTP"));
    dialogue.say(kHello);
    EXPECT_EQ(dialogue.reception.take_output(),
              "250-desk.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n"
              "250 SIZE 1000\r\n");
}

TEST(Reception, TakesAMail) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope);
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0", "250 2.1.5", "354"));
    EXPECT_TRUE(dialogue.reception.is_in_mail());
    dialogue.say("Subject: Hei\r\n\r\nMoi!\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0"));
    ASSERT_EQ(dialogue.mails.size(), 1U);
    EXPECT_EQ(dialogue.mails[0].sender, "aino@example.com");
    EXPECT_THAT(dialogue.addresses(), ElementsAre("support@desk.example"));
    EXPECT_EQ(dialogue.mails[0].recipients[0].mailbox, "box of support@desk.example");
    EXPECT_EQ(dialogue.mails[0].bytes, "Subject: Hei\r\n\r\nMoi!\r\n");
    dialogue.say("QUIT\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("221 2.0.0"));
    EXPECT_EQ(dialogue.reception.asks(), Asks::end);
}

TEST(Reception, AnswersForEachRecipientInOrder) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.verdicts = {kStored, {.code = 452, .status = "4.3.1", .text = "Full"}};
    dialogue.say(
        "MAIL FROM:<>\r\nRCPT TO:<a@desk.example>\r\nRCPT TO:<b@other.example>\r\nRCPT TO:<c@desk.example>\r\n"
        "DATA\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5", "354"));
    dialogue.say("Hei\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0", "452 4.3.1"));
    EXPECT_EQ(dialogue.mails[0].sender, "");
    EXPECT_THAT(dialogue.addresses(), ElementsAre("a@desk.example", "c@desk.example"));
}

TEST(Reception, SaysTheSameHoweverTheNetworkCuts) {
    const auto wire = kHello + kEnvelope + "Hei\r\n..dot\r\n.x\r\n.\r.\r\n\r\n\n.\n\r\n.\r\n" + "NOOP\r\n" + kEnvelope +
                      ".\r\nRSET\r\nBAD\nQUIT\r\n";
    Dialogue whole;
    whole.say(wire);
    whole.codes();
    ASSERT_EQ(whole.mails.size(), 2U);
    for (std::size_t slice = 1; slice < wire.size(); ++slice) {
        Dialogue sliced;
        sliced.say_sliced(wire, slice);
        sliced.codes();
        ASSERT_EQ(sliced.said, whole.said) << slice;
        ASSERT_EQ(sliced.mails[0].bytes, whole.mails[0].bytes) << slice;
    }
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        Dialogue cut_once;
        cut_once.say(std::string_view(wire).substr(0, cut));
        cut_once.say(std::string_view(wire).substr(cut));
        cut_once.codes();
        ASSERT_EQ(cut_once.said, whole.said) << cut;
    }
}

TEST(Reception, TakesTheAddedDotsAwayAndNoOthers) {
    EXPECT_EQ(take_one("..a\r\n.\r\n"), ".a\r\n");
    EXPECT_EQ(take_one(".a\r\n.\r\n"), "a\r\n");
    EXPECT_EQ(take_one("...\r\n.\r\n"), "..\r\n");
    EXPECT_EQ(take_one("a.\r\n.\r\n"), "a.\r\n");
    EXPECT_EQ(take_one("a\n..b\r\n.\r\n"), "a\n..b\r\n") << "no line begins behind a bare LF";
    EXPECT_EQ(take_one(".\r\n"), "");
    EXPECT_EQ(take_one("\r\n.\r\n"), "\r\n");
}

// What other servers take for the end of a mail is a part of it here (SMTP smuggling, 2023).
TEST(Reception, EndsAMailAtNothingElse) {
    for (const std::string end :
         {"\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\r\r\n.\r\r\n", "\n.\r", "\r\n.\r\r"}) {
        Dialogue dialogue;
        dialogue.say(kHello + kEnvelope + "a" + end + "MAIL FROM:<evil@example.com>\r\n");
        EXPECT_TRUE(dialogue.reception.is_in_mail()) << testing::PrintToString(end);
        dialogue.say("\r\n.\r\n");
        ASSERT_EQ(dialogue.mails.size(), 1U) << testing::PrintToString(end);
        EXPECT_THAT(dialogue.mails[0].bytes, HasSubstr("MAIL FROM:<evil@example.com>")) << testing::PrintToString(end);
        EXPECT_EQ(dialogue.mails[0].sender, "aino@example.com");
    }
}

TEST(Reception, KeepsBareLineEndsAndNulAsTheyCame) {
    EXPECT_EQ(take_one(std::string("a\0b\rc\nd\r\re\r\n.\r\n", 15)), std::string("a\0b\rc\nd\r\re\r\n", 12));
}

struct Refused {
    std::string line;
    std::string code;
};

TEST(Reception, RefusesWhatItCannotObey) {
    const std::string long_name(limits::kLmtpLineBytesMax, 'a');
    for (const auto& [line, code] : std::vector<Refused>{
             {"HELO a\r\n", "500 5.5.1"},
             {"EHLO a\r\n", "500 5.5.1"},
             {"LHLO\r\n", "501 5.5.4"},
             {"\r\n", "500 5.5.1"},
             {"BDAT 4 LAST\r\n", "500 5.5.1"},
             {"STARTTLS\r\n", "500 5.5.1"},
             {"NOOP\n", "500 5.5.2"},
             {"NO\rOP\r\n", "500 5.5.2"},
             {std::string("NO\0OP\r\n", 7), "500 5.5.2"},
             {"NOOP " + long_name + "\r\n", "500 5.5.2"},
             {"MAIL FROM:aino@example.com\r\n", "501 5.5.4"},
             {"MAIL TO:<aino@example.com>\r\n", "501 5.5.4"},
             {"MAIL FROM:<a@b> SIZE=\r\n", "501 5.5.4"},
             {"MAIL FROM:<a@b> SIZE=1001\r\n", "552 5.3.4"},
             {"MAIL FROM:<a@b> SIZE=99999999999999999999999\r\n", "552 5.3.4"},
             {"MAIL FROM:<a@b> BODY=BINARYMIME\r\n", "555 5.5.4"},
             {"MAIL FROM:<a@b> RET=HDRS\r\n", "555 5.5.4"},
             {"MAIL FROM:<\xC3\xA4@b>\r\n", "553 5.6.7"},
             {"RCPT TO:<support@desk.example>\r\n", "503 5.5.1"},
             {"DATA\r\n", "503 5.5.1"},
         }) {
        Dialogue dialogue;
        dialogue.greet();
        dialogue.say(line);
        EXPECT_THAT(dialogue.codes(), ElementsAre(code)) << line.substr(0, 40);
        dialogue.say("NOOP\r\n");
        EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0")) << "it goes on after " << line.substr(0, 40);
    }
}

TEST(Reception, RefusesWhatComesInTheWrongOrder) {
    Dialogue dialogue;
    dialogue.codes();
    dialogue.say("MAIL FROM:<a@b>\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("503 5.5.1")) << "before LHLO";
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nDATA\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0", "503 5.5.1", "503 5.5.1"));
    dialogue.say("RCPT TO:<x@nowhere.example>\r\nDATA\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("550 5.1.1", "503 5.5.1")) << "RFC 2033, section 4.2";
    dialogue.say("RCPT TO:<>\r\nRCPT TO:<support@desk.example> NOTIFY=NEVER\r\nDATA now\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("501 5.5.4", "555 5.5.4", "501 5.5.4"));
    dialogue.say("LHLO again\r\nRCPT TO:<support@desk.example>\r\n");
    EXPECT_EQ(dialogue.codes().back(), "503 5.5.1") << "LHLO forgets the sender";
}

TEST(Reception, TakesSoManyRecipientsAndNoMore) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b>\r\n");
    for (int i = 0; i < 4; ++i) {
        dialogue.say("RCPT TO:<support@desk.example>\r\n");
    }
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.1.5", "452 4.5.3"));
    dialogue.say("DATA\r\nHei\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("354", "250 2.0.0", "250 2.0.0", "250 2.0.0"));
}

TEST(Reception, TakesSmtputf8) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(
        "MAIL FROM:<\xC3\xA4@b> SMTPUTF8\r\nRCPT TO:<\xC3\xA4@desk.example>\r\nRCPT TO:<\xE4@desk.example>\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0", "250 2.1.5", "501 5.1.3"));
    dialogue.say("RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<\xC3\xA4@desk.example>\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0", "250 2.1.0", "553 5.6.7"));
}

TEST(Reception, ReadsWhatIsTooLargeToItsEndAndRefusesIt) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope);
    dialogue.codes();
    dialogue.say(std::string(kMailMax - 2, 'x') + "\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0")) << "the limit itself is fine";
    dialogue.say(kEnvelope + std::string(kMailMax - 1, 'x') + "\r\n" + std::string(5'000, 'y') + "\r\n");
    EXPECT_EQ(dialogue.reception.mail_bytes(), 0U) << "nothing of it is held";
    dialogue.codes();
    dialogue.say(".\r\nNOOP\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("552 5.3.4", "250 2.0.0"));
    EXPECT_EQ(dialogue.mails.size(), 1U);
    EXPECT_EQ(take_one("Hei\r\n.\r\n"), "Hei\r\n") << "and the next one is taken";
}

TEST(Reception, DropsAMailForWantOfRoom) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope + "Hei\r\n");
    dialogue.codes();
    dialogue.reception.drop_mail({.code = 452, .status = "4.3.1", .text = "No room"});
    dialogue.say("Moi\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("452 4.3.1"));
    EXPECT_THAT(dialogue.mails, IsEmpty());
    dialogue.say(kEnvelope + "Hei\r\n.\r\n");
    EXPECT_EQ(dialogue.codes().back(), "250 2.0.0");
}

TEST(Reception, TakesTheLongestLine) {
    Dialogue dialogue;
    dialogue.greet();
    const std::string ends = "NOOP \r\n";
    const std::string filling(limits::kLmtpLineBytesMax - ends.size(), 'a');
    dialogue.say("NOOP " + filling + "\r\n");
    dialogue.say("NOOP " + filling + "a\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0", "500 5.5.2"));
}

TEST(Reception, TakesTheLargestMailThatIsAnnounced) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b> SIZE=1000\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.1.0"));
}

TEST(Reception, ForgetsWhatARefusedSenderSaid) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b> SMTPUTF8 SIZE=1001\r\nMAIL FROM:<a@b>\r\nRCPT TO:<\xC3\xA4@desk.example>\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("552 5.3.4", "250 2.1.0", "553 5.6.7"));
}

TEST(Reception, RefusesTheLargeMailForEachRecipient) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b>\r\nRCPT TO:<a@desk.example>\r\nRCPT TO:<c@desk.example>\r\nDATA\r\n");
    dialogue.codes();
    dialogue.say(std::string(kMailMax + 1, 'x') + "\r\n.\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("552 5.3.4", "552 5.3.4"));
}

TEST(Reception, ForgetsTheRecipientsOfAMailThatIsOver) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope + "Hei\r\n.\r\n" + "MAIL FROM:<a@b>\r\nRCPT TO:<c@desk.example>\r\nDATA\r\nMoi\r\n.\r\n");
    ASSERT_EQ(dialogue.mails.size(), 2U);
    ASSERT_EQ(dialogue.mails[1].recipients.size(), 1U);
    EXPECT_EQ(dialogue.mails[1].recipients[0].address, "c@desk.example");
    dialogue.codes();
    dialogue.say("DATA\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("503 5.5.1"));
}

TEST(Reception, SaysOnceThatItIsOver) {
    Dialogue dialogue;
    dialogue.say("QUIT\r\n");
    dialogue.codes();
    dialogue.reception.time_out();
    EXPECT_THAT(dialogue.codes(), IsEmpty());
}

TEST(Reception, EndsAfterTooManyErrors) {
    Dialogue dialogue;
    for (std::size_t i = 0; i < limits::kLmtpErrorsMax; ++i) {
        EXPECT_EQ(dialogue.reception.asks(), Asks::input);
        dialogue.say("HELP\r\n");
    }
    EXPECT_EQ(dialogue.codes().back(), "421 4.7.0");
    EXPECT_EQ(dialogue.reception.asks(), Asks::end);
    EXPECT_EQ(dialogue.reception.put("NOOP\r\n"), 0U);
}

TEST(Reception, LeavesAtOnceWhereNoMailIsUnderWay) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say("MAIL FROM:<a@b>\r\n");
    dialogue.codes();
    dialogue.reception.shut_down();
    EXPECT_THAT(dialogue.codes(), ElementsAre("421 4.3.2"));
    EXPECT_EQ(dialogue.reception.asks(), Asks::end);
}

TEST(Reception, FinishesTheMailUnderWayBeforeItLeaves) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope);
    dialogue.codes();
    dialogue.reception.shut_down();
    EXPECT_EQ(dialogue.reception.asks(), Asks::input);
    dialogue.say("Hei\r\n.\r\nQUIT\r\n");
    EXPECT_THAT(dialogue.codes(), ElementsAre("250 2.0.0", "421 4.3.2"));
    EXPECT_EQ(dialogue.mails.size(), 1U);
}

TEST(Reception, SaysThatItWaitedTooLong) {
    Dialogue dialogue;
    dialogue.greet();
    dialogue.say(kEnvelope + "Hei\r\n.");
    dialogue.codes();
    dialogue.reception.time_out();
    EXPECT_THAT(dialogue.codes(), ElementsAre("421 4.4.2"));
    EXPECT_EQ(dialogue.reception.asks(), Asks::end);
    EXPECT_THAT(dialogue.mails, IsEmpty());
}

}  // namespace
}  // namespace lupaus::smtp
