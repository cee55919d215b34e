// The address that a conversation is answered at: found again however it was spelt, and never forged.
#include "services/desk/letter/reply_address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lupaus::desk::letter {
namespace {

const crypto::SecretBox& box() {
    static const crypto::SecretBox kBox{Secret(std::string(32, 'k'))};
    return kBox;
}

const AccountId kAccount = AccountId::make();
constexpr std::string_view kChannel = "support@shop.example";

std::string made(std::int64_t number, std::string_view address = kChannel) {
    return make_reply_address(box(), {.account = kAccount, .number = number}, address);
}

std::int64_t found(const std::string& address, AccountId account = kAccount) {
    const std::vector<std::string> addresses{address};
    return find_answered(box(), account, addresses);
}

TEST(ReplyAddress, IsFoundAgain) {
    for (const std::int64_t number : {std::int64_t{1}, std::int64_t{1042}, std::int64_t{9'223'372'036'854'775'807}}) {
        EXPECT_EQ(found(made(number)), number) << made(number);
    }
    EXPECT_TRUE(made(1042).starts_with("support+r.1042.")) << made(1042);
    EXPECT_TRUE(made(1042).ends_with("@shop.example"));
}

TEST(ReplyAddress, SurvivesUpperCaseAndOtherTags) {
    auto loud = made(7);
    std::ranges::transform(loud, loud.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(found(loud), 7);
    EXPECT_EQ(found(made(7, "support+shop@shop.example")), 7);
}

TEST(ReplyAddress, TheFirstGenuineOneCounts) {
    const std::vector<std::string> addresses{"olli@example.org", "support+r.5.0000000000000000@shop.example", made(6),
                                             made(7)};
    EXPECT_EQ(find_answered(box(), kAccount, addresses), 6);
    EXPECT_EQ(find_answered(box(), kAccount, std::vector<std::string>{}), 0);
}

TEST(ReplyAddress, ForgedOnesGrantNothing) {
    const auto genuine = made(7);
    const auto at = genuine.find('@');
    auto other_number = genuine;
    other_number.replace(other_number.find(".7."), 3, ".8.");
    EXPECT_EQ(found(other_number), 0);
    EXPECT_EQ(found(genuine, AccountId::make()), 0) << "of another account";
    const crypto::SecretBox other{Secret(std::string(32, 'o'))};
    EXPECT_EQ(find_answered(other, kAccount, std::vector{genuine}), 0) << "of another desk";
    for (std::size_t i = at - 16; i < at; ++i) {
        auto changed = genuine;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_EQ(found(changed), 0) << changed;
    }
}

TEST(ReplyAddress, CutAndOddOnesGrantNothing) {
    const auto genuine = made(7);
    const auto at = genuine.find('@');
    for (std::size_t cut = 1; cut <= at; ++cut) {
        auto shorter = genuine;
        shorter.erase(at - cut, cut);
        EXPECT_EQ(found(shorter), 0) << shorter;
    }
    for (const auto* odd :
         {"", "@", "+r.", "+r.7.@x", "a+r.7@x", "a+r..0000000000000000@x", "a+r.-7.0000000000000000@x",
          "a+r.99999999999999999999.0000000000000000@x", "a+r.7.000000000000000g@x"}) {
        EXPECT_EQ(found(odd), 0) << odd;
    }
    EXPECT_EQ(found(genuine.substr(0, at)), 0) << "no domain";
    EXPECT_EQ(found(std::string(genuine).insert(at, "0")), 0);
    EXPECT_EQ(found(std::string(genuine).insert(genuine.find(".7.") + 1, "0")), 0) << "one number has one spelling";
}

TEST(ReplyAddress, ALongLocalPartGoesWithout) {
    const std::string longest = std::string(40, 'a') + "@shop.example";
    EXPECT_EQ(made(1042, longest).find('@'), 40u + 24u) << "64 bytes at most";
    EXPECT_EQ(found(made(1042, longest)), 1042);
    const std::string longer = std::string(41, 'a') + "@shop.example";
    EXPECT_EQ(made(1042, longer), longer);
}

TEST(ReplyAddress, TheLastTagIsTheOne) {
    EXPECT_EQ(found(made(7, "support+r.x@shop.example")), 7) << "a channel may have its own";
    EXPECT_EQ(found("a+r.5.0000000000000000" + made(7).substr(std::string("support").size())), 7);
}

TEST(ReplyAddress, WhatOnlyLooksLikeATagStays) {
    EXPECT_EQ(without_tag("support+r.7.abc@shop.example"), "support+r.7.abc@shop.example");
    EXPECT_EQ(without_tag("support+r.07.0000000000000000@shop.example"), "support+r.07.0000000000000000@shop.example");
}

TEST(ReplyAddress, IsTheChannelsWithoutItsTag) {
    EXPECT_EQ(without_tag(made(7)), kChannel);
    EXPECT_EQ(without_tag("support+r.7.0000000000000000@shop.example"), kChannel) << "whoever wrote it";
    EXPECT_EQ(without_tag("olli+news@example.org"), "olli+news@example.org");
    EXPECT_EQ(without_tag("support"), "support");
}

}  // namespace
}  // namespace lupaus::desk::letter
