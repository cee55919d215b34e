// What values become by a partial object, and which values a type takes.
#include "services/desk/attribute/values.hpp"

#include "services/desk/attribute/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::attribute {
namespace {

using text::Json;

Attribute make(std::int64_t slot, const std::string& key, Type type) {
    Attribute attribute;
    attribute.slot = slot;
    attribute.key = key;
    attribute.type = type;
    return attribute;
}

std::vector<Attribute> some() {
    std::vector<Attribute> known{make(7, "note", Type::text), make(8, "total", Type::number),
                                 make(9, "vip", Type::boolean), make(10, "renewal", Type::date),
                                 make(11, "plan", Type::choice)};
    known.back().choices = {"free", "gold"};
    return known;
}

std::string merged(const std::string& before, const std::string& given) {
    const auto result = merge(some(), before, Json::parse(given));
    return result.by_key + " " + result.by_slot.value_or("none") + (result.is_changed ? " changed" : "");
}

std::string faults(const std::string& given) {
    std::string keys;
    for (const auto& fault : merge(some(), "{}", Json::parse(given)).faults) {
        keys += fault.field + " ";
    }
    return keys;
}

TEST(AttributeValues, AreKeptUnderTheirSlots) {
    EXPECT_EQ(merged("{}", R"({"plan": "gold", "total": 129.9})"),
              R"({"plan":"gold","total":129.9} {"11":"gold","8":129.9} changed)");
    EXPECT_EQ(merged("{}", R"({"note": "x", "vip": false, "renewal": "2026-11-22"})"),
              R"({"note":"x","renewal":"2026-11-22","vip":false} {"10":"2026-11-22","7":"x","9":false} changed)");
}

TEST(AttributeValues, StayWhereTheyAreNotNamed) {
    EXPECT_EQ(merged(R"({"plan": "gold", "vip": true})", R"({"vip": false})"),
              R"({"plan":"gold","vip":false} {"11":"gold","9":false} changed)");
    EXPECT_EQ(merged(R"({"plan": "gold"})", R"({"plan": "gold"})"), R"({"plan":"gold"} {"11":"gold"})");
    EXPECT_EQ(merged(R"({"total": 5})", R"({"total": 5.0})"), R"({"total":5} {"8":5})");
    EXPECT_EQ(merged(R"({"total": 5})", "{}"), R"({"total":5} {"8":5})");
}

TEST(AttributeValues, AreTakenAwayByNull) {
    EXPECT_EQ(merged(R"({"plan": "gold", "vip": true})", R"({"plan": null})"), R"({"vip":true} {"9":true} changed)");
    EXPECT_EQ(merged(R"({"plan": "gold"})", R"({"plan": null})"), "{} none changed");
    EXPECT_EQ(merged("{}", R"({"plan": null})"), "{} none");
}

// What has a choice that is no longer offered keeps it.
TEST(AttributeValues, AreCheckedOnlyWhereTheyAreGiven) {
    EXPECT_EQ(merged(R"({"plan": "silver"})", R"({"vip": true})"),
              R"({"plan":"silver","vip":true} {"11":"silver","9":true} changed)");
    EXPECT_EQ(faults(R"({"plan": "silver"})"), "plan ");
}

TEST(AttributeValues, AreOfTheirType) {
    EXPECT_EQ(faults(R"({"note": 1, "total": "1", "vip": "true", "renewal": "tomorrow", "plan": true})"),
              "note plan renewal total vip ");
    EXPECT_EQ(faults(R"({"note": "", "total": [], "vip": 1, "renewal": 20261122, "plan": {}})"),
              "note plan renewal total vip ");
    EXPECT_EQ(faults(R"({"nobody": null, "plam": "gold"})"), "nobody plam ");
}

TEST(AttributeValues, HaveTheirLimits) {
    EXPECT_EQ(faults(R"({"note": ")" + std::string(kTextBytesMax, 'x') + R"("})"), "");
    EXPECT_EQ(faults(R"({"note": ")" + std::string(kTextBytesMax + 1, 'x') + R"("})"), "note ");
    EXPECT_EQ(merged("{}", R"({"total": 999999999999999})"),
              R"({"total":999999999999999} {"8":999999999999999} changed)");
    EXPECT_EQ(merged("{}", R"({"total": -999999999999999})"),
              R"({"total":-999999999999999} {"8":-999999999999999} changed)");
    for (const auto* wrong : {"1000000000000000", "-1000000000000000", "18446744073709551615", "0.12345678901234567",
                              "-9223372036854775808", "1e300"}) {
        EXPECT_EQ(faults(R"({"total": )" + std::string(wrong) + "}"), "total ") << wrong;
    }
}

}  // namespace
}  // namespace lupaus::desk::attribute
