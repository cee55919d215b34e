// Which mails are machines', and by which rule. A false alarm would be a customer who is never answered, so each rule
// stands here with what it must leave alone.
#include "services/desk/letter/machine.hpp"

#include "tests/unit/letter/sample_mail.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using lupaus::mail::Mail;
using support::make_mail;

std::string rule_of(const Mail& mail, const Hints& hints = {}) {
    const auto judgement = judge(mail, hints);
    return judgement ? judgement->rule : "a person";
}

struct Case {
    std::string name;
    std::string value;
    std::string rule;
};

class Headers : public ::testing::TestWithParam<Case> {};

TEST_P(Headers, AreJudged) {
    EXPECT_EQ(rule_of(make_mail(GetParam().name, GetParam().value)), GetParam().rule)
        << GetParam().name << ": " << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    AutoSubmitted, Headers,
    ::testing::Values(Case{"auto-submitted", "auto-replied", "mail.auto_submitted"},
                      Case{"auto-submitted", " Auto-Generated (by a robot)", "mail.auto_submitted"},
                      Case{"auto-submitted", "auto-notified; owner-email=\"a@example.org\"", "mail.auto_submitted"},
                      Case{"auto-submitted", "no", "a person"}, Case{"auto-submitted", "No (really)", "a person"},
                      Case{"auto-submitted", "", "a person"}));

INSTANTIATE_TEST_SUITE_P(Suppress, Headers,
                         ::testing::Values(Case{"x-auto-response-suppress", "All", "mail.auto_response_suppress"},
                                           Case{"x-auto-response-suppress", "DR, OOF, AutoReply",
                                                "mail.auto_response_suppress"},
                                           Case{"x-auto-response-suppress", "DR, NDR, RN, NRN", "a person"},
                                           Case{"x-auto-response-suppress", "None", "a person"}));

INSTANTIATE_TEST_SUITE_P(Others, Headers,
                         ::testing::Values(Case{"precedence", "auto_reply", "mail.precedence"},
                                           Case{"x-autoreply", "yes", "mail.autoreply_header"},
                                           Case{"x-autoreply", "no", "a person"},
                                           Case{"x-autorespond", "Re: Hei", "mail.autoreply_header"},
                                           Case{"return-path", "<>", "mail.null_return_path"},
                                           Case{"return-path", "<liisa@example.org>", "a person"}));

// A list's mail was written by somebody who may want an answer.
INSTANTIATE_TEST_SUITE_P(Lists, Headers,
                         ::testing::Values(Case{"list-id", "<users.lists.example.org>", "a person"},
                                           Case{"precedence", "bulk", "a person"},
                                           Case{"precedence", "list", "a person"},
                                           Case{"precedence", "junk", "a person"},
                                           Case{"list-unsubscribe", "<mailto:x@example.org>", "a person"}));

TEST(Machine, APersonsMailIsAPersons) {
    EXPECT_EQ(rule_of(make_mail()), "a person");
}

TEST(Machine, TheEnvelopeKnowsANullReturnPath) {
    EXPECT_EQ(rule_of(make_mail(), {.has_null_return_path = true}), "mail.null_return_path");
}

TEST(Machine, ReportsAreToldFromBounces) {
    auto mail = make_mail();
    mail.report = lupaus::mail::Report{};
    EXPECT_EQ(rule_of(mail), "mail.report");
    mail.report->recipients = {{.address = "a@example.org", .action = "delayed"}};
    EXPECT_EQ(rule_of(mail), "mail.report");
    mail.report->recipients.push_back({.address = "b@example.org", .action = "Failed"});
    EXPECT_EQ(rule_of(mail, {.has_null_return_path = true}), "mail.bounce") << "which says more than its return path";
}

TEST(Machine, AReadReceiptIsOne) {
    auto mail = make_mail();
    mail.is_read_receipt = true;
    EXPECT_EQ(rule_of(mail), "mail.read_receipt");
}

TEST(Machine, AbsenceNotesAreKnownByTheirSubject) {
    auto mail = make_mail();
    for (const auto* subject :
         {"Automatic reply: Hei", "OUT OF OFFICE: Hei", " Automaattinen vastaus: Hei", "Automatische Antwort: Hei",
          "Réponse automatique : Hei", "Respuesta automática: Hei", "Autosvar: Hei"}) {
        mail.subject = subject;
        EXPECT_EQ(rule_of(mail), "mail.out_of_office") << subject;
    }
    for (const auto* subject : {"Re: Automatic reply: Hei", "Out of office chairs", "Auto: moottori ei käynnisty",
                                "About your automatic reply: why?", ""}) {
        mail.subject = subject;
        EXPECT_EQ(rule_of(mail), "a person") << subject;
    }
}

