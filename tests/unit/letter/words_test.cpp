// What a mail says besides the reply: the signature, and the message that it answers.
#include "services/desk/letter/words.hpp"

#include "common/html/html.hpp"
#include "services/desk/letter/signature.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

const Words kReply{.text = "It is.\n", .html = "<p>It is.</p>"};
const Words kSignature{.text = "Maija\nShop & Co", .html = "<p><b>Maija</b></p>"};
const Quoted kQuestion{.name = "Aino",
                       .at = *parse_rfc3339("2026-11-26T08:05:59.999Z"),
                       .words = {.text = "Is it\r\nready?\n\n> earlier\n\n",
                                 .html = "<p>Is it <img src=\"cid:a\" alt=\"this\"> ready?</p>"}};

TEST(MailWords, AreTheReplyWhereNothingBelongsToIt) {
    const auto words = compose({.text = "It is.\r\n\r\n", .html = "<p>x</p>"}, std::nullopt, std::nullopt);
    EXPECT_EQ(words.text, "It is.\r\n\r\n");
    EXPECT_EQ(words.html, "<p>x</p>");
}

TEST(MailWords, HaveASignatureBehindItsLine) {
    const auto words = compose(kReply, kSignature, std::nullopt);
    EXPECT_EQ(words.text, "It is.\n\n-- \nMaija\nShop & Co\n");
    EXPECT_EQ(words.html, "<p>It is.</p><div class=\"moz-signature\">-- <br><p><b>Maija</b></p></div>");
}

TEST(MailWords, MakeMarkupOfASignatureThatHasNone) {
    EXPECT_EQ(compose(kReply, Words{.text = "Maija\r\nShop & Co"}, std::nullopt).html,
              "<p>It is.</p><div class=\"moz-signature\">-- <br>Maija<br>Shop &amp; Co</div>");
    EXPECT_FALSE(compose({.text = "It is."}, kSignature, std::nullopt).html) << "a reply of text stays one";
}

TEST(MailWords, AddNoTextToAReplyOfMarkupAlone) {
    const auto words = compose({.text = "", .html = "<p>It is.</p>"}, kSignature, kQuestion);
    EXPECT_EQ(words.text, "");
    EXPECT_EQ(compose({}, kSignature, std::nullopt).text, "-- \nMaija\nShop & Co\n") << "files alone";
}

TEST(MailWords, QuoteWhatIsAnsweredBelow) {
    const auto words = compose(kReply, kSignature, kQuestion);
    EXPECT_EQ(
        words.text,
        "It is.\n\n-- \nMaija\nShop & Co\n\nOn 2026-11-26 08:05 UTC, Aino wrote:\n> Is it\n> ready?\n>\n>> earlier\n");
    EXPECT_TRUE(
        words.html->ends_with("<div class=\"moz-cite-prefix\">On 2026-11-26 08:05 UTC, Aino wrote:</div>"
                              "<blockquote type=\"cite\"><p>Is it this ready?</p></blockquote>"))
        << *words.html;
    EXPECT_EQ(compose({.text = "It is."}, std::nullopt, kQuestion).text,
              "It is.\n\nOn 2026-11-26 08:05 UTC, Aino wrote:\n> Is it\n> ready?\n>\n>> earlier\n");
}

TEST(MailWords, QuoteTextInMarkupAsMarkup) {
    auto question = kQuestion;
    question.name = "A<b>\r\nBcc: x";
    question.words = {.text = "1 < 2\nready?"};
    const auto words = compose(kReply, std::nullopt, question);
    EXPECT_TRUE(
        words.html->ends_with("A&lt;b&gt;  Bcc: x wrote:</div>"
                              "<blockquote type=\"cite\">1 &lt; 2<br>ready?</blockquote>"))
        << *words.html;
    EXPECT_NE(words.text.find("UTC, A<b>  Bcc: x wrote:\n"), std::string::npos);
}

TEST(MailWords, QuoteNoMoreThanTheBound) {
    auto question = kQuestion;
    question.words.text.clear();
    while (question.words.text.size() <= kQuotedTextBytesMax + 20) {
        question.words.text += "Päivää!\n";
    }
    question.words.html = "<p>" + std::string(kQuotedHtmlBytesMax, 'a') + "</p>";
    const auto words = compose(kReply, std::nullopt, question);
    EXPECT_TRUE(words.text.ends_with("> Päivää!\n> […]\n")) << words.text.substr(words.text.size() - 40);
    EXPECT_LT(words.text.size(), kQuotedTextBytesMax * 4 / 3);
    EXPECT_TRUE(words.html->ends_with("Päivää!<br>[…]</blockquote>")) << "its text, where the markup is too long";
    question.words.text.clear();
    while (question.words.text.size() <= kQuotedTextBytesMax) {
        question.words.text += "0123456789 0123456\n";
    }
    EXPECT_TRUE(compose(kReply, std::nullopt, question).text.ends_with("> 0123456789 0123456\n> […]\n"))
        << "whole lines";
    question.words.text = std::string(kQuotedTextBytesMax, 'a');
    EXPECT_TRUE(compose(kReply, std::nullopt, question).text.ends_with("aaa\n")) << "as much as the bound is whole";
}

// What programs know a signature and history by, our own for one.
TEST(MailWords, AreFoldedByWhoeverReadsThem) {
    const auto words = compose(kReply, kSignature, kQuestion);
    EXPECT_EQ(html::fold_text(words.text).fresh.find("Maija"), std::string::npos);
    EXPECT_NE(html::fold_text(words.text).fresh.find("It is."), std::string::npos);
    const auto fresh = html::fold_html(html::sanitise(*words.html).html).fresh;
    EXPECT_EQ(fresh.find("Maija"), std::string::npos) << fresh;
    EXPECT_EQ(fresh.find("ready"), std::string::npos) << fresh;
}

TEST(MailSignature, HasItsValuesAndNoMarkupInThem) {
    const canned::Values values{.contact_name = "<img src=https://a.example>",
                                .agent_name = "Maija & \"M\"",
                                .team_name = "javascript",
                                .channel_name = "",
                                .subject = "",
                                .number = "7"};
    const auto filled = fill_in({.text = "{{agent.name}} #{{conversation.number}} {{contact.name}}",
                                 .html = "<p title=\"{{agent.name}}\">{{agent.name}} {{contact.name}}</p>"
                                         "<a href=\"https://a.example/{{agent.name}}\">b</a>"},
                                values);
    EXPECT_EQ(filled.text, "Maija & \"M\" #7 <img src=https://a.example>");
    EXPECT_EQ(*filled.html,
              "<p title=\"Maija &amp; &quot;M&quot;\">Maija &amp; \"M\" &lt;img src=https://a.example&gt;</p>"
              "<a href=\"https://a.example/Maija%20&amp;%20&quot;M&quot;\" rel=\"noopener noreferrer nofollow\">b</a>");
}

TEST(MailSignature, NoValueMakesALinkThatLeadsWhereNoneMay) {
    const canned::Values values{.contact_name = "javascript:alert(1)",
                                .agent_name = {},
                                .team_name = {},
                                .channel_name = {},
                                .subject = {},
                                .number = {}};
    EXPECT_EQ(fill_in({.text = "x", .html = "<a href=\"{{contact.name}}\">a</a>"}, values).html, "a");
}

}  // namespace
}  // namespace lupaus::desk::letter
