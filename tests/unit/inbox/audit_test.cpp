// Which operations the audit has, and what it says that they changed.
#include "services/inbox/audit.hpp"

#include "services/desk/audit/changes.hpp"
#include "services/inbox/routes.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>

namespace lupaus::inbox {
namespace {

using text::Json;

TEST(Audit, HasAllThatIsSetUp) {
    std::size_t audited = 0;
    for (const auto& endpoint : endpoints()) {
        if (endpoint.method != "GET" && endpoint.least >= desk::agent::Role::lead) {
            EXPECT_TRUE(is_audited(endpoint)) << endpoint.method << " " << endpoint.pattern;
        }
        if (is_audited(endpoint)) {
            ++audited;
            EXPECT_NE(subject_kind(endpoint.pattern), "") << "name what is in the collection of " << endpoint.pattern;
        }
    }
    EXPECT_GT(audited, 30U);
}

TEST(Audit, KnowsWhatAnOperationIsDoneTo) {
    EXPECT_EQ(subject_pattern("/v1/channels/{id}/rotate/finish"), "/v1/channels/{id}");
    EXPECT_EQ(subject_pattern("/v1/channels/{id}"), "/v1/channels/{id}");
    EXPECT_EQ(subject_pattern("/v1/channels"), "/v1/channels");
    EXPECT_EQ(subject_kind("/v1/policies/{id}"), "policy");
    EXPECT_EQ(subject_kind("/v1/nothing"), "");
}

std::string changed(const char* before, const char* asked, const char* after) {
    const auto read = [](const char* text) { return text == nullptr ? Json() : Json::parse(text); };
    const auto views = std::array{read(before), read(asked), read(after)};
    return desk::audit::changes({.before = views[0], .asked = views[1], .after = views[2]});
}

TEST(Changes, AreTheFieldsThatWereAskedForAndSaySomethingElse) {
    EXPECT_EQ(changed(R"({"a":1,"b":2,"c":3,"version":1})", R"({"a":1,"b":5})", R"({"a":1,"b":5,"c":4,"version":2})"),
              R"({"b":{"from":2,"to":5}})");
}

TEST(Changes, OfSomethingNewAreTheFieldsThatWereGiven) {
    EXPECT_EQ(changed(nullptr, R"({"name":"x","key":"hidden"})", R"({"id":"1","name":"x","secret":"whsec"})"),
              R"({"name":{"from":null,"to":"x"}})");
}

TEST(Changes, OfSomethingGoneAreAllFields) {
    EXPECT_EQ(changed(R"({"name":"x"})", "{}", nullptr), R"({"name":{"from":"x","to":null}})");
}

TEST(Changes, CutLongValues) {
    const std::string text(desk::audit::kValueBytesMax + 1, 'a');
    const Json asked{{"fits", text.substr(1)}, {"long", text}, {"list", {text}}};
    const auto kept = Json::parse(desk::audit::changes({.before = {}, .asked = asked, .after = asked}));
    EXPECT_EQ(kept["fits"]["to"], text.substr(1));
    EXPECT_EQ(kept["long"]["to"], text.substr(1) + "…");
    EXPECT_LE(kept["list"]["to"].get<std::string>().size(), desk::audit::kValueBytesMax + 3);
}

}  // namespace
}  // namespace lupaus::inbox
