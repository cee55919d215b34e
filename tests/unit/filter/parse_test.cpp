// The grammar of filters: what it takes comes back as it was written, what it refuses is named by its place.
#include "services/desk/filter/parse.hpp"

#include "services/desk/filter/render.hpp"
#include "services/desk/filter/rules.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::filter {
namespace {

using text::Json;

// The places of the faults, or the filter as it is written out.
std::string outcome_of(const Json& json) {
    const auto parsed = parse(json);
    if (parsed.faults.empty()) {
        return to_json(parsed.filter);
    }
    std::string places;
    for (const auto& fault : parsed.faults) {
        EXPECT_FALSE(fault.detail.empty());
        places += (fault.field.empty() ? "(all)" : fault.field) + " ";
    }
    return places;
}

std::string outcome(const std::string& text) {
    return outcome_of(Json::parse(text));
}

std::string term(const std::string& rest) {
    return R"({"field":)" + rest + "}";
}

TEST(FilterGrammar, TakesWhatItSays) {
    for (const auto& filter : {
             term(R"("state","is":"open")"),
             term(R"("state","in":["open","pending","snoozed","resolved"])"),
             term(R"("priority","in":["low","normal","high","urgent"])"),
             term(R"("team","is":"none")"),
             term(R"("assignee","in":["me","none","019a9f52-7b1c-7c33-8a51-0c1f6b8a4e21"])"),
             term(R"("channel","is":"019a9f52-7b1c-7c33-8a51-0c1f6b8a4e23")"),
             term(R"("contact","in":["019a9f52-7b1c-7c33-8a51-0c1f6b8a4e24"])"),
             term(R"("tag","has":"vip")"),
             term(R"("tag","in":["vip","ä \" $ {}"])"),
             term(R"("waiting","is":true)"),
             term(R"("owed","is":false)"),
             term(R"("overdue","is":true)"),
             term(R"("waiting_since","before":"-2h")"),
             term(R"("due_at","before":"+30m")"),
             term(R"("last_message_at","after":"2026-11-22T10:05:17.123Z")"),
             term(R"("created_at","after":"-52w")"),
             term(R"("snoozed_until","set":true)"),
             term(R"("resolved_at","set":false)"),
             term(R"("attributes.plan","is":"gold")"),
             term(R"("attributes.total","at_least":129.9)"),
             term(R"("attributes.total","in":[1,2.5,-3])"),
             term(R"("attributes.vip","is":true)"),
             term(R"("contact.attributes.renewal","before":"+30d")"),
             term(R"("contact.attributes.renewal","after":"2026-11-22")"),
             term(R"("contact.attributes.renewal","set":false)"),
         }) {
        EXPECT_EQ(outcome(filter), filter);
    }
    const std::string whole = R"({"all":[{"field":"state","in":["open","pending"]},)"
                              R"({"any":[{"field":"tag","has":"vip"},{"field":"attributes.plan","is":"gold"}]},)"
                              R"({"not":{"field":"assignee","is":"me"}},{"field":"waiting_since","before":"-2h"}]})";
    EXPECT_EQ(outcome(whole), whole);
    EXPECT_EQ(outcome(R"({"all":[]})"), R"({"all":[]})");
    EXPECT_EQ(outcome(R"({"not":{"all":[]}})"), R"({"not":{"all":[]}})");
}

TEST(FilterGrammar, WritesTheSameInOneWay) {
    EXPECT_EQ(outcome(term(R"("team","is":"019A9F52-7B1C-7C33-8A51-0C1F6B8A4E22")")),
              term(R"("team","is":"019a9f52-7b1c-7c33-8a51-0c1f6b8a4e22")"));
    EXPECT_EQ(outcome(term(R"("created_at","after":"2026-11-22T12:05:17.123456+02:00")")),
              term(R"("created_at","after":"2026-11-22T10:05:17.123Z")"));
    EXPECT_EQ(outcome(term(R"("created_at","after":"-0007d")")), term(R"("created_at","after":"-7d")"));
    EXPECT_EQ(outcome(term(R"("attributes.total","is":1.0)")), term(R"("attributes.total","is":1)"));
}

struct Refused {
    const char* filter;
    const char* places;
};

