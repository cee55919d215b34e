#include "common/html/html.hpp"
#include "tests/unit/html/markup_check.hpp"

#include <gtest/gtest.h>

namespace lupaus::html {
namespace {

std::string clean(std::string_view html) {
    auto sanitised = sanitise(html).html;
    EXPECT_EQ(check_markup(sanitised), "") << html;
    EXPECT_EQ(sanitise(sanitised).html, sanitised) << html;
    return sanitised;
}

TEST(SanitiseTest, KeepsWhatMailsAreMadeOf) {
    for (const std::string_view html :
         {"", "Hei!", "<p>Hei <b>Aino</b>!</p>", "a<br>b<hr>c",
          "<ul><li>a</li><li>b<ol start=\"3\"><li>c</li></ol></li></ul>",
          "<table width=\"100%\"><thead><tr><th align=\"left\" colspan=\"2\">a</th></tr></thead>"
          "<tbody><tr valign=\"top\"><td>b</td><td>c</td></tr></tbody></table>",
          "<table><caption>a</caption><colgroup><col width=\"10\"><col></colgroup><tr><td>b</td></tr></table>",
          "<h1>a</h1><h2>b</h2>", "<pre>a\n  b</pre>", "<blockquote>a<blockquote>b</blockquote></blockquote>",
          "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>", "<p dir=\"rtl\" lang=\"ar\">a</p>", "<i><u>a</u></i>",
          "<a href=\"https://a.example/?b=c&amp;d\" rel=\"noopener noreferrer nofollow\">e</a>",
          "<img src=\"cid:a@b\" alt=\"c\" width=\"10\" height=\"20\">", "\xC3\xA4\xF0\x9F\x98\x80",
          "<table>\n<tr>\n<td>a</td>\n</tr>\n</table>"}) {
        EXPECT_EQ(clean(html), html);
    }
}

struct Case {
    std::string_view html;
    std::string_view clean;
};

TEST(SanitiseTest, NestsAsBrowsersDo) {
    for (const auto& [html, wanted] : {
             Case{"<p>a<p>b", "<p>a</p><p>b</p>"},
             Case{"<p>a<div>b</div>c</p>", "<p>a</p><div>b</div>c"},
             Case{"<b><i>a</b>b</i>", "<b><i>a</i></b>b"},
             Case{"<b>a<p>b</b>c</p>", "<b>a<p>bc</p></b>"},
             Case{"</b></p></div>a", "a"},
             Case{"<div><span>a</div>b</span>", "<div><span>a</span></div>b"},
             Case{"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
             Case{"<ul><li>a<ul><li>b</li></ul></li><li>c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"},
             Case{"<ul><li><ul></li><li>a", "<ul><li><ul><li>a</li></ul></li></ul>"},
             Case{"<dl><dt>a<dd>b<dt>c", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"},
             Case{"<h1>a<h2>b", "<h1>a</h1><h2>b</h2>"},
             Case{"<h1><p>a<h2>b", "<h1><p>a</p></h1><h2>b</h2>"},
             Case{"<a href=https://a.example>a<a href=https://b.example>b",
                  "<a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\">a</a>"
                  "<a href=\"https://b.example\" rel=\"noopener noreferrer nofollow\">b</a>"},
             Case{"<a href=https://a.example>a<a name=x>b</a>c",
                  "<a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\">a</a>bc"},
             Case{"<table><tr><td>a<td>b<tr><td>c</table>d",
                  "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d"},
             Case{"<table>a<tr>b<td>c", "<table><tr><td>a</td></tr><tr><td>b</td><td>c</td></tr></table>"},
             Case{"<table><b>a</table>b", "<table><tr><td><b>a</b></td></tr></table>b"},
             Case{"<table><td><p>a</table><p>b", "<table><tr><td><p>a</p></td></tr></table><p>b</p>"},
             Case{"<p><table><td></p>a", "<p></p><table><tr><td>a</td></tr></table>"},
             Case{"<table><table><td>a", "<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>"},
             Case{"<table><tbody><tr><td>a<tfoot><td>b",
                  "<table><tbody><tr><td>a</td></tr></tbody><tfoot><tr><td>b</td></tr></tfoot></table>"},
             Case{"<table><col><col><td>a", "<table><colgroup><col><col></colgroup><tr><td>a</td></tr></table>"},
             Case{"<table><td><div>a</td>b</div>c", "<table><tr><td><div>a</div></td><td>bc</td></tr></table>"},
             Case{"<tr><td>a</td></tr>", "a"},
             Case{"<center><font color=red>a</font><o:p>&nbsp;</o:p></center>", "<center>a\xC2\xA0</center>"},
             Case{"<html><head><meta charset=utf-8><title>t</title></head><body>a</body></html>", "a"},
         }) {
        EXPECT_EQ(clean(html), wanted) << html;
    }
}

TEST(SanitiseTest, TakesValuesOfTheirListAlone) {
    for (const auto& [html, wanted] : {
             Case{"<p dir=up lang=\"x y\">a</p>", "<p>a</p>"},
             Case{"<p align=top>a</p>", "<p>a</p>"},
             Case{"<p align=CENTER>a</p>", "<p align=\"center\">a</p>"},
             Case{"<table><td valign=center width=1em height=10%>a</table>",
                  "<table><tr><td height=\"10%\">a</td></tr></table>"},
             Case{"<img src=cid:a width=9999 height=10000>", "<img src=\"cid:a\" width=\"9999\">"},
             Case{"<blockquote type=quote>a</blockquote>", "<blockquote>a</blockquote>"},
             Case{"<ol type=A><li value=2>a</li></ol>", "<ol type=\"A\"><li value=\"2\">a</li></ol>"},
             Case{"<img src=cid:a alt=\"\">", "<img src=\"cid:a\" alt=\"\">"},
             Case{"<img alt=\"\">a", "a"},
         }) {
        EXPECT_EQ(clean(html), wanted) << html;
    }
    const std::string longest(35, 'x');
    EXPECT_EQ(clean("<p lang=" + longest + ">a</p>"), "<p lang=\"" + longest + "\">a</p>");
    EXPECT_EQ(clean("<p lang=" + longest + "x>a</p>"), "<p>a</p>");
}

TEST(SanitiseTest, EndsAParagraphBeforeALine) {
    EXPECT_EQ(clean("<p>a<hr>b"), "<p>a</p><hr>b");
    EXPECT_EQ(clean("<p>a<table><td>b</table>"), "<p>a</p><table><tr><td>b</td></tr></table>");
}

TEST(SanitiseTest, ALinkEndsWithItsCell) {
    EXPECT_EQ(
        clean("<table><td><a href=https://a.example>a<table><td><a href=https://b.example>b"),
        "<table><tr><td><a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\">a"
        "<table><tr><td><a href=\"https://b.example\" rel=\"noopener noreferrer nofollow\">b</a></td></tr></table>"
        "</a></td></tr></table>");
}

TEST(SanitiseTest, AnInnerListEndsNoTermOfTheOuterOne) {
    EXPECT_EQ(clean("<dl><dd>a<dl><dd>b</dl>c</dl>"), "<dl><dd>a<dl><dd>b</dd></dl>c</dd></dl>");
}

TEST(SanitiseTest, SaysWhetherPicturesWereTurnedOff) {
    EXPECT_TRUE(sanitise("<img src=https://a.example/a.png>").has_remote_images);
    EXPECT_TRUE(sanitise("<img data-src=https://a.example/a.png>").has_remote_images) << "were turned off before";
    EXPECT_FALSE(sanitise("<img src=cid:a>").has_remote_images);
    EXPECT_FALSE(sanitise("<a href=https://a.example>a</a>").has_remote_images);
}

TEST(SanitiseTest, NamesThePicturesThatComeWithTheMessage) {
    const auto reply = sanitise(
        "<img src=cid:a><img src=\"CID:b@c\" alt=d><img src=https://a.example/a.png>"
        "<a href=cid:e>f</a><img data-src=cid:g alt=h>");
    EXPECT_EQ(reply.content_ids, (std::vector<std::string>{"a", "b@c"}));
}

TEST(SanitiseTest, TakesPicturesAwayAndLeavesTheirWords) {
    EXPECT_EQ(without_images("<p>a<img src=\"cid:b\" alt=\"&lt;c\"><img data-src=\"https://d.example/\">e</p>"),
              "<p>a&lt;ce</p>");
}

TEST(SanitiseTest, LeavesPicturesWhereTheyAreMeant) {
    const auto reply =
        sanitise("<img src=https://a.example/a.png><img data-src=https://b.example/b.png>", RemoteImages::on);
    EXPECT_EQ(reply.html, "<img src=\"https://a.example/a.png\"><img data-src=\"https://b.example/b.png\">");
    EXPECT_TRUE(reply.has_remote_images);
    EXPECT_EQ(sanitise("<img src=data:image/png;base64,AAAA>", RemoteImages::on).html, "");
}

TEST(SanitiseTest, KeepsWhatMailProgramsSayAboutHistory) {
    for (const auto& [html, wanted] : {
             Case{"<blockquote class=\"x gmail_quote\">a</blockquote>",
                  "<blockquote data-fold=\"quote\">a</blockquote>"},
             Case{"<blockquote type=\"CITE\" cite=\"mid:x\">a</blockquote>",
                  "<blockquote data-fold=\"quote\" type=\"cite\">a</blockquote>"},
             Case{"<div class=\"gmail_quote\">a</div>", "<div>a</div>"},
             Case{"<div class=gmail_attr>a</div>", "<div data-fold=\"attribution\">a</div>"},
             Case{"<div id=divRplyFwdMsg dir=ltr>a</div>", "<div dir=\"ltr\" data-fold=\"history\">a</div>"},
             Case{"<div name=\"quote\">a</div>", "<div data-fold=\"quote\">a</div>"},
             Case{"<pre class=\"moz-signature\" cols=72>a</pre>", "<pre data-fold=\"signature\">a</pre>"},
             Case{"<div id=\"Signature\" class=gmail_quote>a</div>", "<div data-fold=\"signature\">a</div>"},
             Case{"<div data-fold=\"quote\">a</div>", "<div data-fold=\"quote\">a</div>"},
             Case{"<div class=\"my_gmail_attr\" id=signature>a</div>", "<div>a</div>"},
         }) {
        EXPECT_EQ(clean(html), wanted) << html;
    }
}

}  // namespace
}  // namespace lupaus::html
