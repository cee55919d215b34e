#include "common/html/html.hpp"

#include <gtest/gtest.h>

namespace lupaus::html {
namespace {

struct Case {
    std::string_view html;
    std::string_view text;
};

TEST(TextTest, ReadsHtmlAsPeopleWouldWriteIt) {
    for (const auto& [html, text] : {
             Case{"", ""},
             Case{"Hei!", "Hei!"},
             Case{"  a \n b\t<b> c</b>d ", "a b cd"},
             Case{"a<br>b<br/>c", "a\nb\nc"},
             Case{"a<br><br>b", "a\n\nb"},
             Case{"a<br><br><br><br>b", "a\n\nb"},
             Case{"<p>a</p><p>b</p>c", "a\n\nb\n\nc"},
             Case{"<div>a</div><div>b</div>c", "a\nb\nc"},
             Case{"<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
             Case{"<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"},
             Case{"a&nbsp;b &lt;c&gt; &amp; &auml;", "a b <c> & \xC3\xA4"},
             Case{"<h1>a</h1>b<hr>c", "a\n\nb\n\nc"},
             Case{"<ul><li>a</li><li><p>b</p></li></ul>c", "- a\n- b\n\nc"},
             Case{"<ol start=3><li>a<li>b</ol>", "3. a\n4. b"},
             Case{"<ul><li>a<ul><li>b</ul></ul>", "- a\n- b"},
             Case{"<table><tr><th>a</th><th>b</th></tr><tr><td>c<td>d</table>e", "a\tb\nc\td\n\ne"},
             Case{"<table><tr><td><p>a</p></td><td>b</td></tr></table>", "a\n\nb"},
             Case{"<pre>a  b\n\n  c</pre>", "a  b\n\nc"},
             Case{"<a href=https://a.example/x>here</a>, please", "here <https://a.example/x>, please"},
             Case{"<a href=https://a.example/>a.example</a>", "a.example"},
             Case{"<a href=https://a.example>https://a.example/</a>", "https://a.example/"},
             Case{"<a href=mailto:a@b.example>Aino</a> <a href=mailto:a@b.example>a@b.example</a>",
                  "Aino <a@b.example> a@b.example"},
             Case{"<a href=javascript:x>here</a><a href=https://a.example><img src=cid:x></a>", "here"},
             Case{"<img src=cid:x alt='A lamp'> <img src=cid:y> <img src=https://a.example alt=''>", "[A lamp]"},
             Case{"a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n\n> b\n> c\n\n> > d\n\ne"},
             Case{"<style>p{}</style><title>t</title><!-- c -->a<script>b</script>", "a"},
         }) {
        EXPECT_EQ(to_text(html), text) << html;
    }
}

TEST(TextTest, MarksNoQuotationDeeperThanItsLimit) {
    std::string html;
    for (int i = 0; i < 20; ++i) {
        html += "<blockquote>";
    }
    EXPECT_EQ(to_text(html + "a"), "> > > > > a");
}

}  // namespace
}  // namespace lupaus::html
