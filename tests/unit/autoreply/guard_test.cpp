#include "services/desk/autoreply/guard.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <string>

namespace lupaus::desk::autoreply {
namespace {

using lupaus::mail::Mail;

const std::vector<std::string> kOwn{"support@shop.example", "help@shop.example"};

Mail sample() {
    Mail mail;
    mail.from = {{.name = "Ada", .address = "ada@example.org"}};
    mail.to = {{.name = "", .address = "Support@shop.example"}};
    mail.content_type = "text/plain";
    return mail;
}

Situation usual() {
    return {.return_path = "ada@example.org", .own = kOwn, .is_verified = true};
}

std::string rule_of(const Mail& mail, const Situation& situation = usual()) {
    return std::string(why_not(mail, situation).value_or("none"));
}

std::string rule_with(const char* name, const char* value) {
    auto mail = sample();
    mail.headers.push_back({.name = name, .value = value});
    return rule_of(mail);
}

TEST(AutoreplyGuard, LetsAPersonHaveAnAnswer) {
    EXPECT_EQ(rule_of(sample()), "none");
    EXPECT_EQ(rule_with("auto-submitted", "no"), "none");
    EXPECT_EQ(rule_with("auto-submitted", "No (a person)"), "none");
    EXPECT_EQ(rule_with("precedence", "first-class"), "none");
    EXPECT_EQ(rule_with("x-auto-response-suppress", "DR, RN, NRN"), "none");
    auto copied = sample();
    copied.cc = std::exchange(copied.to, {{.name = "", .address = "bob@example.org"}});
    EXPECT_EQ(rule_of(copied), "none");
}

TEST(AutoreplyGuard, NeverAnswersTheNullReturnPath) {
    auto situation = usual();
    for (const auto* null : {"", "<>", "MAILER-DAEMON"}) {
        situation.return_path = null;
        EXPECT_EQ(rule_of(sample(), situation), "null_return_path") << null;
    }
    situation.return_path.reset();
    EXPECT_EQ(rule_of(sample(), situation), "none");
    auto mail = sample();
    mail.headers = {{.name = "return-path", .value = "<>"}};
    EXPECT_EQ(rule_of(mail, situation), "null_return_path");
    mail.headers = {{.name = "return-path", .value = "<ada@example.org>"}};
    EXPECT_EQ(rule_of(mail, situation), "none");
}

TEST(AutoreplyGuard, KnowsMachinesByTheirHeaders) {
    EXPECT_EQ(rule_with("auto-submitted", "auto-replied; owner-email=\"a@b.c\""), "auto_submitted");
    EXPECT_EQ(rule_with("auto-submitted", "auto-generated"), "auto_submitted");
    EXPECT_EQ(rule_with("auto-submitted", ""), "auto_submitted");
    EXPECT_EQ(rule_with("x-loop", "anything"), "auto_submitted");
    EXPECT_EQ(rule_with("x-auto-response-suppress", "All"), "suppressed");
    EXPECT_EQ(rule_with("x-auto-response-suppress", "OOF, AutoReply"), "suppressed");
    for (const auto* header : {"list-id", "list-unsubscribe", "list-post", "mailing-list"}) {
        EXPECT_EQ(rule_with(header, "x"), "list");
    }
    for (const auto* value : {"bulk", "List", " junk"}) {
        EXPECT_EQ(rule_with("precedence", value), "list");
    }
    auto report = sample();
    report.content_type = "multipart/report";
    EXPECT_EQ(rule_of(report), "report");
}

TEST(AutoreplyGuard, KnowsMachinesByTheirAddresses) {
    for (const auto* address :
         {"MAILER-DAEMON@example.org", "postmaster@example.org", "noreply@example.org", "no-reply@example.org",
          "No_Reply+123@example.org", "do.not.reply@example.org", "donotreply-orders@example.org",
          "list-request@example.org", "owner-list@example.org", "list-bounces@example.org", "bounce+abc@example.org"}) {
        auto mail = sample();
        mail.from[0].address = address;
        EXPECT_EQ(rule_of(mail), "machine_address") << address;
    }
    for (const auto* address : {"nora.reply@example.org", "owner@example.org", "ada@noreply.example.org"}) {
        EXPECT_FALSE(is_machine_address(address)) << address;
    }
    auto situation = usual();
    situation.return_path = "list-bounces@example.org";
    EXPECT_EQ(rule_of(sample(), situation), "machine_address");
}

TEST(AutoreplyGuard, KnowsEachHeaderAndEachWord) {
    EXPECT_EQ(rule_with("x-autoreply", "yes"), "auto_submitted");
    EXPECT_EQ(rule_with("x-autorespond", "yes"), "auto_submitted");
    EXPECT_EQ(rule_with("x-auto-response-suppress", "AutoReply"), "suppressed");
    EXPECT_EQ(rule_with("x-mailing-list", "x"), "list");
    EXPECT_EQ(rule_with("precedence", "auto_reply"), "list");
    auto receipt = sample();
    receipt.is_read_receipt = true;
    EXPECT_EQ(rule_of(receipt), "report");
    auto report = sample();
    report.report = lupaus::mail::Report{};
    EXPECT_EQ(rule_of(report), "report");
}

TEST(AutoreplyGuard, KnowsANullReturnPathInEachSpelling) {
    auto situation = usual();
    situation.return_path = "<>";
    EXPECT_EQ(rule_of(sample(), situation), "null_return_path");
}

TEST(AutoreplyGuard, KnowsEachNameOfAMachine) {
    for (const auto* name : {"mailer-daemon", "postmaster", "listserv", "majordomo", "nobody", "bounce", "bounces",
                             "daemon", "autoreply", "mailer", "list-owner", "list-bounce", "bounces-1", "bounces+1"}) {
        EXPECT_TRUE(is_machine_address(std::string(name) + "@example.org")) << name;
    }
    EXPECT_TRUE(is_machine_address("MAILER-DAEMON@example.org"));
}

TEST(AutoreplyGuard, WritesOnlyToThoseWhoWroteToIt) {
    auto mail = sample();
    mail.from[0].address = "HELP@shop.example";
    EXPECT_EQ(rule_of(mail), "own_address");
    mail = sample();
    mail.to[0].address = "everybody@shop.example";
    EXPECT_EQ(rule_of(mail), "not_addressed");
    mail = sample();
    mail.from.clear();
    EXPECT_EQ(rule_of(mail), "no_sender");
    mail.from = {{.name = "", .address = "a@b.c"}, {.name = "", .address = "d@e.f"}};
    EXPECT_EQ(rule_of(mail), "no_sender");
    auto situation = usual();
    situation.is_verified = false;
    EXPECT_EQ(rule_of(sample(), situation), "not_verified") << "or anybody could make it write to anybody";
}

TEST(AutoreplyGuard, HasCaps) {
    auto situation = usual();
    situation.before.to_address_today = kPerAddressAndDayMax;
    EXPECT_EQ(rule_of(sample(), situation), "once_a_day");
    situation.before.to_address_today = kPerAddressAndDayMax - 1;
    situation.before.in_conversation = kPerConversationMax;
    EXPECT_EQ(rule_of(sample(), situation), "conversation_cap");
    situation.before.in_conversation = kPerConversationMax - 1;
    EXPECT_EQ(rule_of(sample(), situation), "none");
}

TEST(AutoreplyGuard, MarksItsOwnMailSoThatOthersLeaveItAlone) {
    for (const bool is_answer : {true, false}) {
        auto mail = sample();
        for (auto header : automatic_headers(is_answer)) {
            for (auto& c : header.name) {
                c = static_cast<char>(std::tolower(c));
            }
            mail.headers = {header};
            EXPECT_NE(rule_of(mail), "none") << header.name;
        }
    }
    EXPECT_EQ(automatic_headers(true).front().value, "auto-replied");
    EXPECT_EQ(automatic_headers(false).front().value, "auto-generated") << "it answers no mail";
}

// A desk that answers by itself whatever the guard lets it.
class Machine {
public:
    explicit Machine(std::string address) : own_{std::move(address)} {}

