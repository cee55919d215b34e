#include "common/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <type_traits>
#include <unordered_set>

namespace lupaus {
namespace {

struct CatTag;
struct DogTag;
using CatId = StrongId<CatTag>;
using DogId = StrongId<DogTag>;

TEST(Uuid, HasTheLayoutOfVersion7) {
    const std::chrono::system_clock::time_point now{std::chrono::milliseconds{0x0123456789AB}};
    const auto id = make_uuid_v7(now);
    const auto text = to_string(id);
    EXPECT_EQ(text.substr(0, 13), "01234567-89ab");
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
}

TEST(Uuid, SurvivesTheRoundTrip) {
    for (int i = 0; i < 1'000; ++i) {
        const auto id = make_uuid_v7();
        EXPECT_EQ(parse_uuid(to_string(id)), id);
    }
    EXPECT_EQ(to_string(Uuid{}), "00000000-0000-0000-0000-000000000000");
    EXPECT_TRUE(Uuid{}.is_nil());
}

TEST(Uuid, TakesEitherCase) {
    const auto lower = parse_uuid("018f4e1a-bcde-7fff-8000-0123456789ab");
    ASSERT_TRUE(lower.has_value());
    EXPECT_EQ(parse_uuid("018F4E1A-BCDE-7FFF-8000-0123456789AB"), lower);
    EXPECT_EQ(to_string(*lower), "018f4e1a-bcde-7fff-8000-0123456789ab");
}

TEST(Uuid, RefusesEveryOtherForm) {
    for (const auto* text :
         {"", "018f4e1a", "018f4e1abcde7fff80000123456789ab", "{018f4e1a-bcde-7fff-8000-0123456789ab}",
          "018f4e1a-bcde-7fff-8000-0123456789a", "018f4e1a-bcde-7fff-8000-0123456789abc",
          "018f4e1a-bcde-7fff-8000-0123456789ag", "018f4e1abcde--7fff-8000-0123456789ab",
          "018f4e1a-bcde-7fff-80000-123456789ab", " 18f4e1a-bcde-7fff-8000-0123456789ab",
          "018f4e1a-bcde-7fff-8000-01234567-9ab", "018f4e1a+bcde-7fff-8000-0123456789ab"}) {
        EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
    }
}

TEST(Uuid, IsUniqueAcrossThreads) {
    constexpr std::size_t kEach = 5'000;
    std::array<std::vector<Uuid>, 4> made;
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&ids] {
                for (std::size_t i = 0; i < kEach; ++i) {
                    ids.push_back(make_uuid_v7());
                }
            });
        }
    }
    std::set<Uuid> all;
    for (const auto& ids : made) {
        all.insert(ids.begin(), ids.end());
    }
    EXPECT_EQ(all.size(), kEach * made.size());
}

TEST(Uuid, SpreadsItsHash) {
    const std::chrono::system_clock::time_point now{std::chrono::milliseconds{1'700'000'000'000}};
    std::unordered_set<std::size_t> hashes;
    for (int i = 0; i < 1'000; ++i) {
        hashes.insert(std::hash<Uuid>{}(make_uuid_v7(now)));
    }
    EXPECT_EQ(hashes.size(), 1'000U);
}

TEST(StrongId, KeepsKindsApart) {
    static_assert(!std::is_convertible_v<CatId, DogId>);
    static_assert(!std::is_constructible_v<CatId, DogId>);
    const auto cat = CatId::make();
    EXPECT_FALSE(cat.is_nil());
    EXPECT_EQ(parse_id<CatId>(to_string(cat)), cat);
    EXPECT_EQ(parse_id<DogId>("dog"), std::nullopt);
    EXPECT_NE(cat, CatId::make());
}

}  // namespace
}  // namespace lupaus
