#include "services/desk/delivery/receipt.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>

namespace lupaus::desk::delivery {
namespace {

Result<Receipt> parse(std::string_view body) {
    return parse_receipt(text::parse_json(body).value());
}

TEST(ReceiptRules, TheFurthestStateWins) {
    constexpr std::array kBefore{State::queued, State::sending, State::uncertain, State::failed};
    for (const auto now : kBefore) {
        for (const auto told : {State::sent, State::delivered, State::read}) {
            EXPECT_EQ(advance(now, told), told);
        }
    }
    EXPECT_EQ(advance(State::sent, State::delivered), State::delivered);
    EXPECT_EQ(advance(State::sent, State::read), State::read);
    EXPECT_EQ(advance(State::delivered, State::read), State::read);
    EXPECT_EQ(advance(State::read, State::delivered), std::nullopt);
    EXPECT_EQ(advance(State::delivered, State::sent), std::nullopt);
    EXPECT_EQ(advance(State::read, State::read), std::nullopt);
}

TEST(ReceiptRules, WhatArrivedCannotFailAnyMore) {
    EXPECT_EQ(advance(State::sent, State::failed), State::failed);
    EXPECT_EQ(advance(State::uncertain, State::failed), State::failed);
    EXPECT_EQ(advance(State::delivered, State::failed), std::nullopt);
    EXPECT_EQ(advance(State::read, State::failed), std::nullopt);
    EXPECT_EQ(advance(State::failed, State::failed), std::nullopt);
}

TEST(ReceiptBody, IsReadWithItsReason) {
    const auto receipt = parse(
        R"({"type":"delivery.updated","id":"r-1","message_id":"sms-77","state":"failed","detail":"No such number","new":1})");
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->message_id, "sms-77");
    EXPECT_EQ(receipt->state, State::failed);
    EXPECT_EQ(receipt->detail, "No such number");
}

TEST(ReceiptBody, NamesEveryWrongField) {
    const auto receipt = parse(R"({"type":"delivery.updated","id":7,"state":"queued"})");
    ASSERT_FALSE(receipt);
    std::vector<std::string> fields;
    for (const auto& field : receipt.error().fields) {
        fields.push_back(field.field);
    }
    EXPECT_EQ(fields, (std::vector<std::string>{"/id", "/message_id", "/state"}));
}

}  // namespace
}  // namespace lupaus::desk::delivery
