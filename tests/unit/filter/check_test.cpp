// What of a filter depends on the desk: its attributes by their types, and the ids that it names.
#include "services/desk/filter/check.hpp"

#include "services/desk/filter/parse.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::filter {
namespace {

using attribute::Attribute;
using attribute::Type;
using text::Json;

std::vector<Attribute> some() {
    std::vector<Attribute> known;
    for (const auto type : {Type::text, Type::number, Type::boolean, Type::date, Type::choice}) {
        Attribute attribute;
        attribute.key = std::string("a_") + std::string(type == Type::text      ? "text"
                                                        : type == Type::number  ? "number"
                                                        : type == Type::boolean ? "boolean"
                                                        : type == Type::date    ? "date"
                                                                                : "choice");
        attribute.type = type;
        attribute.choices = {"free", "gold"};
        known.push_back(attribute);
    }
    return known;
}

std::string places(const std::string& filter) {
    const auto parsed = parse(Json::parse(filter));
    EXPECT_TRUE(parsed.faults.empty()) << filter;
    const auto known = some();
    std::string found;
    for (const auto& fault : check(parsed.filter, {.of_conversations = known, .of_contacts = {}})) {
        found += fault.field + " ";
    }
    return found;
}

std::string term(const std::string& rest) {
    return R"({"field":"attributes.a_)" + rest + "}";
}

TEST(FilterAttributes, AreComparedByTheirTypes) {
    for (const auto* fine :
         {R"(text","is":"gold")", R"(text","in":["a","b"])", R"(text","set":true)", R"(number","is":5)",
          R"(number","at_least":5)", R"(number","at_most":5.5)", R"(number","in":[1,2])", R"(boolean","is":false)",
          R"(boolean","set":false)", R"(date","is":"2026-11-22")", R"(date","before":"2026-11-22")",
          R"(date","after":"-7d")", R"(choice","is":"gold")", R"(choice","in":["gold","free"])"}) {
        EXPECT_EQ(places(term(fine)), "") << fine;
    }
}

TEST(FilterAttributes, AreRefusedWhereTheyDoNotFit) {
    EXPECT_EQ(places(term(R"(text","is":5)")), "/is ");
    EXPECT_EQ(places(term(R"(text","at_least":5)")), "/at_least ");
    EXPECT_EQ(places(term(R"(text","before":"-7d")")), "/before ");
    EXPECT_EQ(places(term(R"(number","is":"5")")), "/is ");
    EXPECT_EQ(places(term(R"(number","in":[1,"2",true])")), "/in/1 /in/2 ");
    EXPECT_EQ(places(term(R"(number","before":"-7d")")), "/before ");
    EXPECT_EQ(places(term(R"(boolean","is":"true")")), "/is ");
    EXPECT_EQ(places(term(R"(boolean","in":[true])")), "/in ");
    EXPECT_EQ(places(term(R"(date","is":"tomorrow")")), "/is ");
    EXPECT_EQ(places(term(R"(date","at_most":5)")), "/at_most ");
    EXPECT_EQ(places(term(R"(choice","is":"silver")")), "/is ");
    EXPECT_EQ(places(term(R"(choice","in":["gold","silver"])")), "/in/1 ");
    EXPECT_EQ(places(term(R"(missing","is":"x")")), "/field ");
    EXPECT_EQ(places(R"({"field":"contact.attributes.a_text","is":"x"})"), "/field ");
    EXPECT_EQ(places(R"({"any":[{"field":"owed","is":true},{"not":)" + term(R"(text","is":5)") + "}]}"),
              "/any/1/not/is ");
}

TEST(FilterReferences, AreTheIdsWithTheirPlaces) {
    const std::string id = "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e2";
    const auto filter =
        parse(Json::parse(R"({"all":[{"field":"team","is":")" + id + R"(2"},{"not":{"field":"assignee",)" +
                          R"("in":["me",")" + id + R"(1","none"]}},{"field":"tag","has":")" + id + R"(0"}]})"));
    ASSERT_TRUE(filter.faults.empty());
    const auto references = references_of(filter.filter);
    ASSERT_EQ(references.size(), 2u);
    EXPECT_EQ(references[0].field, Field::team);
    EXPECT_EQ(references[0].pointer, "/all/0/is");
    EXPECT_EQ(to_string(references[0].id), id + "2");
    EXPECT_EQ(references[1].field, Field::assignee);
    EXPECT_EQ(references[1].pointer, "/all/1/not/in/1");
}

}  // namespace
}  // namespace lupaus::desk::filter
