// Prometheus metrics of one process. A child (name and label values) is resolved once and kept; using it is an atomic
// addition. Handles are cheap to copy and valid as long as their Metrics. Any thread. Labels are few and bounded:
// beyond kChildrenMax a family hands out one child whose label values are all "other". A wrong name throws
// std::logic_error.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace lupaus::telemetry {

using Labels = std::map<std::string, std::string>;

inline constexpr std::size_t kChildrenMax = 500;

// Bucket bounds in seconds.
extern const std::vector<double> kRequestBuckets;  // half a millisecond to 10 s: requests, queries, lag
extern const std::vector<double> kReplyBuckets;    // 10 s to a week: what customers wait for
extern const std::vector<double> kSizeBuckets;     // 1 to 1,000: batch sizes

class Counter {
public:
    explicit Counter(prometheus::Counter* child = nullptr) : child_(child) {}

    void add(double amount = 1) const;  // a default-constructed handle counts nothing
    double value() const;               // for tests

private:
    prometheus::Counter* child_;
};

class Gauge {
public:
    explicit Gauge(prometheus::Gauge* child = nullptr) : child_(child) {}

    void set(double value) const;
    void add(double amount) const;
    double value() const;

private:
    prometheus::Gauge* child_;
};

class Histogram {
public:
    explicit Histogram(prometheus::Histogram* child = nullptr) : child_(child) {}

    void observe(double value) const;

private:
    prometheus::Histogram* child_;
};

struct Sample {
    Labels labels;
    double value = 0;
};

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // The same name and labels give the same child. Names begin with "lupaus_"; counters end in "_total".
    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                        const Labels& labels = {});

    // Ends the callback when destroyed; must not outlive its Metrics.
    class [[nodiscard]] Subscription {
    public:
        Subscription() = default;
        Subscription(Subscription&& other) noexcept;
        Subscription& operator=(Subscription&& other) noexcept;
        ~Subscription();

    private:
        friend class Metrics;

        Subscription(Metrics* owner, std::uint64_t number) : owner_(owner), number_(number) {}

        Metrics* owner_ = nullptr;
        std::uint64_t number_ = 0;
    };

    // Gauges asked for at each scrape, on the thread that calls render(). One that throws is left out and logged.
    Subscription watch(const std::string& name, const std::string& help, std::function<double()> read);
    Subscription watch_all(const std::string& name, const std::string& help, std::function<std::vector<Sample>()> read);

    std::string render() const;              // Prometheus text format 0.0.4
    std::vector<std::string> names() const;  // "name type", sorted: the golden list

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lupaus::telemetry
