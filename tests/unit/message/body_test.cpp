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
    EXPECT_FALSE(written("<script>x</script>").html);
    EXPECT_FALSE(written(std::nullopt).html);
}

TEST(BodyTest, TurnsOffACustomersPicturesAndNotTheDesks) {
    const std::string picture = "<img src=\"https://a.example/a.png\">";
    EXPECT_EQ(received({.text = "a", .html = picture}).html, "<img data-src=\"https://a.example/a.png\">");
    EXPECT_EQ(written(picture).html, picture);
    EXPECT_EQ(written("<img src=cid:logo>").content_ids, std::vector<std::string>{"logo"});
}

// Whatever would load something on its own.
constexpr std::string_view kTrackers =
    "<body background=\"https://t.example/0\"><img src=\"https://t.example/1\" srcset=\"https://t.example/2 2x\">"
    "<img src=\"//t.example/3\"><table background=\"https://t.example/4\"><tr><td "
    "background=https://t.example/5>x</table>"
    "<p style=\"background:url(https://t.example/6)\">y</p><style>@import 'https://t.example/7'</style>"
    "<link rel=stylesheet href=https://t.example/8><iframe src=https://t.example/9></iframe><input type=image "
    "src=https://t.example/10><picture><source srcset=https://t.example/11><img "
    "data-src=https://t.example/12></picture>"
    "<video poster=https://t.example/13></video><svg><image href=https://t.example/14 /></svg><img src=cid:a@b>";

TEST(BodyTest, NothingIsLoadedBeforeSomebodyAsks) {
    const auto html = *received({.html = kTrackers}).html;
    EXPECT_EQ(html,
              "<img data-src=\"https://t.example/1\"><table><tr><td>x</td></tr></table><p>y</p>"
              "<img data-src=\"https://t.example/12\"><img src=\"cid:a@b\">");
}

TEST(BodyTest, TheAskingBringsThePicturesAndNothingElse) {
    const auto html = *received({.html = kTrackers}).html;
    EXPECT_EQ(with_remote_images(html),
              "<img src=\"https://t.example/1\"><table><tr><td>x</td></tr></table><p>y</p>"
              "<img src=\"https://t.example/12\"><img src=\"cid:a@b\">");
    EXPECT_EQ(*received({.html = with_remote_images(html)}).html, html) << "and they can be turned off again";
    EXPECT_EQ(with_remote_images("<img data-src=\"javascript:x\"><img data-src=\"cid:a\">"), "");
}

TEST(BodyTest, ReadsNoMoreTextThanAMessageMayHave) {
    std::string html;
    while (html.size() + 4 <= limits::kTextBytesMax) {
        html += "<li>a";
    }
    html = "<blockquote><blockquote><blockquote><blockquote><blockquote>" + html;
    auto body = received({.html = html});
    EXPECT_GT(body.text.size(), limits::kTextBytesMax) << "whoever can hang the whole of it on";
    cut_text(body);
    EXPECT_EQ(body.text.size(), limits::kTextBytesMax);
}

}  // namespace
}  // namespace lupaus::desk::message