const std::vector<Refused> kRefused{
    {"null", "(all) "},
    {"[]", "(all) "},
    {"\"state\"", "(all) "},
    {"{}", "(all) "},
    {R"({"some": []})", "(all) "},
    {R"({"all": [], "any": []})", "(all) "},
    {R"({"all": {}})", "/all "},
    {R"({"any": []})", "/any "},
    {R"({"not": []})", "/not "},
    {R"({"all": [{"field": "state", "is": "open"}, 7]})", "/all/1 "},
    {R"({"any": [{"not": {"field": "colour", "is": "red"}}]})", "/any/0/not/field "},
    {R"({"field": 7, "is": "open"})", "/field "},
    {R"({"field": "state"})", "(all) "},
    {R"({"field": "state", "is": "open", "in": ["open"]})", "(all) "},
    {R"({"field": "state", "is": "open", "all": []})", "(all) "},
    {R"({"field": "state", "has": "open"})", "/has "},
    {R"({"field": "state", "like": "open"})", "/like "},
    {R"({"field": "state", "is": "closed"})", "/is "},
    {R"({"field": "state", "is": null})", "/is "},
    {R"({"field": "state", "is": ["open"]})", "/is "},
    {R"({"field": "state", "in": "open"})", "/in "},
    {R"({"field": "state", "in": []})", "/in "},
    {R"({"field": "state", "in": ["open", "shut", 7]})", "/in/1 /in/2 "},
    {R"({"field": "priority", "at_least": "high"})", "/at_least "},
    {R"({"field": "team", "is": "me"})", "/is "},
    {R"({"field": "channel", "is": "none"})", "/is "},
    {R"({"field": "team", "is": "support"})", "/is "},
    {R"({"field": "tag", "has": ""})", "/has "},
    {R"({"field": "tag", "has": ["vip"]})", "/has "},
    {R"({"field": "waiting", "is": "yes"})", "/is "},
    {R"({"field": "waiting_since", "is": "-2h"})", "/is "},
    {R"({"field": "waiting_since", "before": "2h"})", "/before "},
    {R"({"field": "waiting_since", "before": "-2y"})", "/before "},
    {R"({"field": "waiting_since", "before": "--2h"})", "/before "},
    {R"({"field": "waiting_since", "before": "-h"})", "/before "},
    {R"({"field": "waiting_since", "before": "-12345h"})", "/before "},
    {R"({"field": "waiting_since", "before": "yesterday"})", "/before "},
    {R"({"field": "waiting_since", "before": 7})", "/before "},
    {R"({"field": "due_at", "set": "true"})", "/set "},
    {R"({"field": "subject", "is": "Hei"})", "/field "},
    {R"({"field": "attributes", "is": "gold"})", "/field "},
    {R"({"field": "attributes.", "is": "gold"})", "/field "},
    {R"({"field": "attributes.Plan", "is": "gold"})", "/field "},
    {R"({"field": "attributes.a\" || true", "is": "gold"})", "/field "},
    {R"({"field": "attributes.plan", "is": null})", "/is "},
    {R"({"field": "attributes.plan", "is": {}})", "/is "},
    {R"({"field": "attributes.total", "at_least": "5"})", "/at_least "},
    {R"({"field": "attributes.total", "is": 0.1234567890123456})", "/is "},
    {R"({"field": "attributes.renewal", "before": "2026-02-30"})", "/before "},
    {R"({"field": "attributes.renewal", "before": "-2h"})", "/before "},
};

TEST(FilterGrammar, NamesWhatItRefuses) {
    for (const auto& refused : kRefused) {
        EXPECT_EQ(outcome(std::string(refused.filter)), refused.places) << refused.filter;
    }
}

Json nested(int depth) {
    Json filter{{"field", "owed"}, {"is", true}};
    for (int i = 0; i < depth; ++i) {
        filter = i % 2 == 0 ? Json{{"not", filter}} : Json{{"all", Json::array({filter})}};
    }
    return filter;
}

Json many(std::size_t count, const Json& part) {
    return {{"all", Json::array_t(count, part)}};
}

