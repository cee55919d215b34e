#include "services/desk/message/body.hpp"

#include "common/base/limits.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::message {
namespace {

TEST(BodyTest, LeavesATextAsItIs) {
    const auto body = received({.text = "<b>a & b</b>\r\n"});
    EXPECT_EQ(body.text, "<b>a & b</b>\r\n");
    EXPECT_FALSE(body.html);
}

TEST(BodyTest, SanitisesMarkupAndReadsItWhereNoTextCame) {
    const auto both = received({.text = "a", .html = "<p onclick=x>b</p>"});
    EXPECT_EQ(both.text, "a");
    EXPECT_EQ(both.html, "<p>b</p>");
    EXPECT_EQ(received({.html = "<p>a &amp; b</p>"}).text, "a & b");
}

TEST(BodyTest, HasNoMarkupWhereNothingOfItMayBeShown) {
    const auto body = received({.html = "<script>x</script>"});
    EXPECT_FALSE(body.html);
    EXPECT_EQ(body.text, "");
    EXPECT_FALSE(written("<script>x</script>"));
    EXPECT_FALSE(written(std::nullopt));
}

TEST(BodyTest, TurnsOffACustomersPicturesAndNotTheDesks) {
    const std::string picture = "<img src=\"https://a.example/a.png\">";
    EXPECT_EQ(received({.text = "a", .html = picture}).html, "<img data-src=\"https://a.example/a.png\">");
    EXPECT_EQ(written(picture), picture);
}

TEST(BodyTest, ReadsNoMoreTextThanAMessageMayHave) {
    std::string html;
    while (html.size() + 4 <= limits::kTextBytesMax) {
        html += "<li>a";
    }
    const auto body = received({.html = "<blockquote><blockquote><blockquote><blockquote><blockquote>" + html});
    EXPECT_EQ(body.text.size(), limits::kTextBytesMax);
}

}  // namespace
}  // namespace lupaus::desk::message