// Each by itself: a word or a prefix that is missing must not hide behind another one.
INSTANTIATE_TEST_SUITE_P(EachSuppressed, Headers,
                         ::testing::Values(Case{"x-auto-response-suppress", "OOF", "mail.auto_response_suppress"},
                                           Case{"x-auto-response-suppress", "AutoReply", "mail.auto_response_suppress"},
                                           Case{"precedence", "Auto-Reply", "mail.precedence"}));

INSTANTIATE_TEST_SUITE_P(EachAutoreplyHeader, Headers,
                         ::testing::Values(Case{"x-auto-reply", "1", "mail.autoreply_header"},
                                           Case{"x-autoresponder", "1", "mail.autoreply_header"},
                                           Case{"x-auto-responder", "1", "mail.autoreply_header"},
                                           Case{"x-autoreply-from", "a@example.org", "mail.autoreply_header"},
                                           Case{"x-mail-autoreply", "1", "mail.autoreply_header"}));

TEST(Machine, EachAbsenceNoteIsKnown) {
    auto mail = make_mail();
    for (const auto* subject :
         {"Autoreply: Hei", "Abwesenheitsnotiz: Hei", "Réponse automatique: Hei", "Automatiskt svar: Hei"}) {
        mail.subject = subject;
        EXPECT_EQ(rule_of(mail), "mail.out_of_office") << subject;
    }
}

TEST(Machine, AReadReceiptIsOneWhateverItsReturnPath) {
    auto mail = make_mail();
    mail.is_read_receipt = true;
    EXPECT_EQ(rule_of(mail, {.has_null_return_path = true}), "mail.read_receipt");
}

TEST(Machine, SpamIsFlaggedWithTrueToo) {
    EXPECT_EQ(rule_of(make_mail("x-spam", "True"), {.trusted_host = "mx.shop.example"}), "mail.spam_flag");
}

TEST(Machine, ASpamVerdictIsBelievedOnlyWhereTheChannelTrustsAHost) {
    const Hints trusting{.trusted_host = "mx.shop.example"};
    for (const auto& [name, value] :
         {std::pair("x-spam-flag", "YES"), std::pair("x-spam-status", "Yes, score=12.3"), std::pair("x-spam", "yes")}) {
        const auto mail = make_mail(name, value);
        EXPECT_EQ(rule_of(mail), "a person") << name;
        EXPECT_EQ(rule_of(mail, trusting), "mail.spam_flag") << name;
        EXPECT_EQ(judge(mail, trusting)->verdict, message::Verdict::spam);
    }
    EXPECT_EQ(rule_of(make_mail("x-spam-flag", "NO"), trusting), "a person");
    EXPECT_EQ(rule_of(make_mail("x-spam-status", "No, score=-1, tests=YES"), trusting), "a person");
}

TEST(Machine, AnotherHostsSpamVerdictIsNotBelieved) {
    const Hints trusting{.trusted_host = "mx.shop.example"};
    auto mail = make_mail("x-spam-flag", "YES");
    mail.headers.push_back({.name = "x-spam-checker-version", .value = "SpamAssassin 4.0.0 (2022) on MX.shop.example"});
    EXPECT_EQ(rule_of(mail, trusting), "mail.spam_flag");
    mail.headers.back().value = "SpamAssassin 4.0.0 (2022) on out.example.org";
    EXPECT_EQ(rule_of(mail, trusting), "a person");
    mail.headers.back().value = "SpamAssassin 4.0.0 (2022) on evil.mx.shop.example.org";
    EXPECT_EQ(rule_of(mail, trusting), "a person");
    mail.headers.back().value = "SpamAssassin 4.0.0 (2022) on mx.shop.example.evil.org";
    EXPECT_EQ(rule_of(mail, trusting), "a person");
}

TEST(Machine, WhatIsSpamIsNoLessSoForBeingAutomatic) {
    auto mail = make_mail("x-spam-flag", "YES");
    mail.headers.push_back({.name = "auto-submitted", .value = "auto-generated"});
    EXPECT_EQ(rule_of(mail, {.trusted_host = "mx.shop.example"}), "mail.spam_flag");
    EXPECT_EQ(rule_of(mail), "mail.auto_submitted");
}

}  // namespace
}  // namespace lupaus::desk::letter
