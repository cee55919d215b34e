#include "services/desk/inbound/codec.hpp"

#include "tests/support/inbound_sample.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace lupaus::desk::inbound {
namespace {

using support::make_inbound;

Inbound make_full() {
    auto message = make_inbound();
    message.sender_email = "aino@example.org";
    message.thread_id = "thread \"7\"";
    message.external_ref = "order 7";
    message.subject = "Tilaus\\lasku";
    message.text = "Ääkköset\nja \x01 ohjausmerkki";
    message.html = "<p>Hei!</p>";
    message.occurred_at = parse_rfc3339("2026-11-22T10:05:17.123456Z");
    message.visibility = conversation::Visibility::public_;
    message.judgement = message::Judgement{.verdict = message::Verdict::automatic, .rule = "channel: \"automatic\""};
    message.attachments = {
        {.name = "a.txt", .content_type = "text/plain", .size_bytes = 3, .sha256 = std::string(64, 'a')},
        {.name = "b",
         .content_type = "image/png",
         .size_bytes = 0,
         .sha256 = std::string(64, 'b'),
         .content_id = "b@c"},
        {.name = "c", .content_type = "image/png", .url = "https://cdn.example/c?signature=s"}};
    message.sent_at = parse_rfc3339("2026-11-21T23:59:59.5Z");
    message.mail = MailHead{.id = "a\"b@example.org",
                            .references = {"newest@example.org", "oldest@example.org"},
                            .answers = 1042,
                            .people = {{.role = Role::from, .name = "Äiti", .address = "aino@example.org"},
                                       {.role = Role::cc, .name = "", .address = "boss@example.org"}},
                            .no_autoreply = "list"};
    return message;
}

void expect_same(const Inbound& got, const Inbound& want) {
    EXPECT_EQ(got.external_id, want.external_id);
    EXPECT_EQ(got.sender_id, want.sender_id);
    EXPECT_EQ(got.sender_name, want.sender_name);
    EXPECT_EQ(got.sender_email, want.sender_email);
    EXPECT_EQ(got.thread_id, want.thread_id);
    EXPECT_EQ(got.external_ref, want.external_ref);
    EXPECT_EQ(got.subject, want.subject);
    EXPECT_EQ(got.text, want.text);
    EXPECT_EQ(got.html, want.html);
    EXPECT_EQ(got.occurred_at, want.occurred_at);
    EXPECT_EQ(got.visibility, want.visibility);
    ASSERT_EQ(got.judgement.has_value(), want.judgement.has_value());
    if (got.judgement) {
        EXPECT_EQ(got.judgement->verdict, want.judgement->verdict);
        EXPECT_EQ(got.judgement->rule, want.judgement->rule);
    }
    ASSERT_EQ(got.attachments.size(), want.attachments.size());
    for (std::size_t i = 0; i < got.attachments.size(); ++i) {
        EXPECT_EQ(got.attachments[i].name, want.attachments[i].name);
        EXPECT_EQ(got.attachments[i].content_type, want.attachments[i].content_type);
        EXPECT_EQ(got.attachments[i].size_bytes, want.attachments[i].size_bytes);
        EXPECT_EQ(got.attachments[i].sha256, want.attachments[i].sha256);
        EXPECT_EQ(got.attachments[i].url, want.attachments[i].url);
        EXPECT_EQ(got.attachments[i].content_id, want.attachments[i].content_id);
    }
    EXPECT_EQ(got.sent_at, want.sent_at);
    ASSERT_EQ(got.mail.has_value(), want.mail.has_value());
    if (got.mail) {
        EXPECT_EQ(got.mail->id, want.mail->id);
        EXPECT_EQ(got.mail->references, want.mail->references);
        EXPECT_EQ(got.mail->answers, want.mail->answers);
        EXPECT_EQ(got.mail->no_autoreply, want.mail->no_autoreply);
        ASSERT_EQ(got.mail->people.size(), want.mail->people.size());
        for (std::size_t i = 0; i < got.mail->people.size(); ++i) {
            EXPECT_EQ(got.mail->people[i].role, want.mail->people[i].role);
            EXPECT_EQ(got.mail->people[i].name, want.mail->people[i].name);
            EXPECT_EQ(got.mail->people[i].address, want.mail->people[i].address);
        }
    }
}

TEST(InboundCodec, AMailWithoutAnythingIsStillAMail) {
    auto message = make_inbound();
    message.mail = MailHead{};
    const auto again = decode(std::string_view(encode(message)));
    ASSERT_TRUE(again);
    expect_same(*again, message);
}

TEST(InboundCodec, WhatAnOlderProgramAcceptedIsNotAnsweredByMachines) {
    const std::string older = R"({"external_id":"e","sender_id":"s","mail":{"id":"a"}})";
    EXPECT_EQ(decode(std::string_view(older))->mail->no_autoreply, "not_verified");
    auto message = make_inbound();
    message.mail = MailHead{.no_autoreply = ""};
    EXPECT_EQ(decode(std::string_view(encode(message)))->mail->no_autoreply, "");
}

TEST(InboundCodec, AnotherMessageIdIsAnotherMeaning) {
    auto message = make_inbound();
    const auto none = meaning_of(message);
    message.mail = MailHead{.id = "a@example.org"};
    const auto first = meaning_of(message);
    message.mail->id = "b@example.org";
    EXPECT_NE(first, none);
    EXPECT_NE(first, meaning_of(message));
}

TEST(InboundCodec, RefusesAMailThatNobodyWrote) {
    for (const auto* mail : {R"({"id":7})", R"({"references":"a"})", R"({"answers":0})", R"({"answers":"7"})",
                             R"({"people":[{"role":4}]})", R"({"people":[{"role":"to"}]})", R"([])"}) {
        const auto payload = R"({"external_id":"e","sender_id":"s","mail":)" + std::string(mail) + "}";
        EXPECT_TRUE(decode(std::string_view(payload)).has_error()) << mail;
    }
    const std::string newer =
        R"({"external_id":"e","sender_id":"s","mail":{"id":"a","later":[{"x":1}],"people":[{"y":2}]}})";
    EXPECT_TRUE(decode(std::string_view(newer))) << "a newer program may have added some";
}

TEST(InboundCodec, KeepsEveryField) {
    const auto message = make_full();
    const auto again = decode(std::string_view(encode(message)));
    ASSERT_TRUE(again) << again.error().detail;
    expect_same(*again, message);
}

TEST(InboundCodec, KeepsTheDifferenceBetweenAbsentAndEmpty) {
    auto message = make_inbound();
    message.text.clear();
    message.html = "";
    const auto again = decode(std::string_view(encode(message)));
    ASSERT_TRUE(again);
    expect_same(*again, message);
    EXPECT_EQ(encode(make_inbound()).find("html"), std::string::npos);
}

TEST(InboundCodec, TakesIdsFromTheRow) {
    const auto message = make_full();
    const Queued row{
        .account = message.account, .id = message.id, .channel = message.channel, .payload = encode(message)};
    const auto again = decode(row);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->account, message.account);
    EXPECT_EQ(again->channel, message.channel);
    EXPECT_EQ(again->id, message.id);
}

