// Sanitised once, by whoever comes first, and never not.
#include "services/desk/inbound/showable.hpp"

#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/webhook_body.hpp"
#include "tests/support/inbound_sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::inbound {
namespace {

constexpr std::string_view kEvil = "<p onclick=x>Hei!</p><script>x</script><img src=\"https://t.example/1\">";
constexpr std::string_view kClean = "<p>Hei!</p><img data-src=\"https://t.example/1\">";

Inbound with_html(std::string_view html) {
    auto message = support::make_inbound();
    message.html = html;
    return message;
}

TEST(Showable, IsWhatTheSanitiserLeaves) {
    auto message = with_html(kEvil);
    make_showable(message);
    EXPECT_EQ(message.html, kClean);
    EXPECT_TRUE(message.is_showable);
    EXPECT_FALSE(message.folds.html) << "a chat has no history to fold";
}

TEST(Showable, TheQueueRemembersThatItWasDone) {
    auto message = with_html(kEvil);
    message.mail = MailHead{};
    message.text = "Hei!\n-- \nEero\n";
    make_showable(message);
    ASSERT_TRUE(message.folds.text);
    message.html = "as it is";  // which shows that nobody looks at it again
    auto again = decode(std::string_view(encode(message))).value();
    EXPECT_TRUE(again.is_showable);
    EXPECT_EQ(again.folds, message.folds);
    make_showable(again);
    EXPECT_EQ(again.html, "as it is");
    EXPECT_EQ(again.folds, message.folds);
}

TEST(Showable, WhatIsQueuedAsItCameIsDoneAfterwards) {
    const auto message = with_html(kEvil);
    auto again = decode(std::string_view(encode(message))).value();
    EXPECT_FALSE(again.is_showable);
    EXPECT_EQ(again.html, kEvil) << "what the channel sent stays what it sent";
    make_showable(again);
    EXPECT_EQ(again.html, kClean);
}

TEST(Showable, NobodySaysSoFromOutside) {
    const auto body = text::Json::parse(
        R"({"id":"e","sender":{"id":"u"},"text":"a","html":"<script>x</script>b","showable":true,"is_showable":true,)"
        R"("text_fold":0,"html_fold":0})");
    auto message = parse_webhook(body).value().message;
    EXPECT_FALSE(message.is_showable);
    EXPECT_FALSE(message.folds.text);
    make_showable(message);
    EXPECT_EQ(message.html, "b");
}

TEST(Showable, RefusesPlacesThatAreNone) {
    for (const auto* wrong : {R"("showable":false)", R"("showable":1)", R"("text_fold":-1)", R"("html_fold":262145)",
                              R"("text_fold":"1")", R"("text_fold":1.5)"}) {
        const auto payload = R"({"external_id":"e","sender_id":"s",)" + std::string(wrong) + "}";
        EXPECT_TRUE(decode(std::string_view(payload)).has_error()) << wrong;
    }
}

}  // namespace
}  // namespace lupaus::desk::inbound
