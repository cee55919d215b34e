#include "services/inbox/description.hpp"

#include "services/desk/agent/rules.hpp"
#include "services/desk/token/rules.hpp"
#include "services/inbox/attachment.hpp"
#include "services/inbox/documents.hpp"
#include "services/inbox/markup.hpp"
#include "services/inbox/routes.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace lupaus::inbox {
namespace {

Description parse(std::string_view yaml) {
    return parse_description(yaml);
}

TEST(DescriptionTest, ReadsMappingsAndLists) {
    const auto json = parse(R"(
# a comment
a: 1
'200':
  b: text with: no, surprises
  c:
    - x
    - name: y
      z: true
    - { p: 'it''s', q: [1, "two", null], r: {} }
d: []
e: "q\"\n"
)");
    EXPECT_EQ(json, Description::parse(R"({
        "a": 1,
        "200": {"b": "text with: no, surprises",
                "c": ["x", {"name": "y", "z": true}, {"p": "it's", "q": [1, "two", null], "r": {}}]},
        "d": [], "e": "q\"\n"})"));
}

TEST(DescriptionTest, ReadsTexts) {
    const auto json = parse("a: |\n  one\n    two\n\n  three\n\nb: >-\n  four\n  five\nc: 6\n");
    EXPECT_EQ(json["a"], "one\n  two\n\nthree\n");
    EXPECT_EQ(json["b"], "four five");
    EXPECT_EQ(json["c"], 6);
}

TEST(DescriptionTest, NamesTheLineOfAMistake) {
    for (const auto* bad : {"a: 1\nb: {x\n", "a: 1\nno key\n", "a: 1\n  b: 2\n", "a: 1\nb: [1] 2\n"}) {
        try {
            parse(bad);
            ADD_FAILURE() << bad;
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
        }
    }
}

// method and path -> scope and role, as both sides say it
using Operations = std::map<std::string, std::string>;

Operations described() {
    const auto document = parse_description(description_yaml());
    Operations operations;
    for (const auto& [path, item] : document["paths"].items()) {
        for (const auto& [method, operation] : item.items()) {
            if (method != "parameters" && path.starts_with("/v1/")) {
                operations[method + " " + path] =
                    operation["x-scope"].get<std::string>() + " " + operation["x-role"].get<std::string>();
            }
        }
    }
    return operations;
}

TEST(DescriptionTest, DescribesEveryRouteAndNothingElse) {
    Operations served{{"get /v1/stream", "events:read agent"},
                      {"get /v1/attachments/{id}", "conversations:read agent"}};
    for (const auto& endpoint : endpoints()) {
        std::string name(endpoint.method);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        served[name + " " + std::string(endpoint.pattern)] =
            std::string(endpoint.scope) + " " + std::string(desk::agent::to_string(endpoint.least));
    }
    const auto known = described();
    for (const auto& [name, rights] : known) {
        EXPECT_EQ(served[name], rights) << name << " is described, but not served like that";
    }
    for (const auto& [name, rights] : served) {
        EXPECT_TRUE(known.contains(name)) << name << " is served, but not described";
    }
}

TEST(DescriptionTest, EveryScopeCanBeGiven) {
    for (const auto& endpoint : endpoints()) {
        EXPECT_TRUE(desk::token::is_scope(endpoint.scope)) << endpoint.pattern << " " << endpoint.scope;
    }
}

// An example is escaped text: what it says, a browser does not fetch.
std::string without_examples(std::string page) {
    for (auto begin = page.find("<pre>"); begin != std::string::npos; begin = page.find("<pre>")) {
        page.erase(begin, page.find("</pre>", begin) - begin);
    }
    return page;
}

TEST(DocumentsTest, ThePageStandsAlone) {
    const auto whole = render_docs();
    EXPECT_EQ(whole.find("<script"), std::string::npos);
    EXPECT_NE(whole.find("He called twice already."), std::string::npos) << "one of several examples";
    const auto page = without_examples(whole);
    EXPECT_EQ(page.find("http://"), std::string::npos);
    EXPECT_EQ(page.find("https://"), std::string::npos);
    EXPECT_EQ(page.find("$ref"), std::string::npos);
    for (const auto& [name, rights] : described()) {
        EXPECT_NE(page.find(name.substr(name.find(' ') + 1)), std::string::npos) << name;
    }
}

TEST(AttachmentTest, NamesCannotLeaveTheirField) {
    EXPECT_EQ(content_disposition("photo_1.jpg"), "attachment; filename*=UTF-8''photo_1.jpg");
    EXPECT_EQ(content_disposition("a\"b;\r\n../\xC3\xA4"), "attachment; filename*=UTF-8''a%22b%3B%0D%0A..%2F%C3%A4");
}

TEST(MarkupTest, EscapesAndMarks) {
    EXPECT_EQ(inline_html("a < `b & c` **d**"), "a &lt; <code>b &amp; c</code> <strong>d</strong>");
    EXPECT_EQ(inline_html("one ` alone"), "one ` alone");
    EXPECT_EQ(block_html("one\ntwo\n\n- x\n  y\n- z\n\n1. a\n2. b\n"),
              "<p>one two</p>\n<ul><li>x y</li>\n<li>z</li>\n</ul>\n<ol><li>a</li>\n<li>b</li>\n</ol>\n");
}

}  // namespace
}  // namespace lupaus::inbox