TEST(FilterGrammar, HasItsLimits) {
    EXPECT_EQ(parse(nested(kDepthMax)).faults.size(), 0u);
    EXPECT_EQ(outcome_of(nested(kDepthMax + 1)), "/not/all/0/not/all/0 ");
    EXPECT_EQ(outcome_of(nested(60)), "/all/0/not/all/0/not ");
    const Json term{{"field", "owed"}, {"is", true}};
    EXPECT_EQ(parse(many(kTermsMax, term)).faults.size(), 0u);
    EXPECT_EQ(outcome_of(many(kTermsMax + 1, term)), "(all) ");
    EXPECT_EQ(outcome_of(many(10'000, term)), "(all) ");
    const auto group = Json{{"all", Json::array()}};
    EXPECT_EQ(parse(many(kGroupsMax - 1, group)).faults.size(), 0u);
    EXPECT_EQ(outcome_of(many(kGroupsMax, group)), "(all) ");
    EXPECT_EQ(outcome_of(many(10'000, group)), "(all) ");
    const auto tagged = [](std::size_t count) { return Json{{"field", "tag"}, {"in", Json::array_t(count, "vip")}}; };
    EXPECT_EQ(parse(tagged(kValuesMax)).faults.size(), 0u);
    EXPECT_EQ(outcome_of(tagged(kValuesMax + 1)), "/in ");
    EXPECT_EQ(parse(Json{{"field", "tag"}, {"has", std::string(200, 'x')}}).faults.size(), 0u);
    EXPECT_EQ(outcome_of(Json{{"field", "tag"}, {"has", std::string(201, 'x')}}), "/has ");
}

TEST(FilterGrammar, NamesNoMoreThanTwentyFaults) {
    EXPECT_EQ(parse(Json{{"field", "tag"}, {"in", Json::array_t(30, 7)}}).faults.size(), 20U);
}

TEST(FilterGrammar, ATermHasOneComparison) {
    EXPECT_EQ(outcome(R"({"field":"created_at","after":"-2d","before":"-1d"})"), "(all) ");
    EXPECT_EQ(outcome(R"({"all":[],"field":"owed"})"), "/all ");
    EXPECT_EQ(outcome(R"({"field":"due_at","before":"-1"})"), "/before ");
    EXPECT_EQ(outcome(R"({"field":"due_at","before":"-"})"), "/before ");
    EXPECT_EQ(outcome(R"({"field":"due_at","before":"+-2h"})"), "/before ");
    EXPECT_EQ(outcome(R"({"field":"attributes.note","is":""})"), "/is ");
}

TEST(FilterStates, AreThoseThatCanMatch) {
    const auto states = [](const std::string& filter) {
        std::string words;
        const auto found = states_of(parse(Json::parse(filter)).filter);
        for (std::size_t i = 0; i < found.size(); ++i) {
            words += found[i] ? std::string(kStateWords[i]) + " " : "";
        }
        return words;
    };
    const std::string open = R"({"field":"state","is":"open"})";
    const std::string two = R"({"field":"state","in":["open","pending"]})";
    const std::string tag = R"({"field":"tag","has":"vip"})";
    EXPECT_EQ(states(open), "open ");
    EXPECT_EQ(states(R"({"not":)" + open + "}"), "pending snoozed resolved ");
    EXPECT_EQ(states(tag), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"not":)" + tag + "}"), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"all":[)" + two + "," + tag + "]}"), "open pending ");
    EXPECT_EQ(states(R"({"any":[)" + two + "," + tag + "]}"), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"all":[)" + two + R"(,{"not":)" + open + "}]}"), "pending ");
    EXPECT_EQ(states(R"({"not":{"any":[)" + open + "," + tag + "]}}"), "pending snoozed resolved ");
    EXPECT_EQ(states(R"({"not":{"all":[)" + open + "," + tag + "]}}"), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"any":[)" + tag + "," + open + "]}"), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"any":[{"field":"state","is":"resolved"},)" + open + "]}"), "open resolved ");
    EXPECT_EQ(states(R"({"all":[]})"), "open pending snoozed resolved ");
    EXPECT_EQ(states(R"({"not":{"all":[]}})"), "");
}

}  // namespace
}  // namespace lupaus::desk::filter
