#include "services/desk/revision/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::revision {
namespace {

using ::testing::ElementsAre;

Result<Revision> parse(std::string_view body) {
    return parse_revision(text::parse_json(body).value());
}

std::vector<std::string> faulty_fields(std::string_view body) {
    std::vector<std::string> fields;
    const auto parsed = parse(body);
    if (!parsed) {
        for (const auto& field : parsed.error().fields) {
            fields.push_back(field.field);
        }
    }
    return fields;
}

TEST(Revision, SaysWhatIsSaidNow) {
    const auto edit = parse(R"({"type":"message.edited","id":"e","message_id":"m","text":"Hei!","new":1})");
    ASSERT_TRUE(edit);
    EXPECT_FALSE(edit->is_removal);
    EXPECT_EQ(edit->message_id, "m");
    EXPECT_EQ(edit->text, "Hei!");
    const auto removal = parse(R"({"type":"message.deleted","id":"e","message_id":"m"})");
    ASSERT_TRUE(removal);
    EXPECT_TRUE(removal->is_removal);
}

TEST(Revision, OfAnEditNeedsWords) {
    EXPECT_THAT(faulty_fields(R"({"type":"message.edited","id":"e","message_id":"m"})"), ElementsAre("/text"));
    EXPECT_THAT(faulty_fields(R"({"type":"message.edited","id":"e","message_id":"m","html":"<p>x</p>"})"),
                ElementsAre());
    EXPECT_THAT(faulty_fields(R"({"type":"message.edited","id":"e","message_id":"m","text":""})"),
                ElementsAre("/text"));
}

TEST(Revision, HasItsMarkupSanitised) {
    const auto edit =
        parse(R"({"type":"message.edited","id":"e","message_id":"m","html":"<p onclick=x>Hei!<script>x</script>"})");
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->html, "<p>Hei!</p>");
    EXPECT_EQ(edit->text, "Hei!");
}

TEST(Revision, NamesEveryWrongField) {
    EXPECT_THAT(faulty_fields(R"({"type":"message.deleted","id":7,"message_id":""})"),
                ElementsAre("/id", "/message_id"));
}

}  // namespace
}  // namespace lupaus::desk::revision
