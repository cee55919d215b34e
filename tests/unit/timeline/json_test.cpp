// An event's data as the history reads and shows it.
#include "services/desk/timeline/json.hpp"

#include "common/text/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::timeline {
namespace {

text::Json shown(const Happening& it) {
    return text::parse_json(to_json(it, {})).value()["data"];
}

TEST(Data, OfOtherProgramsIsReadAsFarAsItGoes) {
    for (const auto* data :
         {"", "[]", "null", "{", R"({"conversation":7,"promise":[],"alert":"x","how":1})",
          R"({"conversation":{"tags":7,"version":"x","snoozed_until":"soon"},"alert":{"recipient":1}})"}) {
        Happening it;
        it.type = "conversation.updated";
        read_data(it, data);
        EXPECT_TRUE(shown(it).is_object()) << data;
    }
}

TEST(Data, ShowsFromAndToOfWhatTheTypeChangesAlone) {
    Happening it;
    it.type = "conversation.updated";
    read_data(it, R"({"conversation":{"version":2,"priority":"urgent","state":"pending","tags":["a"]}})");
    it.before = Shown{.version = 1, .state = "open", .priority = "normal", .tags = {"a"}};
    EXPECT_EQ(shown(it).dump(), R"({"changes":{"priority":{"from":"normal","to":"urgent"}}})");
    it.type = "conversation.pending";
    EXPECT_EQ(shown(it).dump(), R"({"changes":{"state":{"from":"open","to":"pending"}}})");
    it.before.reset();
    EXPECT_EQ(shown(it).dump(), R"({"changes":{"state":{"to":"pending"}}})");
    it.type = "conversation.updated";
    EXPECT_EQ(shown(it).dump(), "{}") << "any of them may have changed";
}

}  // namespace
}  // namespace lupaus::desk::timeline
