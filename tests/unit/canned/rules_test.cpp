#include "services/desk/canned/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::canned {
namespace {

using ::testing::HasSubstr;

const Values kValues{.contact_name = "Aino",
                     .agent_name = "Maija",
                     .team_name = "Support",
                     .channel_name = "Chat",
                     .subject = "Bicycle",
                     .number = "17"};

TEST(Render, PutsValuesInTheirPlaces) {
    EXPECT_EQ(render("Hei {{contact.name}}!", kValues), "Hei Aino!");
    EXPECT_EQ(render("{{ agent.name }}/{{team.name}}/{{channel.name}}", kValues), "Maija/Support/Chat");
    EXPECT_EQ(render("{{conversation.subject}} ({{conversation.number}})", kValues), "Bicycle (17)");
    EXPECT_EQ(render("{{contact.name}}{{contact.name}}", kValues), "AinoAino");
    EXPECT_EQ(render("no { braces } to speak of", kValues), "no { braces } to speak of");
    EXPECT_EQ(render("", kValues), "");
}

TEST(Render, AValueIsNotLookedAtForVariables) {
    auto values = kValues;
    values.contact_name = "{{agent.name}}";
    EXPECT_EQ(render("Hei {{contact.name}}!", values), "Hei {{agent.name}}!");
}

TEST(CheckText, LetsThroughWhatCanBeRendered) {
    for (const auto* text : {"", "Hei!", "{{contact.name}}", "a { b } c", "{{ contact.name }}, {{agent.name}}"}) {
        EXPECT_TRUE(check_text(text).has_value()) << text;
    }
}

TEST(Mentions, KnowsAVariableByItsName) {
    EXPECT_TRUE(mentions("{{contact.name}}, {{ agent.name }}", "agent.name"));
    EXPECT_FALSE(mentions("{{contact.name}}, agent.name", "agent.name"));
    EXPECT_FALSE(mentions("", "agent.name"));
}

TEST(CheckText, RefusesUnknownVariablesByName) {
    const auto refused = check_text("Hei {{contact.name}}, {{contact.iban}}");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().fields.at(0).field, "/text");
    EXPECT_THAT(refused.error().fields.at(0).detail, HasSubstr("{{contact.iban}}"));
    EXPECT_THAT(refused.error().fields.at(0).detail, HasSubstr("contact.name, agent.name"));
    for (const auto* text : {"{{}}", "{{ }}", "{{Contact.Name}}", "{{contact.name }", "{{contact\n.name}}",
                             "{{{contact.name}}}", "{{contact.name|there}}"}) {
        EXPECT_FALSE(check_text(text).has_value()) << text;
    }
}

TEST(CheckText, RefusesBracesWithoutTheirOtherEnd) {
    for (const auto* text : {"{{", "}}", "Hei {{contact.name", "contact.name}}", "}} {{contact.name}}",
                             "{{contact.name}} }}", "{{contact.name}} {{"}) {
        const auto refused = check_text(text);
        ASSERT_FALSE(refused.has_value()) << text;
        EXPECT_THAT(refused.error().fields.at(0).detail, HasSubstr("without their other end")) << text;
    }
}

TEST(Shortcuts, AreOneSmallWord) {
    EXPECT_TRUE(is_shortcut("thanks-2_b"));
    EXPECT_TRUE(is_shortcut(std::string(kShortcutBytesMax, 'a')));
    EXPECT_FALSE(is_shortcut(std::string(kShortcutBytesMax + 1, 'a')));
    for (const auto* text : {"", "Thanks", "two words", "/thanks", "kiitos!", "\xc3\xa4"}) {
        EXPECT_FALSE(is_shortcut(text)) << text;
    }
}

}  // namespace
}  // namespace lupaus::desk::canned
