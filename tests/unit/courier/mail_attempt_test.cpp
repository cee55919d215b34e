#include "services/courier/mail_attempt.hpp"

#include <gtest/gtest.h>

namespace lupaus::courier {
namespace {

using desk::delivery::Outcome;

const std::string kBody = R"({"id":"x","type":"message","text":"Hei!","html":"<p>Hei!</p>","attachments":[],
    "created_at":"2026-11-26T04:45:06.000Z","mail":{"message_id":"7@shop.example",
    "from":{"name":"Shop","address":"support@shop.example"},"reply_to":"support+r.1.abc@shop.example",
    "to":[{"name":"Ada","address":"ada@example.org"}],"cc":[{"name":"","address":"bob@example.org"}],
    "subject":"Re: Order","in_reply_to":"q2@example.org","references":["q1@example.org","q2@example.org"]}})";

desk::delivery::Job job_of(const std::string& body) {
    desk::delivery::Job job;
    job.delivery.body = body;
    job.delivery.author = desk::AgentId::make();
    job.way.kind = desk::channel::Kind::email;
    job.way.smtp = desk::channel::MailServer{
        .host = "relay.example", .port = 587, .security = desk::channel::Security::starttls, .user = "shop"};
    return job;
}

TEST(MailAttempt, WritesWhatTheReplySaid) {
    const auto job = job_of(kBody);
    const auto draft = draft_of(job.delivery).value();
    EXPECT_EQ(draft.message_id, "7@shop.example");
    EXPECT_EQ(draft.from.name, "Shop");
    EXPECT_EQ(draft.reply_to->address, "support+r.1.abc@shop.example");
    EXPECT_EQ(draft.text, "Hei!");
    EXPECT_EQ(draft.html, "<p>Hei!</p>");
    EXPECT_EQ(draft.subject, "Re: Order");
    EXPECT_EQ(draft.in_reply_to, "q2@example.org");
    EXPECT_EQ(draft.references.size(), 2U);
    EXPECT_EQ(to_rfc3339(draft.date), "2026-11-26T04:45:06.000Z");
    EXPECT_TRUE(draft.extra.empty());
    EXPECT_EQ(mail::write(draft).value(), mail::write(draft_of(job.delivery).value()).value());
}

TEST(MailAttempt, IsHandedOverAsItsChannelSays) {
    const auto job = job_of(kBody);
    const auto made = make_mail_job(job, draft_of(job.delivery).value());
    EXPECT_EQ(made.security, smtp::Security::starttls);
    EXPECT_EQ(made.hello, "shop.example");
    EXPECT_EQ(made.from, "support@shop.example");
    EXPECT_EQ(made.recipients, (std::vector<std::string>{"ada@example.org", "bob@example.org"}));
}

TEST(MailAttempt, MarksWhatNoPersonWrote) {
    auto job = job_of(kBody);
    job.delivery.author = {};
    const auto draft = draft_of(job.delivery).value();
    ASSERT_FALSE(draft.extra.empty());
    EXPECT_EQ(draft.extra[0].name, "Auto-Submitted");
    EXPECT_EQ(draft.extra[0].value, "auto-replied");
    EXPECT_EQ(make_mail_job(job, draft).from, "") << "nobody answers the null return path";
    const std::string answered = R"("in_reply_to":"q2@example.org")";
    job.delivery.body.replace(job.delivery.body.find(answered), answered.size(), R"("in_reply_to":"")");
    EXPECT_EQ(draft_of(job.delivery).value().extra[0].value, "auto-generated") << "it answers nothing";
}

TEST(MailAttempt, ShowsThePicturesThatTheMarkupNames) {
    mail::Draft draft;
    draft.html = "<p><img src=\"cid:bicycle\"></p>";
    const auto placed = [&](const std::string& content_id) {
        return part_of({.name = "a.png", .content_type = "image/png", .content_id = content_id}, draft, "png");
    };
    EXPECT_EQ(placed("bicycle").disposition, mail::Disposition::inlined);
    EXPECT_EQ(placed("bicycle").content_id, "bicycle");
    EXPECT_EQ(placed("bicycl").disposition, mail::Disposition::attachment) << "only the whole name is one";
    EXPECT_EQ(placed("").disposition, mail::Disposition::attachment);
    draft.html.reset();
    EXPECT_EQ(placed("bicycle").disposition, mail::Disposition::attachment);
}

TEST(MailAttempt, ACopyThatNobodyCanWriteToKeepsNothingBack) {
    auto body = kBody;
    const std::string known = "bob@example.org";
    body.replace(body.find(known), known.size(), "undisclosed recipients");
    const auto draft = draft_of(job_of(body).delivery).value();
    EXPECT_TRUE(draft.cc.empty());
    EXPECT_EQ(draft.to.size(), 1U);
}

TEST(MailAttempt, SaysWhatIsNoMail) {
    for (const auto* body : {"", "[]", "{}", R"({"text":"x","created_at":"2026-11-26T04:45:06Z"})",
                             R"({"text":"x","created_at":"then","mail":{"message_id":"a@b.c","from":{}}})"}) {
        EXPECT_FALSE(draft_of(job_of(body).delivery)) << body;
    }
}

TEST(MailAttempt, MeansForTheDeliveryWhatTheServerSaid) {
    using smtp::Fate;
    const std::pair<Fate, Outcome> cases[] = {{Fate::sent, Outcome::accepted},
                                              {Fate::refused, Outcome::rejected},
                                              {Fate::try_later, Outcome::refused},
                                              {Fate::uncertain, Outcome::unknown},
                                              {Fate::unreachable, Outcome::not_sent}};
    for (const auto& [fate, outcome] : cases) {
        const auto report = report_of({.fate = fate, .detail = "Why."});
        EXPECT_EQ(report.outcome, outcome);
        EXPECT_EQ(report.detail, "Why.");
    }
}

}  // namespace
}  // namespace lupaus::courier
