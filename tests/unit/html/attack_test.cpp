// Ways to bring script, style or a picture from elsewhere through, each by what a browser would have made of it.
#include "common/html/html.hpp"
#include "tests/unit/html/markup_check.hpp"

#include <gtest/gtest.h>

namespace lupaus::html {
namespace {

struct Attack {
    std::string_view html;
    std::string_view left;
};

constexpr Attack kAttacks[] = {
    // elements that go with what they hold
    {"<script>alert(1)</script>", ""},
    {"<SCRIPT SRC=//x.example/a.js></SCRIPT>hi", "hi"},
    {"a<script>alert('</scrip' + 't>')</script>b", "ab"},
    {"<script><!--<script></script>--></script>x", "--&gt;x"},
    {"<script/xss src=//x.example></script>x", "x"},
    {"<script\n>1</script\t\n>x", "x"},
    {"<<script>alert(1)//<</script>x", "&lt;x"},
    {"<script>alert(1)", ""},
    {"<style>p{background:url(//x.example)}</style>x", "x"},
    {"<style><img src=x onerror=alert(1)></style>x", "x"},
    {"<title><img src=x onerror=alert(1)></title>x", "x"},
    {"<textarea><img src=x onerror=alert(1)></textarea>x", "x"},
    {"<textarea><script></textarea><img src=x onerror=alert(1)>", ""},
    {"<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">", "\"&gt;"},
    {"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "\"&gt;"},
    {"<noembed><p title=\"</noembed><b>x\">", "<b>x\"&gt;</b>"},
    {"<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\">", "\"&gt;"},
    {"<iframe src=javascript:alert(1)></iframe>x", "x"},
    {"<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>x", "x"},
    {"<plaintext><b>x</b></plaintext>", ""},
    {"<listing>&lt;img src=x onerror=alert(1)&gt;</listing>", "&lt;img src=x onerror=alert(1)&gt;"},
    {"<object data=javascript:alert(1)><b>x</b></object>y", "y"},
    {"<embed src=//x.example>x", "x"},
    {"<applet code=x>y</applet>z", "z"},
    {"<video><source onerror=alert(1)></video>x", "x"},
    {"<audio src=x onerror=alert(1)></audio>x", "x"},
    {"<canvas><b>x</b></canvas>y", "y"},
    {"<template><img src=x onerror=alert(1)></template>x", "x"},
    {"<template><template></template><script>1</script></template>x", "x"},
    // foreign content and its ways back
    {"<svg onload=alert(1)>", ""},
    {"<svg><script>alert(1)</script></svg>x", "x"},
    {"<svg/onload=alert(1)//x", ""},
    {"<svg></svg>x", "x"},
    {"<svg/>x", "x"},
    {"<svg><style><img src=x onerror=alert(1)></style></svg>x", "x"},
    {"<svg><svg></svg><b>x</b></svg>y", "y"},
    {"<svg><a xlink:href=javascript:alert(1)>x</a></svg>y", "y"},
    {"<svg><animate attributeName=href values=javascript:alert(1) /></svg>x", "x"},
    {"<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", ""},
    {"<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", ""},
    {"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", ""},
    {"<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert(1) src>\">", ""},
    {"<math><annotation-xml encoding=\"text/html\"><style><img title=\"</style><img src onerror=alert(1)>\">", ""},
    {"<math href=javascript:alert(1)>x</math>y", "y"},
    {"<svg><![CDATA[</svg><b>x</b>]]>", "<b>x</b>]]&gt;"},
    {"<select><option><style></option></select><img src=x onerror=alert(1)></style>", ""},
    {"<select><noembed></select><script x='a@b'a>y</noembed>z", ""},
    // comments, declarations, instructions
    {"<!-- <b> -->x", "x"},
    {"<!--><script>alert(1)</script>-->", "--&gt;"},
    {"<!---><b>x</b>", "<b>x</b>"},
    {"<!-- --!><b>x</b> -->", "<b>x</b> --&gt;"},
    {"<!-- > <img src=x onerror=alert(1)>", ""},
    {"<!--[if gte mso 9]><xml>a</xml><![endif]-->x", "x"},
    {"<![if !mso]>x<![endif]>", "x"},
    {"<!doctype html><p>x", "<p>x</p>"},
    {"<?xml version=1?><?php echo 1 ?>x", "x"},
    {"<![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"},
    {"</ script><b>x", "<b>x</b>"},
    {"x</", "x"},
    {"<% foo ><x style=\"y\">", "&lt;% foo &gt;"},
    // attributes
    {"<b onclick=alert(1)>x</b>", "<b>x</b>"},
    {"<b ONCLICK='alert(1)'onmouseover=alert(1)>x</b>", "<b>x</b>"},
    {"<b/onclick=alert(1)>x</b>", "<b>x</b>"},
    {"<b title=\"a\"onclick=\"alert(1)\">x</b>", "<b title=\"a\">x</b>"},
    {"<b title='\"onclick=alert(1)'>x</b>", "<b title=\"&quot;onclick=alert(1)\">x</b>"},
    {"<b title=\"<script>\">x</b>", "<b title=\"&lt;script&gt;\">x</b>"},
    {"<b title=`x`onclick=alert(1)>x</b>", "<b title=\"`x`onclick=alert(1)\">x</b>"},
    {"<b title=a&quot;onclick=alert(1)>x</b>", "<b title=\"a&quot;onclick=alert(1)\">x</b>"},
    {"<b style=background:url(javascript:alert(1))>x</b>", "<b>x</b>"},
    {"<b class=a id=b name=c slot=d is=e contenteditable tabindex=1 hidden>x</b>", "<b>x</b>"},
    {"<a \"onclick=alert(1) href=https://a.example>x</a>",
     "<a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<p =onclick=alert(1)>x", "<p>x</p>"},
    {"<p\x0conclick=alert(1)>x", "<p>x</p>"},
    {"<b title=\"", ""},
    {"<b title=\"x>y", ""},
    {"<b title=a title=b>x</b>", "<b title=\"a\">x</b>"},
    {"<div data-bind=x data-src=//x.example data-fold=x>y</div>", "<div>y</div>"},
    {"<td background=//x.example>x</td>", "x"},
    {"<body onload=alert(1) background=//x.example>x", "x"},
    {"<ol start=99999 type=\"javascript\"><li value=-1>x", "<ol><li>x</li></ol>"},
    {"<table><td colspan=\"1 onclick\" rowspan=99999>x", "<table><tr><td>x</td></tr></table>"},
    // where links lead
    {"<a href=javascript:alert(1)>x</a>", "x"},
    {"<a href=JaVaScRiPt:alert(1)>x</a>", "x"},
    {"<a href=\" javascript:alert(1)\">x</a>", "x"},
    {"<a href=\"java\tscript:alert(1)\">x</a>", "x"},
    {"<a href=\"java&#10;script:alert(1)\">x</a>", "x"},
    {"<a href=\"&#1;javascript:alert(1)\">x</a>", "x"},
    {"<a href=\"&#x6A;avascript&#58;alert(1)\">x</a>", "x"},
    {"<a href=\"&#0000106avascript:alert(1)\">x</a>", "x"},
    {"<a href=\"javascript&colon;alert(1)\">x</a>", "x"},
    {"<a href=\"java&Tab;script:alert(1)\">x</a>", "x"},
    {"<a href=\"java&NewLine;script&#58;alert(1)\">x</a>", "x"},
    {"<a href=vbscript:x>x</a>", "x"},
    {"<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "x"},
    {"<a href=file:///etc/passwd>x</a>", "x"},
    {"<a href=blob:https://a.example/x>x</a>", "x"},
    {"<a href=ftp://a.example>x</a>", "x"},
    {"<a href=//a.example>x</a>", "x"},
    {"<a href=/v1/tokens>x</a>", "x"},
    {"<a href=#x>x</a>", "x"},
    {"<a href=?x>x</a>", "x"},
    {"<a href=https:a.example>x</a>", "x"},
    {"<a href=https:\\\\a.example>x</a>", "x"},
    {"<a href=https:///a.example>x</a>", "x"},
    {"<a href=https://>x</a>", "x"},
    {"<a href>x</a>", "x"},
    {"<a href=\"x-https://a.example\">x</a>", "x"},
    {"<a href=\"https&#0;://a.example\">x</a>", "x"},
    {"<a href=\"htt\xC2\x85ps://a.example/\xC2\x85\">x</a>",
     "<a href=\"https://a.example/\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<a target=_blank rel=opener href=HTTPS://a.example/?a=1&amp;b=2&copy=3>x</a>",
     "<a href=\"https://a.example/?a=1&amp;b=2&amp;copy=3\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<a href='https://a.example/\"onclick=alert(1)'>x</a>",
     "<a href=\"https://a.example/&quot;onclick=alert(1)\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<a href=\"https://a.example/a b\">x</a>",
     "<a href=\"https://a.example/a%20b\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<a href=tel:+358401234>x</a>", "<a href=\"tel:+358401234\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<a href=mailto:a@b.example>x</a>", "<a href=\"mailto:a@b.example\" rel=\"noopener noreferrer nofollow\">x</a>"},
    {"<area href=javascript:alert(1)>x", "x"},
    {"<base href=javascript:alert(1)//>x", "x"},
    {"<form action=javascript:alert(1)><input type=submit formaction=javascript:x><button>x</button></form>", "x"},
    {"<isindex action=javascript:alert(1)>x", "x"},
    {"<link rel=stylesheet href=//x.example>x", "x"},
    {"<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">x", "x"},
    // pictures
    {"<img src=x onerror=alert(1)>", ""},
    {"<img src=javascript:alert(1)>", ""},
    {"<img src=data:image/svg+xml;base64,PHN2Zz4= alt=logo>", "<img alt=\"logo\">"},
    {"<img src=\"x\" alt=\"`><script>alert(1)</script>\">", "<img alt=\"`&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">"},
    {"<img srcset=//x.example lowsrc=//x.example dynsrc=//x.example>", ""},
    {"<img src=//x.example/a.png>", ""},
    {"<img src=mailto:a@b.example>", ""},
    {"<img src=https://x.example/1.gif width=1 height=1>",
     "<img data-src=\"https://x.example/1.gif\" width=\"1\" height=\"1\">"},
    {"<img src=cid:logo@x>", "<img src=\"cid:logo@x\">"},
    {"<img src=cid:a data-src=https://x.example/a>", "<img src=\"cid:a\">"},
    {"<img data-src=javascript:alert(1)>", ""},
    {"<image src=x onerror=alert(1)>x", "x"},
    {"<input type=image src=//x.example onerror=alert(1)>x", "x"},
    // signs
    {"&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"&amp;lt;script&amp;gt;", "&amp;lt;script&amp;gt;"},
    {"&#60;script&#x3e;&#x3C;&#x3C", "&lt;script&gt;&lt;&lt;"},
    {"&LT;&unknown;&#xD800;&#0;&#99999999999;&#x;&",
     "&amp;LT;&amp;unknown;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD&amp;#x;&amp;"},
    {"&euro;&auml;&nbsp;&#128;&copy 1", "\xE2\x82\xAC\xC3\xA4\xC2\xA0\xE2\x82\xAC\xC2\xA9 1"},
    {"a < b > c & d", "a &lt; b &gt; c &amp; d"},
    {"<3 <>", "&lt;3 &lt;&gt;"},
};

TEST(AttackTest, LeavesNothingButWordsAndWhatIsOnTheList) {
    for (const auto& [html, left] : kAttacks) {
        const auto sanitised = sanitise(html).html;
        EXPECT_EQ(sanitised, left) << html;
        EXPECT_EQ(check_markup(sanitised), "") << html;
        EXPECT_EQ(sanitise(sanitised).html, sanitised) << html;
    }
}

TEST(AttackTest, LeavesNothingOfRarerOnes) {
    for (const auto& [html, left] : {
             Attack{"<img data-src=cid:a>", ""},
             Attack{"<datalist><option><b>x</b></datalist>y", "y"},
             Attack{"<select><option>x</select>y", "y"},
             Attack{"<a href=\"https://a.example/\x7f\">x</a>",
                    "<a href=\"https://a.example/\" rel=\"noopener noreferrer nofollow\">x</a>"},
             Attack{"<a href=\"https://a@b.example\">x</a>",
                    "<a href=\"https://a@b.example\" rel=\"noopener noreferrer nofollow\">x</a>"},
             Attack{"<a href=\"https://@b.example\">x</a>", "x"},
             Attack{"<a href=\"https://?b.example\">x</a>", "x"},
             Attack{"<math><math/></math><b>x</b>", "<b>x</b>"},
             Attack{"<script></scriptx><b>x</b></script>y", "y"},
         }) {
        EXPECT_EQ(sanitise(html).html, left) << html;
    }
}

TEST(AttackTest, LeavesNothingOfTwoAttacksInOneAnother) {
    for (const auto& [outer, unused] : kAttacks) {
        for (const auto& [inner, unused_too] : kAttacks) {
            for (const auto at : {outer.size() / 3, outer.size() / 2, outer.size()}) {
                std::string html(outer.substr(0, at));
                html.append(inner).append(outer.substr(at));
                const auto sanitised = sanitise(html).html;
                ASSERT_EQ(check_markup(sanitised), "") << html << "\n" << sanitised;
                ASSERT_EQ(sanitise(sanitised).html, sanitised) << html;
            }
        }
    }
}

TEST(AttackTest, IsSeenByTheCheckWhereSomethingIsLeft) {
    for (const std::string_view html :
         {"<script>", "<b onclick=\"x\"></b>", "<b title=x></b>", "<b>", "</b>", "<b></i>", "a > b", "&nbsp;", "&",
          "<a href=\"javascript:x\"></a>", "<img src=\"https://x.example\">", "<table>x<b></b></table>", "<td></td>",
          "<b title=\"<\"></b>", "<svg></svg>", "<b data-src=\"https://x\"></b>"}) {
        EXPECT_NE(check_markup(html), "") << html;
    }
}

}  // namespace
}  // namespace lupaus::html
