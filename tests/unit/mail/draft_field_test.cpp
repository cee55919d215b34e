#include "common/mail/draft_field.hpp"

#include "common/mail/draft_body.hpp"

#include "common/crypto/encoding.hpp"
#include "common/text/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lupaus::mail {
namespace {

std::string text_field(std::string_view value) {
    std::string out;
    Field(out, "Subject").add_text(value);
    return out;
}

std::string parameter(std::string_view value) {
    std::string out;
    {
        Field field(out, "Content-Disposition");
        field.add("attachment");
        field.add_parameter("filename", value);
    }
    return out;
}

TEST(MailField, FoldsAtBlanksAndKeepsThem) {
    const std::string words(70, 'a');
    EXPECT_EQ(text_field("short"), "Subject: short\r\n");
    EXPECT_EQ(text_field(words + "  b"), "Subject: " + words + "\r\n  b\r\n");
    EXPECT_EQ(text_field("  a   b  "), "Subject: a   b\r\n");
    EXPECT_EQ(text_field(""), "Subject:\r\n");
}

TEST(MailField, EncodesWhatReadersWouldNotUnderstand) {
    EXPECT_EQ(text_field("Moi ä!"), "Subject: =?utf-8?Q?Moi_=C3=A4!?=\r\n") << "whichever is shorter";
    EXPECT_EQ(text_field("Päivää"), "Subject: =?utf-8?B?UMOkaXbDpMOk?=\r\n");
    EXPECT_EQ(text_field("日本"), "Subject: =?utf-8?B?5pel5pys?=\r\n");
    EXPECT_EQ(text_field("=?x?="), "Subject: =?utf-8?B?PT94Pz0=?=\r\n");
    EXPECT_NE(text_field("a\tb").find("=?utf-8?"), std::string::npos);
    EXPECT_NE(text_field("a" + std::string(300, ' ') + "b").find("=?utf-8?"), std::string::npos);
}

TEST(MailField, NeverCutsACharacterNorALineTooLate) {
    std::string value;
    for (int i = 0; i < 200; ++i) {
        value += i % 3 == 0 ? "a" : i % 3 == 1 ? "ä" : "😀";
        const auto out = text_field(value);
        std::size_t begin = 0;
        for (auto end = out.find("\r\n"); end != std::string::npos; end = out.find("\r\n", begin)) {
            ASSERT_LE(end - begin, 78U) << out;
            begin = end + 2;
        }
    }
}

TEST(MailField, PutsWholeCharactersIntoEachWord) {
    std::string value;
    for (int i = 0; i < 60; ++i) {
        value += i % 2 == 0 ? "日" : "😀";
        auto out = text_field(value);
        for (auto at = out.find("?B?"); at != std::string::npos; at = out.find("?B?", at + 1)) {
            const auto word = crypto::base64_decode(out.substr(at + 3, out.find("?=", at + 3) - at - 3));
            ASSERT_TRUE(word && text::is_valid_utf8(*word)) << out;
        }
    }
}

TEST(MailField, QuotesNamesThatAreNoAtoms) {
    const auto field = [](std::vector<Address> addresses) {
        std::string out;
        Field(out, "To").add_addresses(addresses);
        return out;
    };
    EXPECT_EQ(field({{.name = "Ada Lovelace", .address = "a@b.c"}, {.name = "", .address = "d@e.f"}}),
              "To: Ada Lovelace <a@b.c>, d@e.f\r\n");
    EXPECT_EQ(field({{.name = "", .address = "d@e.f"}, {.name = "Ada L", .address = "a@b.c"}}),
              "To: d@e.f, Ada L <a@b.c>\r\n");
    EXPECT_EQ(field({{.name = "a\\b", .address = "a@b.c"}}), "To: \"a\\\\b\" <a@b.c>\r\n");
    EXPECT_EQ(field({{.name = "Ada  L", .address = "a@b.c"}}), "To: \"Ada  L\" <a@b.c>\r\n") << "two blanks are two";
    EXPECT_EQ(field({{.name = "x@y.z", .address = "a@b.c"}}), "To: \"x@y.z\" <a@b.c>\r\n");
    EXPECT_EQ(field({{.name = "Ä", .address = "a..b@c.d"}}), "To: =?utf-8?B?w4Q=?= <\"a..b\"@c.d>\r\n");
}

TEST(MailField, NamesFilesInEveryScript) {
    EXPECT_EQ(parameter("a \"b\".pdf"), "Content-Disposition: attachment; filename=\"a \\\"b\\\".pdf\"\r\n");
    EXPECT_EQ(parameter("lasku ä.pdf"), "Content-Disposition: attachment; filename*0*=utf-8''lasku%20%C3%A4.pdf\r\n");
    const auto long_name = parameter(std::string(100, 'x'));
    EXPECT_NE(long_name.find("filename*0*=utf-8''"), std::string::npos);
    EXPECT_NE(long_name.find("filename*1*=x"), std::string::npos);
    std::string name = "x";
    for (int i = 0; i < 50; ++i) {
        name += "ä";
        EXPECT_EQ(parameter(name).find("*=%A4"), std::string::npos) << "a piece holds whole characters";
    }
}

TEST(MailBody, KnowsWhatNeedsNoEncoding) {
    EXPECT_TRUE(is_plain_text("a\r\n-- \r\n\r\n"));
    for (const auto* text : {"a", "a\n", "a \r\n", "ä\r\n", "\x7f\r\n"}) {
        EXPECT_FALSE(is_plain_text(text)) << text;
    }
    EXPECT_TRUE(is_plain_text(std::string(78, 'x') + "\r\n"));
    EXPECT_FALSE(is_plain_text(std::string(79, 'x') + "\r\n"));
}

TEST(MailBody, WritesQuotedPrintable) {
    const auto quoted = [](std::string_view text) {
        std::string out;
        append_encoded(out, text, Encoding::quoted_printable);
        return out;
    };
    EXPECT_EQ(quoted("a=b ä \r\n"), "a=3Db =C3=A4=20\r\n");
    EXPECT_EQ(quoted(std::string(76, 'x') + "\r\n"), std::string(76, 'x') + "\r\n");
    EXPECT_EQ(quoted(std::string(77, 'x') + "\r\n"), std::string(75, 'x') + "=\r\nxx\r\n");
    EXPECT_EQ(quoted(std::string(74, 'x') + "ä\r\n"), std::string(74, 'x') + "=\r\n=C3=A4\r\n");
}

TEST(MailBody, EndsEveryLineAsTheNetworkWantsIt) {
    EXPECT_EQ(with_network_lines("a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd\r\n");
    EXPECT_EQ(with_network_lines("\n\r\n\r"), "\r\n\r\n\r\n");
    EXPECT_EQ(with_network_lines(""), "");
}

}  // namespace
}  // namespace lupaus::mail