    // Whether it answers a mail that came at that minute.
    bool take(const Mail& mail, int minute) {
        auto& sent = sent_[mail.from[0].address];
        while (!sent.empty() && minute - sent.front() >= 24 * 60) {
            sent.pop_front();
        }
        const Situation situation{
            .return_path = mail.from[0].address,
            .own = own_,
            .is_verified = true,
            .before = {.to_address_today = static_cast<int>(sent.size()), .in_conversation = answers}};
        if (why_not(mail, situation)) {
            return false;
        }
        sent.push_back(minute);
        ++answers;
        return true;
    }

    int answers = 0;

private:
    std::vector<std::string> own_;
    std::map<std::string, std::deque<int>> sent_;
};

Mail from_to(const std::string& from, const std::string& to) {
    auto mail = sample();
    mail.from[0].address = from;
    mail.to[0].address = to;
    return mail;
}

TEST(AutoreplyGuard, WritesOnlyToWhatAMailCanBeAddressedTo) {
    for (const auto* address : {"", "ada", "ada@", "ada\r\nBcc: all@example.org", "a b@example.org"}) {
        auto mail = sample();
        mail.from[0].address = address;
        EXPECT_EQ(rule_of(mail), "no_sender") << address;
    }
}

TEST(AutoreplyGuard, EndsTwoMachinesThatAnswerEachOther) {
    const std::string a = "a@shop.example", b = "b@other.example";
    Machine first(a), second(b);
    int mails = 0;
    bool is_first_next = true;
    for (int minute = 0; minute < 24 * 60; ++minute) {  // whatever comes is answered within the minute
        auto mail = is_first_next ? from_to(b, a) : from_to(a, b);
        if (mails > 0) {
            mail.headers = {{.name = "auto-submitted", .value = "auto-replied"}};
        }
        if (!(is_first_next ? first : second).take(mail, minute)) {
            break;
        }
        is_first_next = !is_first_next;
        ++mails;
    }
    EXPECT_EQ(mails, 1) << "the mark alone ends it";
}

// The other side says nothing about itself and writes from a new address every time, as in the worst of stories.
TEST(AutoreplyGuard, EndsAMachineThatHidesAsWell) {
    Machine first("a@shop.example");
    for (int minute = 0; minute < 24 * 60; ++minute) {
        first.take(from_to("b" + std::to_string(minute) + "@other.example", "a@shop.example"), minute);
    }
    EXPECT_EQ(first.answers, kPerConversationMax);
    Machine second("a@shop.example");
    for (int minute = 0; minute < 24 * 60; ++minute) {
        second.take(from_to("b@other.example", "a@shop.example"), minute);
    }
    EXPECT_EQ(second.answers, kPerAddressAndDayMax);
}

}  // namespace
}  // namespace lupaus::desk::autoreply
