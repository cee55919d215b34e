// Megabytes of what makes parsers slow or deep. Were one of them quadratic here, it would take an hour and not a
// moment.
#include "common/base/limits.hpp"
#include "common/html/html.hpp"
#include "tests/unit/html/markup_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lupaus::html {
namespace {

constexpr std::size_t kBytes = 64 * 1024;

std::string repeated(std::string_view piece, std::string_view before = "") {
    std::string out(before);
    while (out.size() < kBytes) {
        out += piece;
    }
    return out;
}

std::string nested(std::string_view start, std::string_view end) {
    std::string out;
    for (std::size_t i = 0; i < 200'000; ++i) {
        out += start;
    }
    out += "x";
    for (std::size_t i = 0; i < 200'000; ++i) {
        out += end;
    }
    return out;
}

const std::string kSpans = [] {
    std::string out;
    for (int i = 0; i < 200; ++i) {
        out += "<span>";
    }
    return out;
}();

std::vector<std::string> hostile_html() {
    std::vector<std::string> all;
    for (const std::string_view piece : {"<",
                                         "</",
                                         "<a",
                                         "<a ",
                                         "<a=",
                                         "<a b='",
                                         "<!--",
                                         "<!-- --!",
                                         "<!---->",
                                         "<!",
                                         "<?",
                                         "&",
                                         "&a",
                                         "&#",
                                         "&amp",
                                         "&#x",
                                         "<b>",
                                         "</b>",
                                         "<p>",
                                         "<div>",
                                         "<table>",
                                         "<td>",
                                         "<tr>",
                                         "<table><td>",
                                         "<li>",
                                         "<ul><li>",
                                         "<a href=https://a>",
                                         "<b><p>",
                                         "<p><b>",
                                         "</p><table>",
                                         "<svg>",
                                         "<svg></svg>",
                                         "<svg><",
                                         "<script>",
                                         "<script></script>",
                                         "</script",
                                         "<style>",
                                         "<title></titl>",
                                         "<template>",
                                         "<b title=\"",
                                         "<b a>",
                                         "<i a=a a=a ",
                                         "<br>",
                                         "<img src=cid:a>",
                                         "<blockquote>",
                                         "a b ",
                                         "<pre>\n",
                                         "<b>a</b> ",
                                         "\"",
                                         "'",
                                         ">",
                                         "\xC3\xA4",
                                         "<a href=https://a>a</a>",
                                         "<a href=https://aaaaaaaaaaaaaaaaaaaaaaa>aaaaaaa</a>"}) {
        all.push_back(repeated(piece));
    }
    for (const std::string_view piece : {"</p>", "<p>", "</td>", "<td>", "</b>", "<a href=https://a>", "<li>"}) {
        all.push_back(repeated(piece, "<p><ul><li><table><tr><td>" + kSpans));
    }
    all.push_back(nested("<div>", "</div>"));
    all.push_back(nested("<b><i>", "</b></i>"));
    all.push_back(nested("<table><tr><td>", "</td></tr></table>"));
    all.push_back(nested("<blockquote>a", "</blockquote>"));
    all.push_back(nested("<ul><li>", "</li></ul>"));
    all.push_back("<a href=\"https://" + repeated("a") + "\">" + repeated("a") + "b</a>");
    return all;
}

TEST(HostileTest, TakesTimeAndSpaceInProportion) {
    for (const auto& html : hostile_html()) {
        const auto sanitised = sanitise(html).html;
        EXPECT_LE(sanitised.size(), 6 * html.size() + 100'000) << html.substr(0, 60);
        EXPECT_EQ(check_markup(sanitised), "") << html.substr(0, 60);
        EXPECT_EQ(sanitise(sanitised).html, sanitised) << html.substr(0, 60);
        EXPECT_LE(to_text(html).size(), 4 * html.size() + 100) << html.substr(0, 60);
        const auto folded = fold_html(sanitised);
        EXPECT_GE(folded.fresh.size() + folded.quoted.size(), sanitised.size());
    }
}

TEST(HostileTest, FoldsTextInProportion) {
    for (const std::string_view piece : {"-- \n",
                                         "--\nx\n",
                                         "> a\n",
                                         "On 1 Jan 10:00 a@b.c\n",
                                         "From: a\n",
                                         "____________\n",
                                         "On 1 wrote:\n",
                                         "wrote:\n",
                                         "\n",
                                         "a",
                                         ">",
                                         "-- \nFrom: a\n",
                                         "<",
                                         "-----Original Message-----\n",
                                         "From: a\nSent: b\n",
                                         "Sent from my iPhone\n",
                                         "On 1 Jan <\n",
                                         " ",
                                         "\xC2\xA0",
                                         "wrote "}) {
        const auto text = repeated(piece);
        const auto folded = fold_text(text);
        EXPECT_TRUE(folded.fresh + folded.quoted == text) << piece;
    }
}

TEST(HostileTest, GoesNoDeeperThanItsLimit) {
    const auto deep = [](std::string_view html) {
        std::size_t depth = 0;
        std::size_t deepest = 0;
        for (std::size_t at = 0; (at = html.find('<', at)) != std::string_view::npos; ++at) {
            depth += html[at + 1] == '/' ? std::size_t(-1) : 1;
            deepest = std::max(deepest, depth);
        }
        return deepest;
    };
    EXPECT_EQ(deep(sanitise(nested("<div>", "</div>")).html), limits::kHtmlDepthMax);
    EXPECT_LE(deep(sanitise(nested("<table><tr><td>", "</td></tr></table>")).html), limits::kHtmlDepthMax + 3);
    const auto after = sanitise("<i>" + nested("<div>", "</div>") + "<b>y</b></i>z").html;
    EXPECT_TRUE(after.ends_with("</div><b>y</b></i>z")) << "the end tags of what lay too deep end nothing else";
}

// Its cells and their ends are not those of the table around it.
TEST(HostileTest, ATableThatLiesTooDeepLeavesItsWordsWhereTheyAre) {
    std::string deep = "<table><tr><td>";
    for (std::size_t i = 0; i < limits::kHtmlDepthMax; ++i) {
        deep += "<div>";
    }
    const auto html = sanitise(deep + "<table><tr><td>x</td></tr></table>y").html;
    EXPECT_NE(html.find("<div>xy</div>"), std::string::npos);
    EXPECT_EQ(html.find("<td>"), html.rfind("<td>"));
}

}  // namespace
}  // namespace lupaus::html