TEST(InboundCodec, WhatIsUnreadableIsKeptAndNeverRouted) {
    auto message = make_inbound();
    message.sender_id.clear();
    message.text.clear();
    message.unreadable = "The header has no end.";
    const auto payload = encode(message);
    const auto kept = decode(std::string_view(payload));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->unreadable, "The header has no end.");
    EXPECT_EQ(kept->external_id, message.external_id);
    const auto routed = decode(Queued{.id = message.id, .channel = message.channel, .payload = payload});
    ASSERT_FALSE(routed);
    EXPECT_EQ(routed.error().detail, "The header has no end.");
}

TEST(InboundCodec, AnswersWithWhatBecameOfAMessage) {
    const auto id = MessageId::make();
    EXPECT_EQ(to_json(Receipt{.id = id}), R"({"status":"accepted","inbound_id":")" + to_string(id) + "\"}");
    EXPECT_EQ(to_json(Receipt{.id = id, .duplicate = true}),
              R"({"status":"duplicate","conflict":false,"inbound_id":")" + to_string(id) + "\"}");
}

TEST(InboundCodec, SkipsWhatANewerProgramAdded) {
    const auto again = decode(std::string_view(
        R"({"external_id":"e","new":{"text":"no","deep":[{"a":1}]},"sender_id":"s","more":[1,"x",{"html":"no"}],)"
        R"("flag":true,"share":1.5,"attachments":[{"name":"n","extra":{"sha256":"no","list":[1]},"sha256":"h"}],"text":"yes"})"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text, "yes");
    EXPECT_FALSE(again->html);
    ASSERT_EQ(again->attachments.size(), 1U);
    EXPECT_EQ(again->attachments[0].sha256, "h");
}

TEST(InboundCodec, ReadsEveryEscape) {
    const auto again = decode(std::string_view(
        R"( {"external_id" : "e", "sender_id": "s", "text":"\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00 \u0041", "html" : null} )"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text, "\"\\/\b\f\n\r\tä€😀 A");
    EXPECT_FALSE(again->html);
}

class BrokenPayload : public ::testing::TestWithParam<const char*> {};

TEST_P(BrokenPayload, IsRefused) {
    EXPECT_FALSE(decode(std::string_view(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(
    InboundCodec, BrokenPayload,
    ::testing::Values(
        "", "null", "1", "\"x\"", "[]", "[{}]", "{}", "{", R"({"external_id":"e"})", R"({"sender_id":"s"})",
        R"({"external_id":1,"sender_id":"s"})", R"({"external_id":"e","sender_id":"s","text":{}})",
        R"({"external_id":"e","sender_id":"s","text":["x"]})", R"({"external_id":"e","sender_id":"s","text":true})",
        R"({"external_id":"e","sender_id":"s","visibility":2})",
        R"({"external_id":"e","sender_id":"s","occurred_us":1.5})",
        R"({"external_id":"e","sender_id":"s","occurred_us":-1})",
        R"({"external_id":"e","sender_id":"s","occurred_us":18446744073709551615})",
        R"({"external_id":"e","sender_id":"s","attachments":{}})",
        R"({"external_id":"e","sender_id":"s","attachments":[1]})",
        R"({"external_id":"e","sender_id":"s","attachments":[[]]})",
        R"({"external_id":"e","sender_id":"s","attachments":[{"name":{}}]})",
        R"({"external_id":"e","sender_id":"s","attachments":[{"size_bytes":-1}]})",
        R"({"external_id":"e","sender_id":"s","attachments":[{"url":"u","size_bytes":7}]})",
        R"({"external_id":"e","sender_id":"s"} x)", R"({"external_id":"e","sender_id":"s",})",
        R"({"external_id":"e" "sender_id":"s"})", R"({"external_id":"e","sender_id":"s","x":})",
        R"({"external_id":"e","sender_id":"s","text":"\x"})", R"({"external_id":"e","sender_id":"s","text":"\u12g4"})",
        R"({"external_id":"e","sender_id":"s","text":"\ud800"})",
        R"({"external_id":"e","sender_id":"s","text":"\ud800 \udc00"})",
        R"({"external_id":"e","sender_id":"s","text":"\udc00"})",
        R"({"external_id":"e","sender_id":"s","text":"\u00"})"));

TEST(InboundCodec, MeaningIsWhatWasSaid) {
    const auto base = make_full();
    const std::vector<std::function<void(Inbound&)>> changes{
        [](Inbound& m) { m.sender_id += "x"; },
        [](Inbound& m) { m.text += "x"; },
        [](Inbound& m) { *m.html += "x"; },
        [](Inbound& m) { m.html.reset(); },
        [](Inbound& m) { m.html = ""; },
        [](Inbound& m) { m.thread_id.reset(); },
        [](Inbound& m) { m.attachments[0].sha256[0] = 'x'; },
        [](Inbound& m) { m.attachments.pop_back(); },
        [](Inbound& m) { m.attachments[2].url.insert(20, 1, 'x'); },
        // The same characters, cut elsewhere.
        [](Inbound& m) { m.text.insert(0, 1, m.sender_id.back()), m.sender_id.pop_back(); },
    };
    std::set<Uuid> meanings{meaning_of(base)};
    for (const auto& change : changes) {
        auto message = base;
        change(message);
        EXPECT_TRUE(meanings.insert(meaning_of(message)).second);
    }
}

TEST(InboundCodec, MeaningIgnoresHowItWasWritten) {
    auto message = make_full();
    const auto before = meaning_of(message);
    message.id = MessageId::make();
    message.raw += " ";
    message.sender_name = "Aino Virtanen";
    message.external_ref.reset();
    message.occurred_at.reset();
    message.attachments[2].url = "https://cdn.example/c?signature=renewed";
    EXPECT_EQ(meaning_of(message), before);
}

TEST(InboundCodec, KeysDependOnTypeAndId) {
    EXPECT_EQ(key_of("ext-1"), key_of("ext-1", "message"));
    EXPECT_NE(key_of("ext-1"), key_of("ext-2"));
    EXPECT_NE(key_of("ext-1"), key_of("ext-1", "typing"));
    EXPECT_NE(key_of("b", "a"), key_of("", "ab"));
}

TEST(InboundCodec, CommandsSurviveQuarantine) {
    const auto subject = make_uuid_v7();
    for (const auto kind : {Kind::drain, Kind::wake, Kind::release}) {
        const auto again = decode_command(encode_command({.kind = kind, .subject = subject}));
        ASSERT_TRUE(again);
        EXPECT_EQ(again->kind, kind);
        EXPECT_EQ(again->subject, subject);
    }
    EXPECT_FALSE(decode_command(encode(make_full())));
    EXPECT_FALSE(decode_command(R"({"command":"message","subject":"018f4e1a-0000-7000-8000-0123456789ab"})"));
    EXPECT_FALSE(decode_command(R"({"command":1,"subject":"018f4e1a-0000-7000-8000-0123456789ab"})"));
    EXPECT_FALSE(decode_command(R"({"command":"wake")"));
}

}  // namespace
}  // namespace lupaus::desk::inbound
