#include "common/async/fair_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lupaus {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> drain(FairQueue<std::string, std::string>& queue) {
    std::vector<std::string> items;
    while (!queue.empty()) {
        items.push_back(queue.front());
        EXPECT_EQ(queue.pop(), items.back());
    }
    return items;
}

TEST(FairQueue, TakesTurnsAndKeepsTheOrderOfEach) {
    FairQueue<std::string, std::string> queue;
    for (const auto* item : {"a1", "a2", "a3", "a4"}) {
        queue.push("a", item);
    }
    queue.push("b", "b1");
    queue.push("c", "c1");
    queue.push("c", "c2");
    EXPECT_EQ(queue.size(), 7U);
    EXPECT_EQ(queue.size_of("a"), 4U);
    EXPECT_EQ(queue.size_of("nobody"), 0U);
    EXPECT_THAT(drain(queue), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3", "a4"));
    EXPECT_EQ(queue.size_of("a"), 0U);
}

TEST(FairQueue, ALateComerWaitsForOneTurnOfEach) {
    FairQueue<std::string, std::string> queue;
    for (int i = 0; i < 1000; ++i) {
        queue.push("noisy", "n");
    }
    queue.pop();
    queue.push("quiet", "q");
    EXPECT_EQ(queue.pop(), "n");
    EXPECT_EQ(queue.pop(), "q");
}

}  // namespace
}  // namespace lupaus
