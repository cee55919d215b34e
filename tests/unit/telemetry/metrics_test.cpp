#include "common/telemetry/metrics.hpp"

#include "common/telemetry/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace lupaus::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, RendersWhatWasCounted) {
    Metrics metrics;
    const auto requests = metrics.counter("lupaus_requests_total", "Requests.", {{"code", "200"}});
    requests.add();
    requests.add(2);
    const auto open = metrics.gauge("lupaus_open", "Open things.");
    open.set(5);
    open.add(-1);
    const auto seconds = metrics.histogram("lupaus_wait_seconds", "Waits.", {0.1, 1});
    seconds.observe(0.05);
    seconds.observe(0.5);
    seconds.observe(7);
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("# TYPE lupaus_requests_total counter\nlupaus_requests_total{code=\"200\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("# HELP lupaus_open Open things.\n# TYPE lupaus_open gauge\nlupaus_open 4\n"));
    EXPECT_THAT(text, HasSubstr("lupaus_wait_seconds_bucket{le=\"0.1\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("lupaus_wait_seconds_bucket{le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("lupaus_wait_seconds_bucket{le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("lupaus_wait_seconds_count 3\n"));
}

TEST(Metrics, GivesTheSameChildForTheSameLabels) {
    Metrics metrics;
    metrics.counter("lupaus_x_total", "X.", {{"a", "1"}}).add();
    metrics.counter("lupaus_x_total", "X.", {{"a", "1"}}).add();
    metrics.counter("lupaus_x_total", "X.", {{"a", "2"}}).add();
    EXPECT_EQ(metrics.counter("lupaus_x_total", "X.", {{"a", "1"}}).value(), 2);
    EXPECT_THAT(metrics.render(), HasSubstr("lupaus_x_total{a=\"2\"} 1\n"));
}

TEST(Metrics, EscapesLabelValues) {
    Metrics metrics;
    metrics.counter("lupaus_x_total", "X.", {{"a", "q\"b\\c\nd"}}).add();
    EXPECT_THAT(metrics.render(), HasSubstr(R"(lupaus_x_total{a="q\"b\\c\nd"} 1)"));
}

TEST(Metrics, BoundsTheChildrenOfAFamily) {
    Metrics metrics;
    for (std::size_t i = 0; i < kChildrenMax + 10; ++i) {
        metrics.counter("lupaus_x_total", "X.", {{"a", std::to_string(i)}}).add();
    }
    metrics.counter("lupaus_x_total", "X.", {{"a", "0"}}).add();
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("lupaus_x_total{a=\"other\"} 10\n"));
    EXPECT_THAT(text, HasSubstr("lupaus_x_total{a=\"0\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("a=\"" + std::to_string(kChildrenMax) + "\"")));
}

TEST(Metrics, AsksWatchersAtEachScrape) {
    Metrics metrics;
    double depth = 3;
    auto watch = metrics.watch("lupaus_queue_depth", "Depth.", [&depth] { return depth; });
    auto all = metrics.watch_all("lupaus_pool_size", "Pools.",
                                 [] { return std::vector<Sample>{{{{"pool", "app"}}, 4}, {{{"pool", "worker"}}, 2}}; });
    EXPECT_THAT(metrics.render(), HasSubstr("lupaus_queue_depth 3\n"));
    depth = 9;
    EXPECT_THAT(metrics.render(), HasSubstr("# TYPE lupaus_queue_depth gauge\nlupaus_queue_depth 9\n"));
    EXPECT_THAT(metrics.render(), HasSubstr("lupaus_pool_size{pool=\"worker\"} 2\n"));
}

TEST(Metrics, JoinsWatchersOfOneName) {
    Metrics metrics;
    const auto one = metrics.watch_all("lupaus_size", "S.", [] { return std::vector<Sample>{{{{"of", "a"}}, 1}}; });
    const auto two = metrics.watch_all("lupaus_size", "S.", [] { return std::vector<Sample>{{{{"of", "b"}}, 2}}; });
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("# TYPE lupaus_size gauge\nlupaus_size{of=\"a\"} 1\nlupaus_size{of=\"b\"} 2\n"));
}

TEST(Metrics, ForgetsAWatcherThatEnded) {
    Metrics metrics;
    {
        auto first = metrics.watch("lupaus_queue_depth", "Depth.", [] { return 1.0; });
        const auto moved = std::move(first);
        EXPECT_THAT(metrics.render(), HasSubstr("lupaus_queue_depth 1\n"));
    }
    EXPECT_THAT(metrics.render(), Not(HasSubstr("lupaus_queue_depth 1\n")));
}

TEST(Metrics, LeavesOutAWatcherThatThrows) {
    Metrics metrics;
    std::vector<std::string> lines;
    log::redirect([&lines](std::string_view line) { lines.emplace_back(line); });
    const auto bad = metrics.watch("lupaus_bad", "Bad.", []() -> double { throw std::runtime_error("no database"); });
    const auto good = metrics.watch("lupaus_good", "Good.", [] { return 1.0; });
    EXPECT_THAT(metrics.render(), HasSubstr("lupaus_good 1\n"));
    log::redirect({});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr("no database"));
}

TEST(Metrics, ListsItsNames) {
    Metrics metrics;
    metrics.histogram("lupaus_wait_seconds", "W.", kRequestBuckets);
    metrics.counter("lupaus_x_total", "X.");
    const auto watch = metrics.watch("lupaus_depth", "D.", [] { return 0.0; });
    EXPECT_THAT(metrics.names(),
                ElementsAre("lupaus_depth gauge", "lupaus_wait_seconds histogram", "lupaus_x_total counter"));
}

TEST(Metrics, RefusesWrongNames) {
    Metrics metrics;
    EXPECT_THROW(metrics.counter("requests_total", "R."), std::logic_error);
    EXPECT_THROW(metrics.counter("lupaus_requests", "R."), std::logic_error);
    EXPECT_THROW(metrics.gauge("lupaus_requests_total", "R."), std::logic_error);
    EXPECT_THROW(metrics.gauge("lupaus_Big", "R."), std::logic_error);
    metrics.gauge("lupaus_thing", "T.");
    EXPECT_THROW(metrics.histogram("lupaus_thing", "T.", {1}), std::logic_error);
    EXPECT_THROW(static_cast<void>(metrics.watch("lupaus_thing", "T.", [] { return 0.0; })), std::logic_error);
}

TEST(Metrics, CountsFromManyThreads) {
    Metrics metrics;
    const auto counter = metrics.counter("lupaus_x_total", "X.");
    const auto waits = metrics.histogram("lupaus_wait_seconds", "W.", {1});
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&counter, &waits] {
                for (int n = 0; n < 10'000; ++n) {
                    counter.add();
                    waits.observe(0.5);
                }
            });
        }
        metrics.render();
    }
    EXPECT_EQ(counter.value(), 40'000);
    EXPECT_THAT(metrics.render(), HasSubstr("lupaus_wait_seconds_count 40000\n"));
}

TEST(Metrics, DefaultHandlesCountNothing) {
    Counter().add();
    Gauge().set(1);
    Histogram().observe(1);
    EXPECT_EQ(Counter().value(), 0);
}

TEST(Metrics, HasAscendingBuckets) {
    for (const auto* buckets : {&kRequestBuckets, &kReplyBuckets, &kSizeBuckets}) {
        EXPECT_TRUE(std::ranges::is_sorted(*buckets, std::less_equal<>()));
    }
}

}  // namespace
}  // namespace lupaus::telemetry
